// A tar file of an archive: whatever the bytes are, members lie inside the file, and everything
// that an archive holds can be asked for.

#include "ledger/archive/file_source.h"
#include "ledger/archive/tar.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using parley::archive::FileSet;

class Memory final : public parley::archive::RandomAccess {
 public:
  explicit Memory(std::string_view bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  parley::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) const override {
    if (offset > bytes_.size() || size > bytes_.size() - offset) __builtin_trap();
    return std::string(bytes_.substr(offset, size));
  }

 private:
  std::string_view bytes_;
};

class Members final : public FileSet {
 public:
  Members(const Memory& bytes, parley::archive::TarIndex index)
      : bytes_(bytes), index_(std::move(index)) {
    for (const auto& [name, member] : index_.members) {
      if (!parley::archive::CheckFileName(name).ok()) __builtin_trap();
      files_[name] = member.size;
    }
  }
  const std::string& path() const override { return path_; }
  const std::map<std::string, uint64_t>& files() const override { return files_; }
  const std::vector<std::string>& problems() const override { return index_.problems; }
  parley::StatusOr<std::string> Read(const std::string& name) override {
    const auto found = index_.members.find(name);
    if (found == index_.members.end()) return parley::NotFound(name);
    return bytes_.ReadAt(found->second.offset, found->second.size);
  }

 private:
  const Memory& bytes_;
  parley::archive::TarIndex index_;
  std::map<std::string, uint64_t> files_;
  std::string path_ = "fuzz";
};

void AskForEverything(parley::archive::FileSource& source) {
  (void)source.Charters();
  (void)source.LatestCheckpoint();
  const auto sizes = source.CheckpointSizes();
  for (const uint64_t size : *sizes) (void)source.Checkpoint(size);
  const auto count = source.EntryCount();
  for (uint64_t i = 0; i < 600; ++i) {
    if (*count > 0) (void)source.Entry(*count - 1 - i % *count);
    (void)source.Entry(i);
  }
  (void)source.Tile(0, 0, 256);
  (void)source.Tile(0, 0, 1);
  (void)source.ContainerProblems();
}

}  // namespace

FUZZ_TARGET(tar) {
  const Memory bytes(parley::AsText({data, size}));
  auto index = parley::archive::ReadTarIndex(bytes);
  if (!index.ok()) return 0;
  parley::archive::FileSource source(std::make_unique<Members>(bytes, std::move(*index)));
  AskForEverything(source);
  return 0;
}
