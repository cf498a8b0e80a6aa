// Finalize votes, and making blocks final.

#include <algorithm>

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {
namespace {

constexpr uint64_t kBlocksBelowTip = 8;  // kept in memory to answer members just behind
constexpr size_t kRecentBlocks = 4'096;  // heights whose ids are remembered to notice a fork

}  // namespace

void CoreImpl::TryFinalize() {
  if (IsFarBehind()) return;  // nothing above the gap can be executed
  for (const View v : certificates_.NotarizedAfter(last_final_)) {
    const Certificate* notarized = certificates_.notarization(v);
    if (notarized == nullptr || v <= last_final_) continue;
    const persist::StoredSlot* stored = slots_.Find(notarized->vote.slot);
    if (stored == nullptr) {
      WantSlot(notarized->vote.slot, *notarized);
      continue;
    }
    const Content content = SlotContent(*stored);
    if (content == Content::kUnknown) WantChain(*stored);
    if (content == Content::kInvalid) {
      Halt(AlarmKind::kDivergence,
           fmt::format("a quorum notarized block {} in view {}, which breaks the rules here",
                       stored->slot.block, v));
    }
    if (content != Content::kValid) continue;
    // A quorum gave the view up: it can never be final, and who forgot its own vote must not try.
    if (certificates_.nullification(v) != nullptr) continue;
    const Cast& cast = guard_.Of(v);
    if (cast.nullify || cast.finalize || guard_.HasGivenUp(v) || !guard_.enabled()) continue;
    PersistSlot(notarized->vote.slot);
    CastVote(VoteFor(config_.ledger_id, VoteKind::kFinalize, stored->slot), /*announce=*/true);
  }
}

bool CoreImpl::IsFarBehind() const {
  const Certificate* c = certificates_.finalization(last_final_);
  return c != nullptr && ToInt(c->vote.height) > ToInt(tip_.height) + kBlocksBelowTip;
}

bool CoreImpl::IsBehind() const {
  const Certificate* c = certificates_.finalization(last_final_);
  return c != nullptr && c->vote.height > tip_.height;
}

void CoreImpl::Commit() {
  const Certificate* finalization = certificates_.finalization(last_final_);
  if (finalization == nullptr) return;
  const Vote& vote = finalization->vote;
  if (vote.height < tip_.height || (vote.height == tip_.height && vote.block != tip_.id)) {
    Halt(AlarmKind::kFork, fmt::format("view {} makes block {} final at height {}, where the "
                                       "ledger has another",
                                       vote.view, vote.block, vote.height));
    return;
  }
  if (vote.height > tip_.height && !CommitTo(Certificate(*finalization))) {
    const persist::StoredSlot* stored = slots_.Find(vote.slot);
    if (IsFarBehind()) return;  // AskForBlocks does it
    if (stored == nullptr) {
      WantSlot(vote.slot, *finalization);
    } else {
      WantChain(*stored);
    }
    return;
  }
  PruneBelowFinal();
}

// The block is final by a later one, whose certificate is held and which descends from it.
void CoreImpl::CommitLinked(const Block& last) {
  std::vector<Block> chain;  // newest first
  BlockId at = last.id;
  for (Height h = last.height; h > tip_.height; h = static_cast<Height>(ToInt(h) - 1)) {
    const Block* block = slots_.FindBlock(at);
    if (block == nullptr || block->height != h) return;
    chain.push_back(*block);
    at = block->parent;
  }
  if (at != tip_.id)
    return Halt(AlarmKind::kFork,
                fmt::format("final block {} does not build on this ledger's block {} at height {}",
                            last.id, tip_.id, tip_.height));
  const Content content = ContentOf(last.id);
  if (content == Content::kInvalid)
    return Halt(AlarmKind::kDivergence,
                fmt::format("a quorum finalized block {}, which breaks the rules here", last.id));
  if (content != Content::kValid) return;
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) Deliver(*it, nullptr);
}

bool CoreImpl::CommitTo(const Certificate& finalization) {
  std::vector<Block> chain;  // newest first
  BlockId at = finalization.vote.block;
  Height height = finalization.vote.height;
  while (height > tip_.height) {
    const Block* block = slots_.FindBlock(at);
    if (block == nullptr || block->height != height) return false;
    chain.push_back(*block);
    at = block->parent;
    height = static_cast<Height>(ToInt(height) - 1);
  }
  if (at != tip_.id) {
    Halt(AlarmKind::kFork, fmt::format("final block {} does not build on this ledger's block {} at "
                                       "height {}",
                                       finalization.vote.block, tip_.id, tip_.height));
    return false;
  }
  const Content content = ContentOf(finalization.vote.block);
  if (content == Content::kInvalid) {
    Halt(AlarmKind::kDivergence, fmt::format("a quorum finalized block {}, which breaks the rules "
                                             "here",
                                             finalization.vote.block));
  }
  if (content != Content::kValid) return false;
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
    const bool last = std::next(it) == chain.rend();
    Deliver(*it, last ? &finalization : nullptr);
  }
  return true;
}

void CoreImpl::Deliver(const Block& block, const Certificate* finalization) {
  parley::consensus::Deliver d{block, std::nullopt};
  if (finalization != nullptr) d.finalization = *finalization;
  out_.deliver.push_back(std::move(d));
  tip_ = block;
  recent_[block.height] = block.id;
  if (recent_.size() > kRecentBlocks) recent_.erase(recent_.begin());
  work_.clear();
  dirty_ = true;
  if (block.seal) EndEpoch();
}

void CoreImpl::PruneBelowFinal() {
  if (pruned_through_ == last_final_) return;
  // The slots of the final path are the proof of these blocks and are kept for ever.
  const Certificate* finalization = certificates_.finalization(last_final_);
  SlotId at = finalization->vote.slot;
  while (const persist::StoredSlot* stored = slots_.Find(at)) {
    if (stored->slot.view <= pruned_through_) break;
    PersistSlot(at);
    at = stored->slot.parent_slot;
  }
  pruned_through_ = last_final_;
  guard_.Prune(last_final_);
  tally_.Prune(last_final_);
  certificates_.Prune(last_final_);
  props_.erase(props_.begin(), props_.upper_bound(last_final_));
  notarized_at_.erase(notarized_at_.begin(), notarized_at_.upper_bound(last_final_));
  PruneBelowTip();
  out_.persist.push_back(persist::Prune{config_.epoch, static_cast<View>(ToInt(last_final_) - 1)});
}

void CoreImpl::PruneBelowTip() {
  std::erase_if(content_, [&](const auto& e) { return e.second.first <= tip_.height; });
  std::erase_if(bad_blocks_, [&](const BlockId& id) { return !content_.contains(id); });
  const uint64_t views = std::min<uint64_t>(ToInt(last_final_), limits::kStandstillViews);
  const uint64_t heights = std::min(ToInt(tip_.height), kBlocksBelowTip);
  slots_.Prune(static_cast<View>(ToInt(last_final_) - views),
               static_cast<Height>(ToInt(tip_.height) - heights));
}

}  // namespace parley::consensus
