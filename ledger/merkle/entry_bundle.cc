#include "ledger/merkle/entry_bundle.h"

#include "base/limits.h"
#include "ledger/merkle/tiles.h"

namespace parley::merkle {
namespace {

Status CheckCount(std::string_view what, size_t count) {
  if (count >= 1 && count <= kTileWidth) return absl::OkStatus();
  return InvalidArgument(fmt::format("{}: want 1 to {} items, got {}", what, kTileWidth, count));
}

}  // namespace

Status AppendToBundle(std::string_view entry, std::string* bundle) {
  if (entry.size() > limits::kEntryBytesMax) {
    return InvalidArgument(fmt::format("entry bundle: an entry has {} bytes, at most {} fit",
                                       entry.size(), limits::kEntryBytesMax));
  }
  *bundle += static_cast<char>(entry.size() >> 8);
  *bundle += static_cast<char>(entry.size() & 0xff);
  *bundle += entry;
  return absl::OkStatus();
}

StatusOr<std::string> EncodeEntryBundle(std::span<const std::string> entries) {
  RETURN_IF_ERROR(CheckCount("entry bundle", entries.size()));
  std::string out;
  for (const std::string& entry : entries) RETURN_IF_ERROR(AppendToBundle(entry, &out));
  return out;
}

StatusOr<std::vector<std::string_view>> ParseEntryBundle(std::string_view bundle, uint16_t width) {
  RETURN_IF_ERROR(CheckCount("entry bundle", width));
  std::vector<std::string_view> out;
  for (size_t at = 0; out.size() < width;) {
    const size_t left = bundle.size() - at;
    if (left < 2) {
      return InvalidArgument(
          fmt::format("entry bundle: ends before entry {} of {}", out.size(), width));
    }
    const ByteSpan prefix = AsBytes(bundle.substr(at, 2));
    const size_t size = static_cast<size_t>(prefix[0]) << 8 | prefix[1];
    if (left - 2 < size) {
      return InvalidArgument(fmt::format("entry bundle: entry {} has {} bytes, {} are left",
                                         out.size(), size, left - 2));
    }
    out.push_back(bundle.substr(at + 2, size));
    at += 2 + size;
    if (out.size() == width && at != bundle.size()) {
      return InvalidArgument(
          fmt::format("entry bundle: {} bytes follow the last entry", bundle.size() - at));
    }
  }
  return out;
}

std::string EncodeTile(std::span<const Hash> hashes) {
  std::string out;
  out.reserve(hashes.size() * Hash::kSize);
  for (const Hash& hash : hashes) out += AsText(hash.bytes());
  return out;
}

StatusOr<std::vector<Hash>> ParseTile(std::string_view bytes, uint16_t width) {
  RETURN_IF_ERROR(CheckCount("tile", width));
  if (bytes.size() != width * Hash::kSize) {
    return InvalidArgument(fmt::format("tile: want {} bytes for {} hashes, got {}",
                                       width * Hash::kSize, width, bytes.size()));
  }
  std::vector<Hash> out;
  for (; !bytes.empty(); bytes.remove_prefix(Hash::kSize)) {
    ASSIGN_OR_RETURN(const Hash hash, Hash::FromBytes(bytes.substr(0, Hash::kSize)));
    out.push_back(hash);
  }
  return out;
}

}  // namespace parley::merkle
