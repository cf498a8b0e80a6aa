#include "ledger/archive/file_source.h"

#include <algorithm>
#include <filesystem>

#include "base/limits.h"
#include "ledger/archive/layout.h"
#include "ledger/merkle/entry_bundle.h"
#include "ledger/merkle/tile_path.h"

namespace parley::archive {
namespace {

constexpr uint64_t kGapMax = 256;  // bundles that may be missing before the last one

// As many entries as the bytes hold, at most `width`; the status says where and why it ended.
Status SplitBundle(std::string_view bytes, size_t width, std::vector<std::string_view>* out) {
  size_t at = 0;
  while (out->size() < width) {
    if (bytes.size() - at < 2)
      return DataLoss(
          fmt::format("it ends after {} entries, there should be {}", out->size(), width));
    const size_t length = static_cast<size_t>(static_cast<uint8_t>(bytes[at])) << 8 |
                          static_cast<uint8_t>(bytes[at + 1]);
    if (bytes.size() - at - 2 < length)
      return DataLoss(fmt::format("it ends inside entry {} of {}", out->size(), width));
    out->push_back(bytes.substr(at + 2, length));
    at += 2 + length;
  }
  if (at != bytes.size())
    return DataLoss(fmt::format("{} bytes behind its {} entries", bytes.size() - at, width));
  return absl::OkStatus();
}

}  // namespace

FileSource::FileSource(std::unique_ptr<FileSet> files) : files_(std::move(files)) {
  for (const auto& [name, size] : files_->files()) {
    const auto id = merkle::ParseEntryBundlePath(name);
    if (!id.ok()) continue;
    uint16_t& width = bundles_[id->index];
    width = std::max(width, id->width);
  }
  // A name must not make anyone count to its number: far beyond the others it is a stray file.
  while (!bundles_.empty() && bundles_.rbegin()->first > bundles_.size() + kGapMax)
    bundles_.erase(std::prev(bundles_.end()));
}

StatusOr<std::string> FileSource::Use(const std::string& name) {
  used_.insert(name);
  return files_->Read(name);
}

std::string FileSource::EntryPlace(uint64_t index) const {
  const auto found = bundles_.find(index / kWidth);
  return merkle::EntryBundlePath(index / kWidth, found == bundles_.end() ? kWidth : found->second);
}

std::string FileSource::TilePlace(uint8_t level, uint64_t index, uint16_t width) const {
  return merkle::TilePath({level, index, width});
}

StatusOr<std::vector<std::string>> FileSource::Charters() {
  std::map<uint64_t, std::string> names;
  for (const auto& [name, size] : files_->files()) {
    if (const auto version = ParseCharterFile(name)) names[*version] = name;
  }
  if (names.empty()) return NotFound(fmt::format("{} is missing", CharterFile(1)));
  std::vector<std::string> out;
  for (const auto& [version, name] : names) {
    if (version != out.size() + 1)
      AddProblem(&problems_, fmt::format("{} is missing", CharterFile(out.size() + 1)));
    ASSIGN_OR_RETURN(out.emplace_back(), Use(name));
  }
  return out;
}

StatusOr<std::string> FileSource::LatestCheckpoint() { return Use(std::string(kCheckpointFile)); }

StatusOr<std::vector<uint64_t>> FileSource::CheckpointSizes() {
  std::vector<uint64_t> out;
  for (const auto& [name, size] : files_->files()) {
    if (const auto held = ParseCheckpointFile(name)) out.push_back(*held);
  }
  std::sort(out.begin(), out.end());
  return out;
}

StatusOr<std::string> FileSource::Checkpoint(uint64_t size) { return Use(CheckpointFile(size)); }

StatusOr<uint64_t> FileSource::EntryCount() {
  if (bundles_.empty()) return uint64_t{0};
  const auto& [index, width] = *bundles_.rbegin();
  return index * kWidth + width;
}

const FileSource::Bundle& FileSource::Load(uint64_t index, uint16_t width) {
  if (loaded_ == index) return bundle_;
  loaded_ = index;
  bundle_ = Bundle();
  bundle_.name = merkle::EntryBundlePath(index, width);
  const bool first_time = !used_.contains(bundle_.name);
  StatusOr<std::string> bytes = Use(bundle_.name);
  if (bytes.ok()) {
    bundle_.bytes = std::move(*bytes);
    bundle_.status = SplitBundle(bundle_.bytes, width, &bundle_.entries);
  } else {
    bundle_.status = bytes.status();
  }
  if (first_time && !bundle_.status.ok())
    AddProblem(&problems_, fmt::format("{}: {}", bundle_.name, MessageOf(bundle_.status)));
  return bundle_;
}

StatusOr<std::string> FileSource::Entry(uint64_t index) {
  const auto found = bundles_.find(index / kWidth);
  if (found == bundles_.end()) return NotFound(fmt::format("{} is missing", EntryPlace(index)));
  const Bundle& bundle = Load(found->first, found->second);
  const size_t at = index % kWidth;
  if (at < bundle.entries.size()) return std::string(bundle.entries[at]);
  return NotFound(fmt::format("{} holds {} entries", bundle.name, bundle.entries.size()));
}

StatusOr<std::vector<Hash>> FileSource::Tile(uint8_t level, uint64_t index, uint16_t width) {
  ASSIGN_OR_RETURN(const std::string bytes, Use(TilePlace(level, index, width)));
  std::vector<Hash> out;
  for (size_t at = 0; at + Hash::kSize <= bytes.size(); at += Hash::kSize) {
    ASSIGN_OR_RETURN(out.emplace_back(),
                     Hash::FromBytes(std::string_view(bytes).substr(at, Hash::kSize)));
  }
  if (bytes.size() % Hash::kSize != 0)
    AddProblem(&problems_, fmt::format("{}: {} bytes are no whole number of hashes",
                                       TilePlace(level, index, width), bytes.size()));
  return out;
}

std::vector<std::string> FileSource::ContainerProblems() {
  std::vector<std::string> out = files_->problems();
  for (const std::string& p : problems_) AddProblem(&out, p);
  const StatusOr<std::string> readme = Use(std::string(kReadmeFile));
  if (!readme.ok() || *readme != ReadmeText())
    AddProblem(&out, fmt::format("{}: {}", kReadmeFile,
                                 readme.ok() ? "not the text that belongs into every archive"
                                             : MessageOf(readme.status())));
  for (const auto& [name, size] : files_->files()) {
    if (!used_.contains(name)) AddProblem(&out, fmt::format("{}: not part of the archive", name));
  }
  return out;
}

StatusOr<std::unique_ptr<Source>> OpenArchive(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return NotFound(fmt::format("no archive at {}", path));
  std::unique_ptr<FileSet> files;
  if (std::filesystem::is_directory(status)) {
    ASSIGN_OR_RETURN(files, OpenDirectory(path));
  } else {
    ASSIGN_OR_RETURN(files, OpenTar(path));
  }
  if (files->files().empty()) return InvalidArgument(fmt::format("{} is not an archive", path));
  return std::make_unique<FileSource>(std::move(files));
}

}  // namespace parley::archive
