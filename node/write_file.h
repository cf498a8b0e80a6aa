#pragma once

// Files that others read while they are written, and files that must be on disk.

#include <filesystem>
#include <string_view>

#include "base/status.h"

namespace parley {

// Replaces a file in one step, so that whoever reads it sees all of the text or the old one. Not
// synced.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view text);

// Makes what was written to a file, or to the names in a folder, durable.
Status SyncPath(const std::filesystem::path& path);

}  // namespace parley
