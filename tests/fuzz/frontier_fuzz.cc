// Stored frontiers: one encoding only, and whatever is read can be appended to.

#include <bit>

#include "ledger/merkle/frontier.h"
#include "tests/fuzz/fuzz_target.h"

using parley::merkle::Frontier;

FUZZ_TARGET(frontier) {
  const std::string_view in = parley::AsText({data, size});
  auto frontier = Frontier::Parse(in);
  if (!frontier.ok()) return 0;
  if (frontier->Encode() != in) __builtin_trap();
  const uint64_t before = frontier->size();
  frontier->Append(frontier->Root());
  if (frontier->size() != before + 1) __builtin_trap();
  if (frontier->peaks().size() != static_cast<size_t>(std::popcount(before + 1))) __builtin_trap();
  return 0;
}
