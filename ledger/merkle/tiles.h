#pragma once

// Tiles: the Merkle tree's nodes in rows of up to 256, as C2SP tlog-tiles lays them out. Tile
// (level L, index N) holds the roots of the complete subtrees of 256^L leaves from number 256 N on.
// The rightmost tile of a level is partial (width 1 to 255) until it is full; full tiles never
// change. Nodes at the right edge that are not complete are stored nowhere: they are computed when
// needed (proof.h).
//
// Pure logic: no input or output. Paths and bundles are in tile_path.h and entry_bundle.h.

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "crypto/hash.h"
#include "ledger/merkle/frontier.h"

namespace parley::merkle {

inline constexpr uint16_t kTileWidth = 256;   // hashes in a full tile: height 8
inline constexpr uint8_t kTileLevelsMax = 8;  // levels 0 to 7 hold any tree up to kTreeSizeMax
inline constexpr uint64_t kTileIndexMax = kTreeSizeMax / kTileWidth;

struct TileId {
  uint8_t level = 0;   // 0 holds leaf hashes
  uint64_t index = 0;  // from the left, from 0
  uint16_t width = 0;  // 1..256 hashes; 256 is a full tile
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

// How many levels a tree of `size` leaves has tiles on; 0 for the empty tree.
uint8_t TileLevels(uint64_t size);

// How many tiles lie on a level, a partial one included.
uint64_t TileCount(uint8_t level, uint64_t size);

// How many hashes tile (level, index) has in a tree of `size` leaves; 0: there is no such tile.
uint16_t TileWidthAt(uint8_t level, uint64_t index, uint64_t size);

// All tiles of a tree, by level and index. Takes memory for size / 255 items: give it only sizes of
// trees that are held, never a stranger's claim.
std::vector<TileId> TilesOfSize(uint64_t size);

// The root of a full tile's subtree: what the level above holds. `hashes` has a power of two of
// items.
Hash FoldTile(std::span<const Hash> hashes);

// Where proofs get tiles from: the store, an archive, a test. Implementations say how they fail.
class TileReader {
 public:
  virtual ~TileReader() = default;
  // Exactly the first `width` (1..256) hashes of the tile, whatever more of it may exist by now.
  virtual StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t index, uint16_t width) = 0;
};

// A tile that grew: write all of `hashes` over the stored value, or append those from `first_new`
// on.
struct TileWrite {
  uint8_t level = 0;
  uint64_t index = 0;
  uint16_t first_new = 0;    // hashes before it were there already
  std::vector<Hash> hashes;  // the whole tile as it is now, 1..256
};

// The writing side: keeps the partial tile of each level in memory and says which tiles change as
// leaves are appended. When a tile fills up, its root goes one level up. Copyable (at most 8 x 255
// hashes). After a failed write it no longer matches what is stored: make a new one.
class TileUpdates {
 public:
  // Of the empty tree.
  TileUpdates() = default;

  // Of a stored tree of `size` leaves: reads the partial tiles, one for each level. DATA_LOSS when
  // the reader gives another number of hashes than asked for.
  static StatusOr<TileUpdates> Create(TileReader& reader, uint64_t size);

  uint64_t size() const { return size_; }
  void Append(const Hash& leaf);

  // The tiles changed since the last call (or since creation), by level and index.
  std::vector<TileWrite> TakeChanges();

  // The same tree as a frontier, computed from the partial tiles: compare it with a stored one to
  // find damaged tiles before anything is appended to them.
  Frontier ToFrontier() const;

 private:
  void AppendAt(uint8_t level, const Hash& hash);

  uint64_t size_ = 0;
  std::vector<std::vector<Hash>> partial_;  // by level; 0..255 hashes each
  std::vector<size_t> stored_;              // by level: how many of partial_ were taken before
  std::vector<TileWrite> full_;             // filled up since the last TakeChanges()
};

}  // namespace parley::merkle
