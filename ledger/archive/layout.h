#pragma once

// Names of an archive's files (docs/formats.md, "Archive"); those of tiles and bundles are in
// ledger/merkle/tile_path.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/merkle/tiles.h"

namespace parley::archive {

// Entries of a full bundle, and hashes of a full tile.
inline constexpr uint64_t kWidth = merkle::kTileWidth;

inline constexpr std::string_view kCheckpointFile = "checkpoint";
inline constexpr std::string_view kReadmeFile = "README.txt";

std::string CharterFile(uint64_t version);  // from 1
std::string CheckpointFile(uint64_t size);
// nullopt when the name is none of these.
std::optional<uint64_t> ParseCharterFile(std::string_view name);
std::optional<uint64_t> ParseCheckpointFile(std::string_view name);

// The same in every archive: what this is and how to check it without this software.
std::string_view ReadmeText();

}  // namespace parley::archive
