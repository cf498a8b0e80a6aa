#pragma once

// Which leaf hashes a cosigned root proves, when some of what is held may be damaged. There are
// three witnesses for each 256 entries: the entries themselves, the tile of their leaf hashes, and
// the hash of that tile in the level above. Which of them led to the root is found out by trying.

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/hash.h"

namespace parley::archive {

// Borrows what is held.
struct LeafWitnesses {
  uint64_t size = 0;                         // leaves under the root
  std::span<const Hash> entries;             // by number; shorter when entries are missing
  std::span<const std::vector<Hash>> tiles;  // level 0, by tile; short or empty when damaged
  std::vector<Hash> tile_hashes;             // level 1 in one row; shorter when damaged
};

struct ProvenLeaves {
  bool root_matches = false;    // false: nothing below holds
  std::vector<Hash> leaves;     // by number
  std::vector<bool> is_proven;  // false where neither entries nor tile fit the proven tile hash
};

ProvenLeaves ProveLeaves(const LeafWitnesses& held, const Hash& root);

}  // namespace parley::archive
