#pragma once

// Roster: the members whose people a node speaks with, and the CAs that vouch for them. It changes
// with the charter in force while the port stays open: whoever needs it asks for it again at every
// handshake and every call, so nobody is judged by a charter that is over.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "crypto/bytes.h"
#include "ledger/rules/charter.h"
#include "node/replica/replica.h"

namespace parley::rpc {

// A member and the CA that vouches for its people.
struct MemberCa {
  std::string member;
  Bytes ca_der;
  bool former = false;  // of the charter before, or of one to come
  friend bool operator==(const MemberCa&, const MemberCa&) = default;
};

struct Roster {
  std::vector<MemberCa> members;  // no member is there twice
  const MemberCa* Find(std::string_view member) const;
};

// The members of `charter`, in their order. Then, as former ones, those that only `before` has,
// whose nodes may still have to learn how their last epoch ended; and those that only `newest` has:
// when all earlier members are gone, the way to that charter leads through them. A member whose CA
// has changed is vouched for by the CA of `charter` alone. Both others may be null.
Roster MakeRoster(const rules::Charter& charter, const rules::Charter* before,
                  const rules::Charter* newest);

// Where a roster comes from. Thread-safe and quick; the same pointer as long as nothing changed.
using RosterSource = std::function<std::shared_ptr<const Roster>()>;

// The roster of the charter that a replica has in force. Thread-safe; never goes back to an earlier
// charter.
class FollowedRoster {
 public:
  // Borrows the replica. `newest` is the last charter that the configuration knows, if any.
  FollowedRoster(const replica::Replica& replica, std::optional<rules::Charter> newest);

  std::shared_ptr<const Roster> Current() const;

 private:
  const replica::Replica& replica_;
  const std::optional<rules::Charter> newest_;
  mutable Mutex mu_;
  mutable uint32_t version_ ABSL_GUARDED_BY(mu_) = 0;  // of the charter that it was made from
  mutable std::shared_ptr<const Roster> roster_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::rpc
