#include "ledger/archive/archive.h"
#include "ledger/merkle/tile_path.h"

namespace parley::archive {

std::string Source::TilePlace(uint8_t level, uint64_t index, uint16_t width) const {
  return merkle::TilePath({level, index, width});
}

}  // namespace parley::archive
