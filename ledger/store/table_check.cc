#include "ledger/store/table_check.h"

#include <rocksdb/table.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/errno_text.h"

namespace parley::store {
namespace {

// RocksDB 7.8, table/format.h: checksum type, two block handles padded to 40 bytes, format version
// and magic number, both little-endian.
constexpr size_t kFooterBytes = 53;
constexpr size_t kVersionAt = 41;
constexpr std::array<uint8_t, 4> kVersion = {0x05, 0, 0, 0};
constexpr std::array<uint8_t, 8> kMagic = {0xf7, 0xcf, 0xf4, 0x85, 0xb7, 0x41, 0xe2, 0x88};

template <size_t N>
bool Has(const std::array<char, kFooterBytes>& footer, size_t at,
         const std::array<uint8_t, N>& want) {
  return std::memcmp(footer.data() + at, want.data(), N) == 0;
}

// Whether zeros follow the two handles, four varints that nothing else protects. A handle that does
// not end is for RocksDB to find.
bool IsPadded(const std::array<char, kFooterBytes>& footer) {
  size_t at = 1;
  for (int varints = 0; varints < 4 && at < kVersionAt; ++at) {
    if ((static_cast<uint8_t>(footer[at]) & 0x80) == 0) ++varints;
  }
  return std::all_of(footer.begin() + static_cast<ptrdiff_t>(at), footer.begin() + kVersionAt,
                     [](char c) { return c == 0; });
}

}  // namespace

Status CheckTableFooter(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::error_code error;
  if (!file) {
    return std::filesystem::exists(path, error)
               ? Unavailable(fmt::format("{} cannot be read: {}", path, ErrnoText(errno)))
               : NotFound(fmt::format("{} is missing", path));
  }
  std::array<char, kFooterBytes> footer{};
  const std::streamoff size = file.tellg();
  if (size >= static_cast<std::streamoff>(kFooterBytes)) {
    file.seekg(size - static_cast<std::streamoff>(kFooterBytes));
    file.read(footer.data(), footer.size());
  }
  // RocksDB itself refuses what has another magic number, when it reads from it.
  if (!file || !Has(footer, kVersionAt + kVersion.size(), kMagic)) return absl::OkStatus();
  if (footer[0] != static_cast<char>(rocksdb::kXXH3) || !Has(footer, kVersionAt, kVersion))
    return DataLoss(
        fmt::format("{} is damaged: its footer tells of another format than it is in", path));
  if (!IsPadded(footer))
    return DataLoss(fmt::format("{} is damaged: data in its footer, where zeros belong", path));
  return absl::OkStatus();
}

}  // namespace parley::store
