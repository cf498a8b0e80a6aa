#pragma once

// The archive layout on top of a FileSet: what OpenArchive returns.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ledger/archive/archive.h"
#include "ledger/archive/file_set.h"

namespace parley::archive {

// Every file that is asked for by its exact name counts as part of the archive; what nobody asked
// for until ContainerProblems() is a stray file and reported.
// One entry bundle is held at a time, so reading in order is cheap and memory stays flat. One
// thread.
class FileSource final : public Source {
 public:
  explicit FileSource(std::unique_ptr<FileSet> files);

  std::string Name() const override { return "archive " + files_->path(); }
  std::string EntryPlace(uint64_t index) const override;
  StatusOr<std::vector<std::string>> Charters() override;
  StatusOr<std::string> LatestCheckpoint() override;
  StatusOr<std::vector<uint64_t>> CheckpointSizes() override;
  StatusOr<std::string> Checkpoint(uint64_t size) override;
  // By the bundles' names alone; what the checkpoint says is not asked. A bundle far beyond all
  // others is a stray file, so that a name alone makes nobody count to it.
  StatusOr<uint64_t> EntryCount() override;
  StatusOr<std::string> Entry(uint64_t index) override;
  StatusOr<std::vector<Hash>> Tile(uint8_t level, uint64_t index, uint16_t width) override;
  std::string TilePlace(uint8_t level, uint64_t index, uint16_t width) const override;
  std::vector<std::string> ContainerProblems() override;

 private:
  struct Bundle {
    std::string name;
    std::string bytes;
    std::vector<std::string_view> entries;  // into bytes; as many as can be read
    Status status;                          // why there are no more
  };
  // Reads a file and remembers that it was asked for.
  StatusOr<std::string> Use(const std::string& name);
  // The bundle in memory, read from its file when it is another one than last time.
  const Bundle& Load(uint64_t bundle, uint16_t width);

  std::unique_ptr<FileSet> files_;
  std::map<uint64_t, uint16_t> bundles_;  // index to width: the widest that is there
  std::set<std::string> used_;
  std::vector<std::string> problems_;
  uint64_t loaded_ = ~uint64_t{0};  // which bundle bundle_ is
  Bundle bundle_;
};

}  // namespace parley::archive
