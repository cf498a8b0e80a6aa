#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/errno_text.h"
#include "base/limits.h"
#include "ledger/archive/file_set.h"
#include "ledger/archive/tar.h"

namespace parley::archive {
namespace {

class File final : public RandomAccess {
 public:
  static StatusOr<std::unique_ptr<File>> Open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      const std::string text = fmt::format("cannot open {}: {}", path, ErrnoText(errno));
      return errno == ENOENT ? NotFound(text) : Unavailable(text);
    }
    std::unique_ptr<File> file(new File(path, fd));
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
      return InvalidArgument(fmt::format("{} is not a file", path));
    file->size_ = static_cast<uint64_t>(info.st_size);
    return file;
  }
  ~File() override { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  uint64_t size() const override { return size_; }

  StatusOr<std::string> ReadAt(uint64_t offset, size_t size) const override {
    std::string out(size, '\0');
    size_t done = 0;
    while (done < size) {
      const ssize_t n =
          ::pread(fd_, out.data() + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        return DataLoss(fmt::format("{}: cannot read {} bytes at {}", path_, size, offset));
      done += static_cast<size_t>(n);
    }
    return out;
  }

 private:
  File(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_;
  uint64_t size_ = 0;
};

class Tar final : public FileSet {
 public:
  Tar(std::string path, std::unique_ptr<File> file, TarIndex index)
      : path_(std::move(path)), file_(std::move(file)), index_(std::move(index)) {
    for (const auto& [name, member] : index_.members) files_[name] = member.size;
  }
  const std::string& path() const override { return path_; }
  const std::map<std::string, uint64_t>& files() const override { return files_; }
  const std::vector<std::string>& problems() const override { return index_.problems; }

  StatusOr<std::string> Read(const std::string& name) override {
    const auto found = index_.members.find(name);
    if (found == index_.members.end()) return NotFound(fmt::format("{} is missing", name));
    if (found->second.size > limits::kArchiveFileBytesMax)
      return ResourceExhausted(fmt::format("{}: {} bytes are too many", name, found->second.size));
    return file_->ReadAt(found->second.offset, found->second.size);
  }

 private:
  std::string path_;
  std::unique_ptr<File> file_;
  TarIndex index_;
  std::map<std::string, uint64_t> files_;
};

}  // namespace

StatusOr<std::unique_ptr<FileSet>> OpenTar(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, File::Open(path));
  ASSIGN_OR_RETURN(TarIndex index, ReadTarIndex(*file), "{}", path);
  StripFolder(&index);
  if (index.members.empty())
    return InvalidArgument(fmt::format(
        "{} is not a tar file that this program reads; if another tool made it with extensions, "
        "unpack it and give the directory",
        path));
  return std::make_unique<Tar>(path, std::move(file), std::move(index));
}

}  // namespace parley::archive
