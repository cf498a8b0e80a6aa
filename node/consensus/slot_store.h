#pragma once

// Slots with their justifications, and the blocks they name, as far as they are not yet deep below
// the tip. Knows which of them are on disk already, so that each is persisted once.

#include <map>
#include <optional>
#include <set>

#include "node/consensus/core.h"

namespace parley::consensus {

class SlotStore {
 public:
  const persist::StoredSlot* Find(const SlotId& id) const;
  void Put(const SlotId& id, const persist::StoredSlot& slot);

  const Block* FindBlock(const BlockId& id) const;
  void PutBlock(const Block& block);
  void DropBlock(const BlockId& id) { blocks_.erase(id); }

  // True the first time: the caller then persists it.
  bool MarkSlotStored(const SlotId& id) { return stored_slots_.insert(id).second; }
  bool MarkBlockStored(const BlockId& id) { return stored_blocks_.insert(id).second; }
  bool IsBlockStored(const BlockId& id) const { return stored_blocks_.contains(id); }

  // Drops slots of views below `view` and blocks below `height`.
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
