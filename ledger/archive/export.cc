#include <algorithm>

#include "base/time.h"
#include "ledger/archive/archive.h"
#include "ledger/archive/layout.h"
#include "ledger/archive/sink.h"
#include "ledger/merkle/entry_bundle.h"
#include "ledger/merkle/tile_path.h"
#include "ledger/note/cosignature.h"
#include "parley/v1/entry.pb.h"

namespace parley::archive {
namespace {

// Copies a source, refusing one that does not fit together: an archive must not spread damage.
class Exporter {
 public:
  Exporter(Source& source, note::Checkpoint checkpoint, const Progress& progress)
      : source_(source), checkpoint_(std::move(checkpoint)), progress_(progress) {}

  Status Run(Sink& sink) {
    RETURN_IF_ERROR(sink.Add(std::string(kReadmeFile), ReadmeText()));
    for (uint64_t first = 0; first < checkpoint_.size; first += kWidth)
      RETURN_IF_ERROR(AddBundle(sink, first));
    if (tree_.Root() != checkpoint_.root)
      return DataLoss(fmt::format("the root of the {} entries is {}, the checkpoint's is {}",
                                  checkpoint_.size, tree_.Root(), checkpoint_.root));
    RETURN_IF_ERROR(AddCharters(sink));
    for (uint8_t level = 1; level < merkle::TileLevels(checkpoint_.size); ++level) {
      for (uint64_t n = 0; n < merkle::TileCount(level, checkpoint_.size); ++n)
        RETURN_IF_ERROR(AddTile(sink, level, n));
    }
    return AddCheckpoints(sink);
  }

 private:
  // Those that were adopted up to the checkpoint: the source may be a ledger that goes on.
  Status AddCharters(Sink& sink) {
    ASSIGN_OR_RETURN(const std::vector<std::string> charters, source_.Charters());
    for (size_t i = 0; i < charters.size() && i <= adopted_; ++i)
      RETURN_IF_ERROR(sink.Add(CharterFile(i + 1), charters[i]));
    return absl::OkStatus();
  }

  void CountAdoption(const std::string& bytes) {
    v1::Entry entry;
    if (entry.ParseFromString(bytes) && entry.event().has_charter_adopted()) ++adopted_;
  }

  Status AddBundle(Sink& sink, uint64_t first) {
    const uint64_t end = std::min(first + kWidth, checkpoint_.size);
    std::string bundle;
    std::vector<Hash> leaves;
    for (uint64_t i = first; i < end; ++i) {
      ASSIGN_OR_RETURN(const std::string entry, source_.Entry(i), "entry {}", i);
      RETURN_IF_ERROR(merkle::AppendToBundle(entry, &bundle), "entry {}", i);
      leaves.push_back(merkle::LeafHash(AsBytes(entry)));
      tree_.Append(leaves.back());
      CountAdoption(entry);
    }
    const auto width = static_cast<uint16_t>(end - first);
    ASSIGN_OR_RETURN(const std::vector<Hash> tile, ReadTile(0, first / kWidth));
    for (size_t i = 0; i < leaves.size(); ++i) {
      if (leaves[i] != tile[i])
        return DataLoss(fmt::format("entry {} does not match its leaf in {}", first + i,
                                    source_.TilePlace(0, first / kWidth, width)));
    }
    RETURN_IF_ERROR(
        sink.Add(merkle::TilePath({0, first / kWidth, width}), merkle::EncodeTile(tile)));
    if (progress_) progress_(end, checkpoint_.size);
    return sink.Add(merkle::EntryBundlePath(first / kWidth, width), bundle);
  }

  StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t index) {
    const uint16_t width = merkle::TileWidthAt(level, index, checkpoint_.size);
    ASSIGN_OR_RETURN(std::vector<Hash> tile, source_.Tile(level, index, width));
    if (tile.size() < width)
      return DataLoss(fmt::format("{} has {} hashes instead of {}",
                                  source_.TilePlace(level, index, width), tile.size(), width));
    tile.resize(width);
    return tile;
  }

  Status AddTile(Sink& sink, uint8_t level, uint64_t index) {
    ASSIGN_OR_RETURN(const std::vector<Hash> tile, ReadTile(level, index));
    return sink.Add(merkle::TilePath({level, index, static_cast<uint16_t>(tile.size())}),
                    merkle::EncodeTile(tile));
  }

  Status AddCheckpoints(Sink& sink) {
    ASSIGN_OR_RETURN(const std::vector<uint64_t> sizes, source_.CheckpointSizes());
    std::string latest;
    for (const uint64_t size : sizes) {
      if (size > checkpoint_.size) continue;
      ASSIGN_OR_RETURN(const std::string note, source_.Checkpoint(size));
      RETURN_IF_ERROR(sink.Add(CheckpointFile(size), note));
      if (size == checkpoint_.size) latest = note;
    }
    if (latest.empty()) {
      ASSIGN_OR_RETURN(latest, source_.LatestCheckpoint());
      RETURN_IF_ERROR(sink.Add(CheckpointFile(checkpoint_.size), latest));
    }
    return sink.Finish(std::string(kCheckpointFile), latest);
  }

  Source& source_;
  note::Checkpoint checkpoint_;
  const Progress& progress_;
  merkle::Frontier tree_;
  size_t adopted_ = 0;  // charters after the founding one
};

// The ledger time of the checkpoint's last entry, in seconds: the time of a tar file's members.
StatusOr<uint64_t> TimeOf(Source& source, uint64_t size) {
  if (size == 0) return uint64_t{0};
  ASSIGN_OR_RETURN(const std::string bytes, source.Entry(size - 1), "entry {}", size - 1);
  v1::Entry entry;
  if (!entry.ParseFromString(bytes) || static_cast<TimeMs>(entry.time_ms()) > kTimeMax)
    return DataLoss(fmt::format("entry {} cannot be read", size - 1));
  return entry.time_ms() / 1'000;
}

}  // namespace

Status Export(Source& source, const std::string& path, bool tar, const Progress& progress) {
  const StatusOr<std::string> latest = source.LatestCheckpoint();
  if (absl::IsNotFound(latest.status()))
    return FailedPrecondition(
        fmt::format("{} has no checkpoint yet: nothing was co-signed", source.Name()));
  RETURN_IF_ERROR(latest.status(), "{}", source.Name());
  ASSIGN_OR_RETURN(const auto parsed, note::CosignedCheckpoint::Parse(*latest), "{}: checkpoint",
                   source.Name());
  ASSIGN_OR_RETURN(const uint64_t mtime_s, TimeOf(source, parsed.checkpoint.size), "{}",
                   source.Name());
  std::unique_ptr<Sink> sink;
  if (tar) {
    ASSIGN_OR_RETURN(sink, MakeTarSink(path, mtime_s));
  } else {
    ASSIGN_OR_RETURN(sink, MakeDirectorySink(path));
  }
  return Annotate(Exporter(source, parsed.checkpoint, progress).Run(*sink),
                  fmt::format("{} cannot be exported", source.Name()));
}

}  // namespace parley::archive
