#include "ledger/archive/archive.h"
#include "ledger/archive/audit.h"
#include "ledger/archive/layout.h"
#include "ledger/merkle/tile_path.h"

namespace parley::archive {

std::string Source::TilePlace(uint8_t level, uint64_t index, uint16_t width) const {
  return merkle::TilePath({level, index, width});
}

std::string Source::CharterPlace(uint64_t version) const { return CharterFile(version); }

std::string Source::CheckpointPlace(uint64_t size) const { return CheckpointFile(size); }

void Source::CompareWith(const Replayed& /*replayed*/, ConsensusCheck* /*consensus*/,
                         const std::function<void(Problem)>& /*found*/) {}

}  // namespace parley::archive
