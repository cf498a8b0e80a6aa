#include "ledger/store/log_check.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "base/errno_text.h"

namespace parley::store {
namespace {

constexpr size_t kBlock = 32'768;
constexpr size_t kHeader = 7;
// Fragment types: 0 zero filler, 1 full, 2 first, 3 middle, 4 last; 9 and 10 announce options.
constexpr uint8_t kTypeMax = 10;
constexpr size_t kLogBytesMax = size_t{1} << 30;  // ours are bounded far below

constexpr std::array<std::array<uint32_t, 256>, 8> MakeTables() {
  std::array<std::array<uint32_t, 256>, 8> t{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = (c & 1) ? (c >> 1) ^ 0x82f63b78U : c >> 1;
    t[0][i] = c;
  }
  for (uint32_t i = 0; i < 256; ++i) {
    for (size_t k = 1; k < 8; ++k) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
  }
  return t;
}
constexpr auto kTables = MakeTables();

uint8_t At(std::string_view s, size_t i) { return static_cast<uint8_t>(s[i]); }

uint32_t Little32(std::string_view s, size_t i) {
  return static_cast<uint32_t>(At(s, i)) | static_cast<uint32_t>(At(s, i + 1)) << 8 |
         static_cast<uint32_t>(At(s, i + 2)) << 16 | static_cast<uint32_t>(At(s, i + 3)) << 24;
}

uint32_t NextCrc(uint32_t crc, uint8_t byte) {
  return (crc >> 8) ^ kTables[0][(crc ^ byte) & 0xff];
}

uint32_t Mask(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

struct Header {
  uint32_t crc = 0;
  size_t length = 0;
  uint8_t type = 0;
};

Header ReadHeader(std::string_view bytes, size_t at) {
  return {Little32(bytes, at), static_cast<size_t>(At(bytes, at + 4) | At(bytes, at + 5) << 8),
          At(bytes, at + 6)};
}

size_t BlockEnd(std::string_view bytes, size_t at) {
  return std::min(bytes.size(), (at / kBlock + 1) * kBlock);
}

bool ChecksumHolds(std::string_view bytes, size_t at, size_t length) {
  return Mask(Crc32c(bytes.substr(at + kHeader - 1, length + 1))) == Little32(bytes, at);
}

// A complete fragment with a right checksum. Zero filler does not count: it proves nothing.
bool ValidAt(std::string_view bytes, size_t at) {
  const size_t end = BlockEnd(bytes, at);
  if (at + kHeader > end) return false;
  const Header h = ReadHeader(bytes, at);
  return h.type != 0 && h.type <= kTypeMax && at + kHeader + h.length <= end &&
         ChecksumHolds(bytes, at, h.length);
}

// The length with which the fragment at the start of `bytes` would be valid.
std::optional<size_t> LengthThatFits(std::string_view bytes) {
  const uint32_t want = Little32(bytes, 0);
  uint32_t crc = 0xffffffffU;
  for (size_t i = kHeader - 1; i < bytes.size(); ++i) {
    crc = NextCrc(crc, At(bytes, i));
    if (Mask(~crc) == want) return i + 1 - kHeader;
  }
  return std::nullopt;
}

// The first valid fragment behind a bad place: anywhere in the rest of its block, and at the start
// of any later block.
std::optional<size_t> NextValid(std::string_view bytes, size_t bad) {
  for (size_t at = bad + 1; at < BlockEnd(bytes, bad); ++at) {
    if (ValidAt(bytes, at)) return at;
  }
  for (size_t at = (bad / kBlock + 1) * kBlock; at < bytes.size(); at += kBlock) {
    if (ValidAt(bytes, at)) return at;
  }
  return std::nullopt;
}

Status Damaged(size_t at, const std::string& why) {
  return DataLoss(fmt::format("damaged at offset {}: {}", at, why));
}

// Judges a place where no valid fragment begins.
Status JudgeBadPlace(std::string_view bytes, size_t at) {
  if (const auto next = NextValid(bytes, at))
    return Damaged(at, fmt::format("a bad record with a valid one behind it, at {}", *next));
  const size_t end = BlockEnd(bytes, at);
  if (at + kHeader > end) return absl::OkStatus();
  const Header h = ReadHeader(bytes, at);
  const bool filler = h.type == 0 && h.length == 0 && h.crc == 0;
  if (filler) {
    const bool clean = std::all_of(bytes.begin() + static_cast<ptrdiff_t>(at), bytes.end(),
                                   [](char c) { return c == 0; });
    return clean ? absl::OkStatus() : Damaged(at, "data where there should be zeros");
  }
  // The checksum does not cover the length: if it holds for all that is there, only the length is
  // wrong and the record was complete.
  if (const auto length = LengthThatFits(bytes.substr(at, end - at)))
    return Damaged(at, fmt::format("record of {} bytes says it has {}", *length, h.length));
  if (at + kHeader + h.length <= end) return Damaged(at, "checksum mismatch");
  if (end < bytes.size()) return Damaged(at, "a record that crosses its block");
  return absl::OkStatus();  // torn: the file ends before the record does
}

StatusOr<std::string> ReadLog(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) {
    const int error = errno;
    const std::string text = fmt::format("cannot read {}: {}", path, ErrnoText(error));
    return error == ENOENT ? NotFound(text) : Unavailable(text);
  }
  const auto size = static_cast<size_t>(in.tellg());
  if (size > kLogBytesMax)
    return ResourceExhausted(fmt::format("{}: {} bytes is no log of ours", path, size));
  std::string bytes(size, '\0');
  in.seekg(0);
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<size_t>(in.gcount()));
  return bytes;
}

// The manifest that CURRENT names.
StatusOr<std::string> ManifestPath(const std::string& dir) {
  ASSIGN_OR_RETURN(const std::string current, ReadLog(dir + "/CURRENT"));
  if (!current.starts_with("MANIFEST-") || !current.ends_with("\n") ||
      current.find('/') != std::string::npos)
    return DataLoss(fmt::format("{}/CURRENT does not name a manifest", dir));
  return fmt::format("{}/{}", dir, current.substr(0, current.size() - 1));
}

}  // namespace

uint32_t Crc32c(std::string_view bytes) {
  uint32_t crc = 0xffffffffU;
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    const uint32_t low = crc ^ Little32(bytes, i);
    const uint32_t high = Little32(bytes, i + 4);
    crc = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][high & 0xff] ^ kTables[2][(high >> 8) & 0xff] ^
          kTables[1][(high >> 16) & 0xff] ^ kTables[0][high >> 24];
  }
  for (; i < bytes.size(); ++i) crc = NextCrc(crc, At(bytes, i));
  return ~crc;
}

Status CheckLogBytes(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t block_end = (at / kBlock + 1) * kBlock;
    if (block_end - at < kHeader) {  // trailer
      at = block_end;
      continue;
    }
    if (!ValidAt(bytes, at)) return JudgeBadPlace(bytes, at);
    at += kHeader + ReadHeader(bytes, at).length;
  }
  return absl::OkStatus();
}

Status CheckLogFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadLog(path));
  return Annotate(CheckLogBytes(bytes), path);
}

Status CheckLogs(const std::string& dir) {
  ASSIGN_OR_RETURN(const std::string manifest, ManifestPath(dir));
  std::vector<std::string> paths = {manifest};
  std::error_code error;
  std::filesystem::directory_iterator it(dir, error);
  for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (it->path().extension() == ".log") paths.push_back(it->path().string());
  }
  if (error) return Unavailable(fmt::format("cannot list {}: {}", dir, error.message()));
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const Status s = CheckLogFile(path);
    if (absl::IsNotFound(s) && path != manifest) continue;
    RETURN_IF_ERROR(s);
  }
  return absl::OkStatus();
}

}  // namespace parley::store
