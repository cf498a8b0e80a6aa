#pragma once

// Entry bundles of C2SP tlog-tiles: up to 256 entries in one file, each as U16 length and the
// bytes. And tile files: the bare hashes one after the other.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "crypto/hash.h"

namespace parley::merkle {

// Adds one entry to the end of a bundle. INVALID_ARGUMENT when it is longer than 65,535 bytes.
Status AppendToBundle(std::string_view entry, std::string* bundle);

// 1..256 entries as one bundle.
StatusOr<std::string> EncodeEntryBundle(std::span<const std::string> entries);

// Exactly `width` (1..256) entries and nothing after them; the error says at which entry it breaks.
// The results point into `bundle`.
StatusOr<std::vector<std::string_view>> ParseEntryBundle(std::string_view bundle, uint16_t width);

// A tile's file. Parsing wants exactly `width` (1..256) hashes.
std::string EncodeTile(std::span<const Hash> hashes);
StatusOr<std::vector<Hash>> ParseTile(std::string_view bytes, uint16_t width);

}  // namespace parley::merkle
