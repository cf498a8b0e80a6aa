#include "node/replica/signatures.h"

#include "ledger/rules/queries.h"

namespace parley::replica {
namespace {

constexpr size_t kKeysMax = 65'536;

}  // namespace

bool SignatureCache::Check(const record::ParsedRecord& record, const PublicKey& key) {
  const Hash item = Sha256Stream().Update(AsBytes(record.envelope())).Update(key.bytes()).Finish();
  if (Knows(item)) return true;
  if (!record::VerifySignature(record, key)) return false;
  Remember(item);
  return true;
}

bool SignatureCache::Knows(const Hash& item) {
  const MutexLock lock(&mu_);
  return young_.contains(item) || old_.contains(item);
}

void SignatureCache::Remember(const Hash& item) {
  const MutexLock lock(&mu_);
  if (young_.size() >= half_max_) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.insert(item);
}

size_t SignatureCache::size() const {
  const MutexLock lock(&mu_);
  return young_.size() + old_.size();
}

StatusOr<PublicKey> KeyTable::Find(const KeyId& id, const rules::StateView& state) {
  {
    const MutexLock lock(&mu_);
    const auto it = keys_.find(id);
    if (it != keys_.end()) return it->second;
  }
  ASSIGN_OR_RETURN(const v1::KeyState found, rules::GetKey(state, id));
  ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromBytes(found.public_key()));
  const MutexLock lock(&mu_);
  if (keys_.size() >= kKeysMax) keys_.clear();
  keys_.emplace(id, key);
  return key;
}

}  // namespace parley::replica
