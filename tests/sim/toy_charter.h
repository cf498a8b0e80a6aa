#pragma once

// Who the members are, in the simulator's ledger: a machine number and the generation of its key. A
// charter record changes the list; it is the last record of its block and seals the epoch. The
// consent of the old members is a keyed digest that only the campaign makes: liars can repeat a
// charter, not write one.

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/consensus/types.h"

namespace parley::sim {

struct ToyMember {
  size_t machine = 0;
  uint64_t generation = 0;
  friend auto operator<=>(const ToyMember&, const ToyMember&) = default;
};

struct ToyCharter {
  consensus::Epoch epoch{};        // that it begins
  std::vector<ToyMember> members;  // by machine, ascending
};

// Machines 0 to n - 1 with their first keys.
std::vector<ToyMember> FirstMembers(size_t n);
std::vector<PublicKey> KeysOf(const std::vector<ToyMember>& members);

bool LooksLikeCharter(std::string_view record);
std::string CharterRecord(const ToyCharter& charter);
// Nothing unless it is well formed, names 1 to 15 machines in order, and has the members' consent.
std::optional<ToyCharter> ReadCharter(std::string_view record);

}  // namespace parley::sim
