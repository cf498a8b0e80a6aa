#pragma once

// Every charter that a ledger ever had, read from its state: the one in force, and for a case the
// rules that it keeps from when it was opened. Parsing a charter is costly and its text never
// changes, so what was parsed is remembered by hash. Thread-safe.

#include <map>
#include <memory>
#include <utility>

#include "base/mutex.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/state.h"

namespace parley::rules {

class CharterBook {
 public:
  // Knows the founding charter, which is borrowed.
  explicit CharterBook(const Charter& founding);

  // The charter that counts in this state. The founding one before there is a genesis block.
  StatusOr<std::shared_ptr<const Charter>> InForce(const StateView& state) const;
  // A charter that was in force at some time. NOT_FOUND when the version never was.
  StatusOr<std::shared_ptr<const Charter>> Version(const StateView& state, uint32_t version) const;
  // Today's members under the rules of the version that a case was opened under.
  StatusOr<std::shared_ptr<const Charter>> ForCase(const StateView& state, uint32_t version) const;

 private:
  using Shared = std::shared_ptr<const Charter>;

  mutable Mutex mu_;
  mutable std::map<CharterHash, Shared> known_ ABSL_GUARDED_BY(mu_);
  // (in force, opened under) -> what counts
  mutable std::map<std::pair<CharterHash, CharterHash>, Shared> mixed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::rules
