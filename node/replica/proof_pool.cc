#include "node/replica/proof_pool.h"

#include "base/limits.h"
#include "ledger/rules/block.h"
#include "node/replica/work.h"

namespace parley::replica {

Status ProofPool::Load(const store::Snapshot& snapshot, const rules::LedgerTip& tip,
                       const rules::StateView& state) {
  return snapshot.ForEach(store::Family::kVotes, "e", "",
                          [&](std::string_view, std::string_view value) -> StatusOr<bool> {
                            Add(std::string(value), tip, state);
                            return items_.size() < kProofsMax;
                          });
}

bool ProofPool::Add(const std::string& bytes, const rules::LedgerTip& tip,
                    const rules::StateView& state) {
  if (items_.size() >= kProofsMax || bytes.size() > limits::kProofBytesMax) return false;
  const StatusOr<rules::Misbehaviour> proven = executor_.ReadProof(tip, state, bytes);
  if (!proven.ok() || !rules::CheckNewProof(state, *proven).ok()) return false;
  Item item{bytes, *proven, 0};
  if (!proven->block.empty()) {
    const auto block = rules::RawBlock::Decode(executor_.founding().ledger_id(), proven->block);
    if (!block.ok() || block->header.height <= tip.height) return false;
    item.height = block->header.height;
  }
  if (!items_.try_emplace(proven->StateKey(), std::move(item)).second) return false;
  ++additions_;
  return true;
}

Status ProofPool::Settle(const rules::LedgerTip& tip, const rules::StateView& state) {
  for (auto it = items_.begin(); it != items_.end();) {
    const Status fresh = rules::CheckNewProof(state, it->second.proven);
    if (IsStoreFailure(fresh)) return fresh;
    const bool behind = it->second.height != 0 && it->second.height <= tip.height;
    it = fresh.ok() && !behind ? std::next(it) : items_.erase(it);
  }
  return absl::OkStatus();
}

StatusOr<std::vector<std::string>> ProofPool::LegalOn(const rules::LedgerTip& tip,
                                                      const rules::StateView& state,
                                                      TimeMs now) const {
  std::vector<std::string> out;
  for (const auto& [key, item] : items_) {
    if (out.size() >= limits::kBlockProofsMax) break;
    // Whether a block breaks a rule depends on its parent; all else was verified when it came.
    const Status legal = item.height == 0 ? rules::CheckNewProof(state, item.proven)
                                          : executor_.CheckProof(tip, state, now, item.bytes);
    if (IsStoreFailure(legal)) return legal;
    if (legal.ok()) out.push_back(item.bytes);
  }
  return out;
}

std::vector<std::string> ProofPool::Some(size_t count) const {
  std::vector<std::string> out;
  for (auto it = items_.begin(); it != items_.end() && out.size() < count; ++it)
    out.push_back(it->second.bytes);
  return out;
}

}  // namespace parley::replica
