#include "node/replica/proof_pool.h"

#include <algorithm>

#include "base/limits.h"
#include "ledger/rules/block.h"
#include "node/replica/work.h"

namespace parley::replica {
namespace {

constexpr size_t kSmallBytesMax = 4'096;

}  // namespace

size_t ProofPool::CountOf(const std::string& member, bool large) const {
  return static_cast<size_t>(std::count_if(items_.begin(), items_.end(), [&](const auto& i) {
    return i.second.proven.member == member && (i.second.bytes.size() > kSmallBytesMax) == large;
  }));
}

std::vector<const ProofPool::Item*> ProofPool::InTurns() const {
  std::map<std::string, std::vector<const Item*>> by_member;
  for (const auto& [key, item] : items_) by_member[item.proven.member].push_back(&item);
  for (auto& [member, items] : by_member)
    std::stable_sort(items.begin(), items.end(), [](const Item* a, const Item* b) {
      return (a->bytes.size() > kSmallBytesMax) < (b->bytes.size() > kSmallBytesMax);
    });
  std::vector<const Item*> out;
  for (size_t turn = 0; out.size() < items_.size(); ++turn) {
    for (const auto& [member, items] : by_member)
      if (turn < items.size()) out.push_back(items[turn]);
  }
  return out;
}

Status ProofPool::Load(const store::Snapshot& snapshot, const rules::LedgerTip& tip,
                       const rules::StateView& state) {
  return snapshot.ForEach(store::Family::kVotes, "e", "",
                          [&](std::string_view, std::string_view value) -> StatusOr<bool> {
                            Add(std::string(value), tip, state);
                            return true;
                          });
}

bool ProofPool::Add(const std::string& bytes, const rules::LedgerTip& tip,
                    const rules::StateView& state) {
  if (bytes.size() > limits::kProofBytesMax) return false;
  const StatusOr<rules::Misbehaviour> proven = executor_.ReadProof(tip, state, bytes);
  if (!proven.ok() || !rules::CheckNewProof(state, *proven).ok()) return false;
  const bool large = bytes.size() > kSmallBytesMax;
  if (CountOf(proven->member, large) >= (large ? kLargeMax : kSmallMax)) return false;
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
  for (const Item* const next : InTurns()) {
    const Item& item = *next;
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
  for (const Item* item : InTurns())
    if (out.size() < count) out.push_back(item->bytes);
  return out;
}

}  // namespace parley::replica
