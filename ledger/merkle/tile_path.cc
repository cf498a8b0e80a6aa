#include "ledger/merkle/tile_path.h"

#include <optional>
#include <vector>

#include "base/check.h"

namespace parley::merkle {
namespace {

constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kEntriesPrefix = "tile/entries/";
constexpr size_t kPathBytesMax = 64;

std::string IndexPath(uint64_t index) {
  std::string out = fmt::format("{:03}", index % 1'000);
  for (uint64_t rest = index / 1'000; rest > 0; rest /= 1'000)
    out = fmt::format("x{:03}/{}", rest % 1'000, out);
  return out;
}

std::string WithWidth(std::string path, uint16_t width) {
  PARLEY_CHECK(width >= 1 && width <= kTileWidth);
  return width == kTileWidth ? path : fmt::format("{}.p/{}", path, width);
}

Status BadPath(std::string_view path, std::string_view why) {
  // Only printable text of a stranger's path goes into a message.
  std::string shown;
  for (const char c : path.substr(0, kPathBytesMax)) shown += c > ' ' && c < 0x7f ? c : '?';
  return InvalidArgument(fmt::format("path '{}': {}", shown, why));
}

// 1 to 3 digits as a number.
std::optional<uint16_t> SmallNumber(std::string_view digits) {
  if (digits.empty() || digits.size() > 3) return std::nullopt;
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return static_cast<uint16_t>(value);
}

// "x001/x234/067".
StatusOr<uint64_t> ParseIndex(std::string_view path, std::string_view groups) {
  uint64_t index = 0;
  for (bool last = false; !last;) {
    const size_t slash = groups.find('/');
    last = slash == std::string_view::npos;
    std::string_view group = groups.substr(0, slash);
    if (!last) {
      if (!group.starts_with('x')) return BadPath(path, "want 'x' before all but the last group");
      group.remove_prefix(1);
      groups.remove_prefix(slash + 1);
    }
    const auto value = SmallNumber(group);
    if (group.size() != 3 || !value) return BadPath(path, "want groups of three digits");
    if (index > kTileIndexMax / 1'000) return BadPath(path, "the index is too large");
    index = index * 1'000 + *value;
  }
  if (index > kTileIndexMax) return BadPath(path, "the index is too large");
  return index;
}

// "<N>[.p/<W>]". Whatever is not spelled as the writer does is caught by writing it again.
StatusOr<EntryBundleId> ParseIndexAndWidth(std::string_view path, std::string_view rest) {
  EntryBundleId out;
  out.width = kTileWidth;
  const size_t dot = rest.find(".p/");
  if (dot != std::string_view::npos) {
    const auto width = SmallNumber(rest.substr(dot + 3));
    if (!width || *width < 1 || *width >= kTileWidth)
      return BadPath(path, "want a partial width of 1 to 255");
    out.width = *width;
    rest = rest.substr(0, dot);
  }
  ASSIGN_OR_RETURN(out.index, ParseIndex(path, rest));
  return out;
}

Status CheckSpelling(std::string_view path, const std::string& canonical) {
  return path == canonical ? absl::OkStatus()
                           : BadPath(path, fmt::format("it is written '{}'", canonical));
}

}  // namespace

std::string TilePath(const TileId& id) {
  return WithWidth(fmt::format("{}{}/{}", kTilePrefix, id.level, IndexPath(id.index)), id.width);
}

std::string EntryBundlePath(uint64_t index, uint16_t width) {
  return WithWidth(fmt::format("{}{}", kEntriesPrefix, IndexPath(index)), width);
}

StatusOr<TileId> ParseTilePath(std::string_view path) {
  if (path.size() > kPathBytesMax) return BadPath(path, "it is too long");
  if (!path.starts_with(kTilePrefix)) return BadPath(path, "want 'tile/' at the start");
  std::string_view rest = path.substr(kTilePrefix.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return BadPath(path, "want a level and an index");
  const auto level = SmallNumber(rest.substr(0, slash));
  if (!level || *level >= kTileLevelsMax) return BadPath(path, "want a level of 0 to 7");
  ASSIGN_OR_RETURN(const EntryBundleId tail, ParseIndexAndWidth(path, rest.substr(slash + 1)));
  const TileId out{static_cast<uint8_t>(*level), tail.index, tail.width};
  RETURN_IF_ERROR(CheckSpelling(path, TilePath(out)));
  return out;
}

StatusOr<EntryBundleId> ParseEntryBundlePath(std::string_view path) {
  if (path.size() > kPathBytesMax) return BadPath(path, "it is too long");
  if (!path.starts_with(kEntriesPrefix)) return BadPath(path, "want 'tile/entries/' at the start");
  ASSIGN_OR_RETURN(const EntryBundleId out,
                   ParseIndexAndWidth(path, path.substr(kEntriesPrefix.size())));
  RETURN_IF_ERROR(CheckSpelling(path, EntryBundlePath(out.index, out.width)));
  return out;
}

}  // namespace parley::merkle
