#pragma once

// One epoch as a host needs it: who is a member under which number, and the block it starts from.
// Machines keep their numbers for the whole simulation; member indices are positions in one epoch's
// list.

#include <memory>
#include <optional>
#include <vector>

#include "node/consensus/core.h"
#include "tests/sim/toy_charter.h"

namespace parley::sim {

struct Era {
  consensus::Epoch epoch{1};
  std::vector<ToyMember> members;
  consensus::Block first;

  std::optional<consensus::MemberIndex> IndexOf(size_t machine) const;
  size_t MachineOf(consensus::MemberIndex m) const { return members[ToInt(m)].machine; }
  bool Contains(size_t machine) const { return IndexOf(machine).has_value(); }
};

// The epoch that the first block begins.
std::shared_ptr<const Era> FirstEra(const std::vector<ToyMember>& members);
// The epoch that `seal` begins; the block must be a seal.
std::shared_ptr<const Era> EraAfter(const consensus::Block& seal);

}  // namespace parley::sim
