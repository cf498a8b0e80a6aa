#pragma once

// Authorizer: who calls, and may they? All members' CAs are trusted for the TLS handshake, so the
// handshake alone would let one member's CA name another member's people. Every call therefore
// checks that the caller's certificate was signed by the CA of the very member that its URI names
// (crypto/certificate.h), and that it is valid now. The roster is asked for anew each time, so that
// a connection that outlives a charter is judged by the next one.
//
//   | who                           | PeerService | Submit          | other calls |
//   | node of another member        | yes         | no              | yes         |
//   | officer of this node's member | no          | yes             | yes         |
//   | officer of another member     | no          | no: own node    | yes         |
//   | auditor of any member         | no          | no              | yes         |
//   | node of a former member       | yes         | no              | no          |
//   | others of a former member     | no          | no              | own node    |
//
// A former member is one of the charter before the present one. A member of a charter to come
// counts as one, too (roster.h says why).
//
// Submit is about who hands records in, not who wrote them: an officer of this node's member may
// hand in a file of records that officers of other members signed.
//
// Refusals are UNAUTHENTICATED (nobody vouches for the certificate) or PERMISSION_DENIED (role).
// Thread-safe. Checked certificates are remembered by digest, up to 1,024 of them, for a minute or
// until the roster changes.

#include <grpcpp/security/auth_context.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/status.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/identity.h"
#include "node/rpc/roster.h"

namespace parley::rpc {

// An authenticated caller.
struct Caller {
  Identity identity;
  bool former = false;  // its member has left
};

class Authorizer {
 public:
  // `self` need not be on the roster. Borrows the clock.
  Authorizer(std::string origin, std::string self, RosterSource roster, const Clock& clock);

  StatusOr<Caller> Identify(const grpc::AuthContext& connection) const;
  StatusOr<Caller> IdentifyPem(std::string_view leaf_pem) const;

  // The rows of the table above.
  StatusOr<Caller> ForPeerService(const grpc::AuthContext& connection) const;
  StatusOr<Caller> ForSubmit(const grpc::AuthContext& connection) const;
  StatusOr<Caller> ForRead(const grpc::AuthContext& connection) const;

  const std::string& self() const { return self_; }
  std::shared_ptr<const Roster> roster() const { return roster_(); }

 private:
  struct Remembered {
    Caller caller;
    TimeMs checked_at{};
  };
  StatusOr<Caller> Verify(const Roster& roster, std::string_view leaf_pem, TimeMs now) const;

  const std::string origin_;
  const std::string self_;
  const RosterSource roster_;
  const Clock& clock_;
  mutable Mutex mu_;
  mutable std::shared_ptr<const Roster> remembered_for_ ABSL_GUARDED_BY(mu_);
  mutable std::map<Hash, Remembered> remembered_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::rpc
