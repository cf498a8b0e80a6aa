#pragma once

// Slots with their justifications, and the blocks they name, as far as they are not yet deep below
// the tip. Knows which of them are on disk already, so that each is persisted once.
//
// Takes what it is given: the core has checked slot, justification and block before. Its size is
// bounded by that too: one slot for each view and proposal that passed, until Prune. One thread.

#include <map>
#include <optional>
#include <set>

#include "node/consensus/persist.h"

namespace parley::consensus {

class SlotStore {
 public:
  // Null when it was never put in, or is pruned. Valid until that slot is pruned.
  const persist::StoredSlot* Find(const SlotId& id) const;
  // The first one put in under an id stays: an id is the hash of the slot, its proposer's signature
  // is not part of it.
  void Put(const SlotId& id, const persist::StoredSlot& slot);

  // The same for blocks.
  const Block* FindBlock(const BlockId& id) const;
  void PutBlock(const Block& block);
  // Before its height is pruned: its slot was nullified and nothing stands on it. True when it is
  // on disk as well.
  bool DropBlock(const BlockId& id) {
    blocks_.erase(id);
    return stored_blocks_.erase(id) > 0;
  }

  // True the first time: the caller then persists it.
  bool MarkSlotStored(const SlotId& id) { return stored_slots_.insert(id).second; }
  bool MarkBlockStored(const BlockId& id) { return stored_blocks_.insert(id).second; }
  bool IsBlockStored(const BlockId& id) const { return stored_blocks_.contains(id); }

  // Drops slots of views below `view` and blocks below `height`, and what is known of their being
  // stored. What is on disk the host prunes.
  void Prune(View view, Height height);

  size_t slot_count() const { return slots_.size(); }
  size_t block_count() const { return blocks_.size(); }

 private:
  std::map<SlotId, persist::StoredSlot> slots_;
  std::map<BlockId, Block> blocks_;
  std::set<SlotId> stored_slots_;
  std::set<BlockId> stored_blocks_;
};

}  // namespace parley::consensus
