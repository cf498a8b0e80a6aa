#include "tools/parley/node_source.h"

#include <algorithm>
#include <cerrno>

#include "base/errno_text.h"
#include "base/limits.h"
#include "ledger/merkle/tree_hash.h"

namespace parley::cli {

StatusOr<std::unique_ptr<NodeSource>> NodeSource::Open(rpc::Client& client) {
  // First the checkpoints: the ledger may grow between the two answers, and no checkpoint may be of
  // more entries than are read.
  v1::GetCheckpointRequest wanted;
  wanted.set_list_sizes(true);
  auto checkpoint = client.GetCheckpoint(wanted);
  if (!checkpoint.ok() && !absl::IsNotFound(checkpoint.status())) return checkpoint.status();
  v1::ListEntriesRequest request;
  request.set_count_max(1);
  ASSIGN_OR_RETURN(const v1::ListEntriesResponse answer, client.ListEntries(request));
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) return Unavailable(fmt::format("temporary file: {}", ErrnoText(errno)));
  std::unique_ptr<NodeSource> source(new NodeSource(client, answer.size(), file));
  if (checkpoint.ok()) {
    source->latest_ = checkpoint->checkpoint();
    source->sizes_.assign(checkpoint->sizes().begin(), checkpoint->sizes().end());
  }
  return source;
}

std::string NodeSource::EntryPlace(uint64_t index) const {
  return fmt::format("{}, entry {}", client_.target(), index);
}

std::string NodeSource::TilePlace(uint8_t level, uint64_t index, uint16_t width) const {
  return fmt::format("{}, tile {}/{} of width {}", client_.target(), level, index, width);
}

StatusOr<std::vector<std::string>> NodeSource::Charters() {
  std::vector<std::string> out;
  v1::GetCharterRequest request;
  for (uint32_t version = 1, in_force = 1; version <= in_force; ++version) {
    request.set_version(version);
    ASSIGN_OR_RETURN(const v1::GetCharterResponse answer, client_.GetCharter(request));
    if (answer.index() >= size_) break;  // it came after the ledger was opened
    out.push_back(answer.charter_note());
    in_force = std::min(answer.in_force(), limits::kCharterVersionsMax);
  }
  return out;
}

StatusOr<std::string> NodeSource::LatestCheckpoint() {
  if (latest_.empty()) return NotFound(fmt::format("{} has no checkpoint yet", client_.target()));
  return latest_;
}

StatusOr<std::vector<uint64_t>> NodeSource::CheckpointSizes() { return sizes_; }

StatusOr<std::string> NodeSource::Checkpoint(uint64_t size) {
  v1::GetCheckpointRequest request;
  request.set_size(size);
  ASSIGN_OR_RETURN(const v1::GetCheckpointResponse answer, client_.GetCheckpoint(request));
  return answer.checkpoint();
}

Status NodeSource::Keep(const std::string& entry) {
  if (entry.size() > limits::kEntryBytesMax)
    return DataLoss(fmt::format("{}: longer than {} bytes", EntryPlace(places_.size()),
                                limits::kEntryBytesMax));
  const long offset =
      places_.empty() ? 0 : places_.back().offset + static_cast<long>(places_.back().size);
  if (std::fseek(file_.get(), offset, SEEK_SET) != 0 ||
      std::fwrite(entry.data(), 1, entry.size(), file_.get()) != entry.size())
    return Unavailable(fmt::format("temporary file: {}", ErrnoText(errno)));
  places_.push_back({offset, entry.size()});
  leaves_.push_back(merkle::LeafHash(AsBytes(entry)));
  tree_.Append(leaves_.back());
  return absl::OkStatus();
}

Status NodeSource::FetchUpTo(uint64_t count) {
  while (places_.size() < count) {
    v1::ListEntriesRequest request;
    request.set_first(places_.size());
    request.set_count_max(
        static_cast<uint32_t>(std::min<uint64_t>(size_ - places_.size(), limits::kListPageMax)));
    ASSIGN_OR_RETURN(const v1::ListEntriesResponse answer, client_.ListEntries(request));
    if (answer.entries().empty())
      return NotFound(fmt::format("{} is missing: the node claims {} entries",
                                  EntryPlace(places_.size()), size_));
    for (const std::string& entry : answer.entries()) {
      if (places_.size() < size_) RETURN_IF_ERROR(Keep(entry));
    }
    for (merkle::TileWrite& tile : tree_.TakeChanges()) {
      if (tile.level > 0) upper_[{tile.level, tile.index}] = std::move(tile.hashes);
    }
  }
  return absl::OkStatus();
}

StatusOr<std::string> NodeSource::Entry(uint64_t index) {
  if (index >= size_) return NotFound(fmt::format("{} is missing", EntryPlace(index)));
  RETURN_IF_ERROR(FetchUpTo(index + 1));
  const Place& place = places_[index];
  std::string out(place.size, '\0');
  if (std::fseek(file_.get(), place.offset, SEEK_SET) != 0 ||
      std::fread(out.data(), 1, out.size(), file_.get()) != out.size())
    return Unavailable("temporary file: short read");
  return out;
}

StatusOr<std::vector<Hash>> NodeSource::Tile(uint8_t level, uint64_t index, uint16_t width) {
  if (level == 0) {
    const uint64_t first = index * merkle::kTileWidth;
    const uint64_t end = std::min<uint64_t>(first + width, size_);
    if (first >= end) return NotFound(TilePlace(level, index, width));
    RETURN_IF_ERROR(FetchUpTo(end));
    return std::vector<Hash>(leaves_.begin() + static_cast<ptrdiff_t>(first),
                             leaves_.begin() + static_cast<ptrdiff_t>(end));
  }
  RETURN_IF_ERROR(FetchUpTo(size_));
  const auto tile = upper_.find({level, index});
  if (tile == upper_.end()) return NotFound(TilePlace(level, index, width));
  std::vector<Hash> hashes = tile->second;
  if (hashes.size() > width) hashes.resize(width);
  return hashes;
}

}  // namespace parley::cli
