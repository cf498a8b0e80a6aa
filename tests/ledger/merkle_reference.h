#pragma once

// RFC 6962 section 2.1 word for word: recursive and slow, to compare the real code with. And tiles
// in memory.

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/merkle/tiles.h"
#include "ledger/merkle/tree_hash.h"

namespace parley::merkle {

using Hashes = std::vector<Hash>;
using HashSpan = std::span<const Hash>;

inline size_t ReferenceSplit(size_t n) {
  size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

// MTH.
inline Hash ReferenceRoot(HashSpan leaves) {
  if (leaves.empty()) return Sha256(ByteSpan());
  if (leaves.size() == 1) return leaves[0];
  const size_t k = ReferenceSplit(leaves.size());
  return NodeHash(ReferenceRoot(leaves.first(k)), ReferenceRoot(leaves.subspan(k)));
}

// PATH.
inline Hashes ReferenceInclusion(size_t m, HashSpan leaves) {
  if (leaves.size() == 1) return {};
  const size_t k = ReferenceSplit(leaves.size());
  const bool left = m < k;
  Hashes out =
      left ? ReferenceInclusion(m, leaves.first(k)) : ReferenceInclusion(m - k, leaves.subspan(k));
  out.push_back(ReferenceRoot(left ? leaves.subspan(k) : leaves.first(k)));
  return out;
}

// SUBPROOF; PROOF(m, D[n]) is SUBPROOF(m, D[n], true).
inline Hashes ReferenceConsistency(size_t m, HashSpan leaves, bool whole = true) {
  if (m == leaves.size()) return whole ? Hashes{} : Hashes{ReferenceRoot(leaves)};
  const size_t k = ReferenceSplit(leaves.size());
  const bool left = m <= k;
  Hashes out = left ? ReferenceConsistency(m, leaves.first(k), whole)
                    : ReferenceConsistency(m - k, leaves.subspan(k), /*whole=*/false);
  out.push_back(ReferenceRoot(left ? leaves.subspan(k) : leaves.first(k)));
  return out;
}

// The leaf hashes of the entries "0", "1", ... in ASCII decimal.
inline Hashes DecimalLeaves(size_t count) {
  Hashes out;
  for (size_t i = 0; i < count; ++i) out.push_back(LeafHash(AsBytes(std::to_string(i))));
  return out;
}

// What a store keeps: each tile as one value. Counts reads.
class MemoryTiles final : public TileReader {
 public:
  void Put(const TileWrite& write) { tiles_[{write.level, write.index}] = write.hashes; }
  void PutAll(TileUpdates& updates) {
    for (const TileWrite& write : updates.TakeChanges()) Put(write);
  }
  StatusOr<Hashes> ReadTile(uint8_t level, uint64_t index, uint16_t width) override {
    ++reads;
    const auto it = tiles_.find({level, index});
    if (it == tiles_.end()) return NotFound("no such tile");
    if (it->second.size() < width) return DataLoss("the tile is too short");
    const size_t take = give_short && width > 1 ? width - size_t{1} : width;
    return Hashes(it->second.begin(), it->second.begin() + static_cast<ptrdiff_t>(take));
  }

  size_t reads = 0;
  bool give_short = false;  // a reader with a bug

 private:
  std::map<std::pair<uint8_t, uint64_t>, Hashes> tiles_;
};

inline MemoryTiles TilesOf(HashSpan leaves) {
  TileUpdates updates;
  for (const Hash& leaf : leaves) updates.Append(leaf);
  MemoryTiles tiles;
  tiles.PutAll(updates);
  return tiles;
}

}  // namespace parley::merkle
