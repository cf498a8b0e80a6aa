#pragma once

// Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2): made from tiles, and
// verified without anything but the proof. A proof goes from the leaf to the root: the sibling next
// to the leaf first. All functions are pure; sizes go up to kTreeSizeMax.

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "crypto/hash.h"
#include "ledger/merkle/tiles.h"

namespace parley::merkle {

// That leaf `index` (from 0) is in the tree of the first `size` leaves. O(log size) tile reads,
// each at the width it has in that tree, so proofs for older sizes come from the same tiles.
// INVALID_ARGUMENT unless index < size; DATA_LOSS when a tile has the wrong number of hashes.
StatusOr<std::vector<Hash>> InclusionProof(TileReader& tiles, uint64_t index, uint64_t size);

// That the tree of old_size leaves is the beginning of that of new_size. Empty when old_size is 0
// (nothing to prove) or equal to new_size. INVALID_ARGUMENT unless old_size <= new_size.
StatusOr<std::vector<Hash>> ConsistencyProof(TileReader& tiles, uint64_t old_size,
                                             uint64_t new_size);

// The root of the tree of the first `size` leaves; reads the right edge only.
StatusOr<Hash> RootFromTiles(TileReader& tiles, uint64_t size);

// OK exactly when `proof` leads from the leaf at `index` to the root of a tree of `size` leaves; a
// proof that is too short or too long is refused. UNAUTHENTICATED says what does not match.
Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                       const Hash& root);

// OK exactly when `proof` shows that the tree with the root new_root only appends to the one with
// old_root. The empty tree (old_size 0) must carry EmptyRoot() and is the beginning of every tree.
Status VerifyConsistency(uint64_t old_size, uint64_t new_size, const Hash& old_root,
                         const Hash& new_root, std::span<const Hash> proof);

}  // namespace parley::merkle
