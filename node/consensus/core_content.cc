// Is what a slot names good? Pure facts about blocks, looked up or asked of the application.

#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {

const Block* CoreImpl::FindBlock(const BlockId& id) const {
  if (id == tip_.id) return &tip_;
  if (id == config_.first_block.id) return &config_.first_block;
  return slots_.FindBlock(id);
}

Content CoreImpl::ContentOf(const BlockId& id) {
  std::vector<const Block*> unknown;  // newest first
  BlockId at = id;
  while (at != tip_.id) {
    const auto known = content_.find(at);
    const Block* block = slots_.FindBlock(at);
    if (block == nullptr) return Content::kUnknown;
    if (known != content_.end() && known->second.second) break;
    if (known != content_.end() || block->height <= tip_.height) {
      // Invalid itself, or on a branch that left the final chain: so is all that builds on it.
      for (const Block* b : unknown) content_[b->id] = {b->height, false};
      return Content::kInvalid;
    }
    unknown.push_back(block);
    at = block->parent;
  }
  if (unknown.empty()) return Content::kValid;
  return CheckChain(unknown, *FindBlock(at));
}

Content CoreImpl::CheckChain(const std::vector<const Block*>& newest_first, const Block& base) {
  const Block* parent = &base;
  bool good = true;
  for (auto it = newest_first.rbegin(); it != newest_first.rend(); ++it) {
    const Block& block = **it;
    good = good && ToInt(block.height) == ToInt(parent->height) + 1 &&
           block.epoch == config_.epoch &&
           (!parent->seal || parent->id == committee_.first_block());
    if (good) {
      const Content content = application_.Check(block);
      if (content == Content::kUnknown) return content;
      good = content == Content::kValid;
      if (!good) NoteBadBlock(block);
    }
    content_[block.id] = {block.height, good};
    parent = &block;
  }
  return good ? Content::kValid : Content::kInvalid;
}

// It breaks a rule on a parent that is sound: whoever voted for it is to blame.
void CoreImpl::NoteBadBlock(const Block& block) {
  if (!bad_blocks_.insert(block.id).second) return;
  for (const SignedVote& vote : tally_.VotesFor(block.id)) BlameForBlock(vote);
}

Content CoreImpl::SlotContent(const persist::StoredSlot& stored) {
  const Slot& slot = stored.slot;
  Height parent_height = committee_.first_height();
  BlockId parent_block = committee_.first_block();
  if (stored.justification.parent) {
    parent_height = stored.justification.parent->vote.height;
    parent_block = stored.justification.parent->vote.block;
  }
  if (slot.kind == SlotKind::kCarry) {
    if (slot.height != parent_height || slot.block != parent_block) return Content::kInvalid;
    return ContentOf(slot.block);
  }
  if (ToInt(slot.height) != ToInt(parent_height) + 1) return Content::kInvalid;
  const Block* block = FindBlock(slot.block);
  if (block == nullptr) return Content::kUnknown;
  if (block->height != slot.height || block->parent != parent_block) return Content::kInvalid;
  return ContentOf(slot.block);
}

}  // namespace parley::consensus
