#pragma once

// Who votes in one epoch and what follows from it: quorum sizes, the order of leaders, the slot
// that stands for the epoch's first block. A value; everyone computes the same one from the charter
// and the first block.

#include <vector>

#include "base/status.h"
#include "node/consensus/types.h"

namespace parley::consensus {

class Committee {
 public:
  // INVALID_ARGUMENT unless there are 1 to kMembersMax distinct keys.
  static StatusOr<Committee> Create(const LedgerId& ledger_id, Epoch epoch,
                                    std::vector<PublicKey> members, const BlockId& first_block,
                                    Height first_height);

  const LedgerId& ledger_id() const { return ledger_id_; }
  Epoch epoch() const { return epoch_; }
  size_t size() const { return members_.size(); }
  size_t faulty_max() const { return FaultyMax(size()); }
  size_t quorum() const { return Quorum(size()); }
  bool Contains(MemberIndex m) const { return ToInt(m) < size(); }
  const PublicKey& key(MemberIndex m) const { return members_[ToInt(m)]; }  // Contains(m)

  // Members in the charter's order, taken in turn; each epoch begins one further on than the one
  // before. Nothing that a member makes goes into it (a block's id could be made by trial until the
  // order suits its maker), so whoever ends an epoch early only hands the first view on.
  MemberIndex Leader(View view) const {
    return static_cast<MemberIndex>((ToInt(epoch_) % size() + ToInt(view) % size()) % size());
  }

  // View 0: a carry slot of the epoch's first block, with nothing before it.
  const SlotId& first_slot() const { return first_slot_; }
  const BlockId& first_block() const { return first_block_; }
  Height first_height() const { return first_height_; }

 private:
  Committee() = default;

  LedgerId ledger_id_;
  Epoch epoch_{};
  std::vector<PublicKey> members_;
  BlockId first_block_;
  Height first_height_{};
  SlotId first_slot_;
};

}  // namespace parley::consensus
