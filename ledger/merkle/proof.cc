// Making proofs. A node that is a complete subtree comes from one tile; the nodes at the right edge
// are folded from the complete subtrees below them.

#include "ledger/merkle/proof.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "base/check.h"

namespace parley::merkle {
namespace {

// Leaves begin .. end-1.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t size() const { return end - begin; }
  // RFC 6962: k, the largest power of two smaller than the size, splits it (size >= 2).
  uint64_t split() const { return begin + std::bit_floor(size() - 1); }
};

// Nodes of the tree of `size` leaves. Keeps what it read: one proof needs a tile many times.
class Nodes {
 public:
  Nodes(TileReader& tiles, uint64_t size) : tiles_(tiles), size_(size) {}

  // MTH of a range that the recursion of RFC 6962 comes upon.
  StatusOr<Hash> Root(Range range) {
    std::vector<Hash> peaks;
    while (range.size() > 0) {
      const uint64_t leaves = std::bit_floor(range.size());
      ASSIGN_OR_RETURN(const Hash peak, Complete(range.begin, leaves));
      peaks.push_back(peak);
      range.begin += leaves;
    }
    Hash root = peaks.back();
    for (size_t i = peaks.size() - 1; i > 0; --i) root = NodeHash(peaks[i - 1], root);
    return root;
  }

 private:
  // The complete subtree of `leaves` (a power of two) from leaf `begin` (a multiple of it) on.
  StatusOr<Hash> Complete(uint64_t begin, uint64_t leaves) {
    PARLEY_CHECK(leaves != 0);
    const int height = std::countr_zero(leaves);
    const auto level = static_cast<uint8_t>(height / 8);
    const uint64_t first = begin >> (8 * level);  // node number on the tile's level
    ASSIGN_OR_RETURN(const std::vector<Hash>* const tile, Tile(level, first / kTileWidth));
    const std::span<const Hash> row(*tile);
    return FoldTile(row.subspan(first % kTileWidth, size_t{1} << (height % 8)));
  }

  StatusOr<const std::vector<Hash>*> Tile(uint8_t level, uint64_t index) {
    const auto key = std::pair(level, index);
    if (const auto it = read_.find(key); it != read_.end()) return &it->second;
    const uint16_t width = TileWidthAt(level, index, size_);
    ASSIGN_OR_RETURN(std::vector<Hash> tile, tiles_.ReadTile(level, index, width), "tile {}/{}",
                     level, index);
    if (tile.size() != width) {
      return DataLoss(
          fmt::format("tile {}/{}: want {} hashes, got {}", level, index, width, tile.size()));
    }
    return &(read_[key] = std::move(tile));
  }

  TileReader& tiles_;
  const uint64_t size_;
  std::map<std::pair<uint8_t, uint64_t>, std::vector<Hash>> read_;
};

Status CheckSize(uint64_t size) {
  if (size <= kTreeSizeMax) return absl::OkStatus();
  return InvalidArgument(fmt::format("tree size {} is over {}", size, kTreeSizeMax));
}

}  // namespace

StatusOr<std::vector<Hash>> InclusionProof(TileReader& tiles, uint64_t index, uint64_t size) {
  RETURN_IF_ERROR(CheckSize(size));
  if (index >= size)
    return InvalidArgument(fmt::format("entry {} is not in a tree of size {}", index, size));
  Nodes nodes(tiles, size);
  std::vector<Hash> proof;
  for (Range range{0, size}; range.size() > 1;) {
    const uint64_t split = range.split();
    const bool left = index < split;
    ASSIGN_OR_RETURN(const Hash sibling,
                     nodes.Root(left ? Range{split, range.end} : Range{range.begin, split}));
    proof.push_back(sibling);
    (left ? range.end : range.begin) = split;
  }
  std::reverse(proof.begin(), proof.end());  // found from the root down
  return proof;
}

StatusOr<std::vector<Hash>> ConsistencyProof(TileReader& tiles, uint64_t old_size,
                                             uint64_t new_size) {
  RETURN_IF_ERROR(CheckSize(new_size));
  if (old_size > new_size) {
    return InvalidArgument(
        fmt::format("size {} is not a beginning of the smaller size {}", old_size, new_size));
  }
  std::vector<Hash> proof;
  if (old_size == 0 || old_size == new_size) return proof;
  Nodes nodes(tiles, new_size);
  // SUBPROOF of RFC 6962: down to the node that ends where the old tree ends.
  Range range{0, new_size};
  while (range.end != old_size) {
    const uint64_t split = range.split();
    const bool left = old_size <= split;
    ASSIGN_OR_RETURN(const Hash sibling,
                     nodes.Root(left ? Range{split, range.end} : Range{range.begin, split}));
    proof.push_back(sibling);
    (left ? range.end : range.begin) = split;
  }
  if (range.begin != 0) {  // else the node is the old root, which the verifier has
    ASSIGN_OR_RETURN(const Hash node, nodes.Root(range));
    proof.push_back(node);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

StatusOr<Hash> RootFromTiles(TileReader& tiles, uint64_t size) {
  RETURN_IF_ERROR(CheckSize(size));
  if (size == 0) return EmptyRoot();
  return Nodes(tiles, size).Root({0, size});
}

}  // namespace parley::merkle
