#pragma once

// Files that hold secrets: mode 0600, refused when anyone but the owner can touch them, written so
// that a crash leaves either nothing or the whole file, and never over an existing file.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace parley {

// Reads a whole regular file into the buffer and returns how many bytes there were. The permission
// check is made on the open file, so it cannot be raced.
// Errors: NOT_FOUND, PERMISSION_DENIED (group or others have any access; the message names the mode
// and the chmod to run), RESOURCE_EXHAUSTED (longer than the buffer), INVALID_ARGUMENT (no regular
// file), UNAVAILABLE (the disk says no).
StatusOr<size_t> ReadPrivateFile(const std::filesystem::path& path, std::span<uint8_t> buffer);

// The same, as text.
StatusOr<std::string> ReadPrivateText(const std::filesystem::path& path, size_t bytes_max);

// Writes a new file with mode 0600: temporary file in the same directory, fsync, rename that does
// not replace, fsync of the directory. ALREADY_EXISTS when something has that name; then, and on
// every other failure, nothing is left behind.
Status WritePrivateFile(const std::filesystem::path& path, std::string_view content);

}  // namespace parley
