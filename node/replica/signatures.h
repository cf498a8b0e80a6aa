#pragma once

// Record signatures that were found valid before: verification happens ahead, on other threads, and
// execution then only looks it up. The cache key covers the whole envelope and the public key, so
// no other bytes can profit from an earlier check. Thread-safe.

#include <set>

#include "base/mutex.h"
#include "ledger/record/record.h"
#include "ledger/rules/state.h"

namespace parley::replica {

class SignatureCache {
 public:
  // Valid signatures remembered; the older half is forgotten at a time.
  explicit SignatureCache(size_t items_max) : half_max_(items_max / 2 + 1) {}

  // True when the signature verifies under the key; looks at the cache first.
  bool Check(const record::ParsedRecord& record, const PublicKey& key);

  size_t size() const;

 private:
  bool Knows(const Hash& item);
  void Remember(const Hash& item);

  const size_t half_max_;
  mutable Mutex mu_;
  std::set<Hash> young_ ABSL_GUARDED_BY(mu_);
  std::set<Hash> old_ ABSL_GUARDED_BY(mu_);
};

// Public keys by key id as the ledger has them. An enrolment never changes, so what was found once
// holds. Thread-safe.
class KeyTable {
 public:
  // NOT_FOUND when the key is not enrolled in this state.
  StatusOr<PublicKey> Find(const KeyId& id, const rules::StateView& state);

 private:
  Mutex mu_;
  std::map<KeyId, PublicKey> keys_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::replica
