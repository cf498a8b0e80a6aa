#include "node/consensus/slot_store.h"

namespace parley::consensus {

const persist::StoredSlot* SlotStore::Find(const SlotId& id) const {
  const auto it = slots_.find(id);
  return it == slots_.end() ? nullptr : &it->second;
}

void SlotStore::Put(const SlotId& id, const persist::StoredSlot& slot) {
  slots_.try_emplace(id, slot);
}

const Block* SlotStore::FindBlock(const BlockId& id) const {
  const auto it = blocks_.find(id);
  return it == blocks_.end() ? nullptr : &it->second;
}

void SlotStore::PutBlock(const Block& block) { blocks_.try_emplace(block.id, block); }

void SlotStore::Prune(View view, Height height) {
  for (auto it = slots_.begin(); it != slots_.end();) {
    if (it->second.slot.view < view) {
      stored_slots_.erase(it->first);
      it = slots_.erase(it);
    } else {
      ++it;
    }
  }
  for (auto it = blocks_.begin(); it != blocks_.end();) {
    if (it->second.height < height) {
      stored_blocks_.erase(it->first);
      it = blocks_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace parley::consensus
