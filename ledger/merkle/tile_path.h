#pragma once

// Paths of tiles and entry bundles in C2SP tlog-tiles: "tile/<L>/<N>[.p/<W>]" and
// "tile/entries/<N>[.p/<W>]", with N in groups of three digits, all but the last with an "x" in
// front: 1234067 is "x001/x234/067". Parsers take only the one spelling that the writers use.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ledger/merkle/tiles.h"

namespace parley::merkle {

// A file of up to 256 consecutive entries, from number 256 * index on.
struct EntryBundleId {
  uint64_t index = 0;
  uint16_t width = 0;  // 1..256 entries
  friend auto operator<=>(const EntryBundleId&, const EntryBundleId&) = default;
};

// The path, without a leading slash. The width decides about ".p/<W>".
std::string TilePath(const TileId& id);
std::string EntryBundlePath(uint64_t index, uint16_t width);

// INVALID_ARGUMENT with the reason for anything else than such a path: level at most 7, index at
// most kTileIndexMax, partial width 1..255, no superfluous zero groups.
StatusOr<TileId> ParseTilePath(std::string_view path);
StatusOr<EntryBundleId> ParseEntryBundlePath(std::string_view path);

}  // namespace parley::merkle
