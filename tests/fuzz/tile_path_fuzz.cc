// Paths of tiles and entry bundles: one spelling only, and never both.

#include "crypto/bytes.h"
#include "ledger/merkle/tile_path.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(tile_path) {
  const std::string_view in = parley::AsText({data, size});
  const auto tile = parley::merkle::ParseTilePath(in);
  if (tile.ok() && parley::merkle::TilePath(*tile) != in) __builtin_trap();
  const auto bundle = parley::merkle::ParseEntryBundlePath(in);
  if (bundle.ok() && parley::merkle::EntryBundlePath(bundle->index, bundle->width) != in)
    __builtin_trap();
  if (tile.ok() && bundle.ok()) __builtin_trap();
  return 0;
}
