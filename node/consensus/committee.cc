#include "node/consensus/committee.h"

#include <set>

#include "base/limits.h"
#include "node/consensus/codec.h"

namespace parley::consensus {

StatusOr<Committee> Committee::Create(const LedgerId& ledger_id, Epoch epoch,
                                      std::vector<PublicKey> members, const BlockId& first_block,
                                      Height first_height) {
  if (members.empty() || members.size() > limits::kMembersMax)
    return InvalidArgument(
        fmt::format("members: want 1 to {}, got {}", limits::kMembersMax, members.size()));
  if (std::set<PublicKey>(members.begin(), members.end()).size() != members.size())
    return InvalidArgument("members: two of them have one node key");
  Committee out;
  out.ledger_id_ = ledger_id;
  out.epoch_ = epoch;
  out.members_ = std::move(members);
  out.first_block_ = first_block;
  out.first_height_ = first_height;
  Slot first;
  first.epoch = epoch;
  first.kind = SlotKind::kCarry;
  first.height = first_height;
  first.block = first_block;
  out.first_slot_ = SlotIdOf(ledger_id, first);
  return out;
}

}  // namespace parley::consensus
