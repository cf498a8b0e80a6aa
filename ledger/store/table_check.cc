#include "ledger/store/table_check.h"

#include <rocksdb/table.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace parley::store {
namespace {

// RocksDB 7.8, table/format.h: checksum type, two block handles padded to 40 bytes, format version
// and magic number, both little-endian.
constexpr size_t kFooterBytes = 53;
constexpr size_t kVersionAt = 41;
constexpr std::array<uint8_t, 12> kVersionAndMagic = {0x05, 0,    0,    0,    0xf7, 0xcf,
                                                      0xf4, 0x85, 0xb7, 0x41, 0xe2, 0x88};

}  // namespace

Status CheckTableFooter(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::error_code error;
  if (!file) {
    return std::filesystem::exists(path, error)
               ? Unavailable(fmt::format("{} cannot be read: {}", path, std::strerror(errno)))
               : NotFound(fmt::format("{} is missing", path));
  }
  std::array<char, kFooterBytes> footer{};
  const std::streamoff size = file.tellg();
  if (size >= static_cast<std::streamoff>(kFooterBytes)) {
    file.seekg(size - static_cast<std::streamoff>(kFooterBytes));
    file.read(footer.data(), footer.size());
  }
  if (!file || size < static_cast<std::streamoff>(kFooterBytes) ||
      footer[0] != static_cast<char>(rocksdb::kXXH3) ||
      std::memcmp(footer.data() + kVersionAt, kVersionAndMagic.data(), kVersionAndMagic.size()) !=
          0)
    return DataLoss(fmt::format("{} is damaged: it does not end as a table file does", path));
  return absl::OkStatus();
}

}  // namespace parley::store
