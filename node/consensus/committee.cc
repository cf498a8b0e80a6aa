#include "node/consensus/committee.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "crypto/encoding.h"
#include "node/consensus/codec.h"

namespace parley::consensus {
namespace {

std::vector<MemberIndex> LeaderOrder(const BlockId& first_block, size_t n) {
  std::vector<std::pair<Hash, MemberIndex>> keyed;
  for (size_t i = 0; i < n; ++i) {
    Encoder in;
    in.Fixed(first_block).U8(static_cast<uint8_t>(i));
    keyed.emplace_back(Sha256<Hash>(in.bytes()), static_cast<MemberIndex>(i));
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<MemberIndex> order;
  order.reserve(n);
  for (const auto& [hash, member] : keyed) order.push_back(member);
  return order;
}

}  // namespace

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
  out.order_ = LeaderOrder(first_block, members.size());
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
