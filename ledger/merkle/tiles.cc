#include "ledger/merkle/tiles.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace parley::merkle {
namespace {

// How many nodes of 256^level leaves a tree of `size` leaves holds complete.
uint64_t NodesAt(uint8_t level, uint64_t size) {
  return level >= kTileLevelsMax ? 0 : size >> (8 * level);
}

}  // namespace

uint8_t TileLevels(uint64_t size) { return static_cast<uint8_t>((std::bit_width(size) + 7) / 8); }

uint64_t TileCount(uint8_t level, uint64_t size) {
  const uint64_t nodes = NodesAt(level, size);
  return nodes / kTileWidth + (nodes % kTileWidth != 0 ? 1 : 0);
}

uint16_t TileWidthAt(uint8_t level, uint64_t index, uint64_t size) {
  const uint64_t nodes = NodesAt(level, size);
  if (index > nodes / kTileWidth) return 0;
  return static_cast<uint16_t>(std::min<uint64_t>(nodes - index * kTileWidth, kTileWidth));
}

std::vector<TileId> TilesOfSize(uint64_t size) {
  std::vector<TileId> out;
  for (uint8_t level = 0; level < TileLevels(size); ++level) {
    const uint64_t count = TileCount(level, size);
    for (uint64_t index = 0; index < count; ++index)
      out.push_back({level, index, TileWidthAt(level, index, size)});
  }
  return out;
}

Hash FoldTile(std::span<const Hash> hashes) {
  PARLEY_CHECK(std::has_single_bit(hashes.size()));
  if (hashes.size() == 1) return hashes[0];
  std::vector<Hash> row(hashes.size() / 2);
  for (size_t i = 0; i < row.size(); ++i) row[i] = NodeHash(hashes[2 * i], hashes[2 * i + 1]);
  for (; row.size() > 1; row.resize(row.size() / 2)) {
    for (size_t i = 0; i < row.size() / 2; ++i) row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
  }
  return row[0];
}

StatusOr<TileUpdates> TileUpdates::Create(TileReader& reader, uint64_t size) {
  if (size > kTreeSizeMax)
    return InvalidArgument(fmt::format("tiles: size {} is over {}", size, kTreeSizeMax));
  TileUpdates out;
  out.size_ = size;
  for (uint8_t level = 0; level < TileLevels(size); ++level) {
    const uint64_t nodes = NodesAt(level, size);
    const auto width = static_cast<uint16_t>(nodes % kTileWidth);
    std::vector<Hash> hashes;
    if (width > 0) {
      const uint64_t index = nodes / kTileWidth;
      ASSIGN_OR_RETURN(hashes, reader.ReadTile(level, index, width), "tile {}/{}", level, index);
      if (hashes.size() != width) {
        return DataLoss(
            fmt::format("tile {}/{}: want {} hashes, got {}", level, index, width, hashes.size()));
      }
    }
    out.stored_.push_back(hashes.size());
    out.partial_.push_back(std::move(hashes));
  }
  return out;
}

void TileUpdates::Append(const Hash& leaf) {
  AppendAt(0, leaf);
  ++size_;
}

void TileUpdates::AppendAt(uint8_t level, const Hash& hash) {
  if (level == partial_.size()) {
    partial_.emplace_back();
    stored_.push_back(0);
  }
  std::vector<Hash>& row = partial_[level];
  row.push_back(hash);
  if (row.size() < kTileWidth) return;
  const uint64_t index = NodesAt(level, size_) / kTileWidth;  // size_ does not count this leaf yet
  const Hash root = FoldTile(row);
  full_.push_back({level, index, static_cast<uint16_t>(stored_[level]), std::move(row)});
  row.clear();
  stored_[level] = 0;
  AppendAt(static_cast<uint8_t>(level + 1), root);
}

std::vector<TileWrite> TileUpdates::TakeChanges() {
  std::vector<TileWrite> out = std::exchange(full_, {});
  for (size_t i = 0; i < partial_.size(); ++i) {
    if (partial_[i].size() == stored_[i]) continue;
    const auto level = static_cast<uint8_t>(i);
    out.push_back({level, NodesAt(level, size_) / kTileWidth, static_cast<uint16_t>(stored_[i]),
                   partial_[i]});
    stored_[i] = partial_[i].size();
  }
  std::sort(out.begin(), out.end(), [](const TileWrite& a, const TileWrite& b) {
    return std::tie(a.level, a.index) < std::tie(b.level, b.index);
  });
  return out;
}

Frontier TileUpdates::ToFrontier() const {
  std::vector<Hash> peaks;
  for (size_t level = partial_.size(); level-- > 0;) {
    std::span<const Hash> rest = partial_[level];
    while (!rest.empty()) {
      const size_t run = std::bit_floor(rest.size());
      peaks.push_back(FoldTile(rest.first(run)));
      rest = rest.subspan(run);
    }
  }
  auto out = Frontier::FromPeaks(size_, std::move(peaks));
  PARLEY_CHECK(out.ok());  // a byte of the size per level, a peak per set bit
  return *std::move(out);
}

}  // namespace parley::merkle
