#include "ledger/archive/sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/errno_text.h"
#include "ledger/archive/file_set.h"
#include "ledger/archive/tar.h"

namespace parley::archive {
namespace {

namespace fs = std::filesystem;

Status FromErrno(const std::string& what, int error) {
  const std::string text = fmt::format("{}: {}", what, ErrnoText(error));
  if (error == ENOSPC || error == EDQUOT) return ResourceExhausted(text);
  if (error == EACCES || error == EPERM) return PermissionDenied(text);
  if (error == EEXIST) return AlreadyExists(text);
  return Unavailable(text);
}

// A file being written; closed by the destructor at the latest.
class Output {
 public:
  static StatusOr<Output> Create(const std::string& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return FromErrno(fmt::format("cannot create {}", path), errno);
    return Output(path, fd);
  }
  Output(Output&& other) noexcept : path_(std::move(other.path_)), fd_(other.fd_) {
    other.fd_ = -1;
  }
  Output& operator=(Output&&) = delete;
  ~Output() {
    if (fd_ >= 0) ::close(fd_);
  }

  Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return FromErrno(fmt::format("cannot write {}", path_), errno);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  }
  Status SyncAndClose() {
    const bool synced = ::fsync(fd_) == 0;
    const int error = errno;
    ::close(fd_);
    fd_ = -1;
    return synced ? absl::OkStatus() : FromErrno(fmt::format("cannot sync {}", path_), error);
  }

 private:
  Output(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_;
};

Status Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return FromErrno(fmt::format("cannot name {}", to), errno);
  return absl::OkStatus();
}

// Everything written to the file system of `path` so far is on disk afterwards.
Status SyncAll(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FromErrno(fmt::format("cannot open {}", path), errno);
  const bool synced = ::syncfs(fd) == 0;
  const int error = errno;
  ::close(fd);
  return synced ? absl::OkStatus() : FromErrno(fmt::format("cannot sync {}", path), error);
}

class DirectorySink final : public Sink {
 public:
  explicit DirectorySink(std::string path) : path_(std::move(path)) {}

  Status Add(const std::string& name, std::string_view bytes) override {
    return Put(name, bytes, /*sync=*/false);
  }
  Status Finish(const std::string& name, std::string_view bytes) override {
    RETURN_IF_ERROR(SyncAll(path_));
    RETURN_IF_ERROR(Put(name, bytes, /*sync=*/true));
    return SyncAll(path_);
  }

 private:
  Status Put(const std::string& name, std::string_view bytes, bool sync) {
    RETURN_IF_ERROR(CheckFileName(name));
    const fs::path target = fs::path(path_) / name;
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (error) return FromErrno(fmt::format("cannot create {}", name), error.value());
    const std::string partial = target.string() + ".partial";
    ASSIGN_OR_RETURN(Output out, Output::Create(partial));
    RETURN_IF_ERROR(out.Write(bytes));
    if (sync) RETURN_IF_ERROR(out.SyncAndClose());
    return Rename(partial, target.string());
  }

  std::string path_;
};

class TarSink final : public Sink {
 public:
  TarSink(std::string path, uint64_t mtime_s, Output out)
      : path_(std::move(path)), mtime_s_(mtime_s), out_(std::move(out)) {}
  ~TarSink() override {
    if (!finished_) ::unlink((path_ + ".partial").c_str());
  }

  Status Add(const std::string& name, std::string_view bytes) override {
    ASSIGN_OR_RETURN(const std::string header, TarHeader(name, bytes.size(), mtime_s_));
    RETURN_IF_ERROR(out_.Write(header));
    RETURN_IF_ERROR(out_.Write(bytes));
    return out_.Write(std::string((kTarBlock - bytes.size() % kTarBlock) % kTarBlock, '\0'));
  }
  Status Finish(const std::string& name, std::string_view bytes) override {
    RETURN_IF_ERROR(Add(name, bytes));
    RETURN_IF_ERROR(out_.Write(std::string(2 * kTarBlock, '\0')));
    RETURN_IF_ERROR(out_.SyncAndClose());
    RETURN_IF_ERROR(Rename(path_ + ".partial", path_));
    finished_ = true;
    return absl::OkStatus();
  }

 private:
  std::string path_;
  uint64_t mtime_s_;
  Output out_;
  bool finished_ = false;
};

}  // namespace

StatusOr<std::unique_ptr<Sink>> MakeDirectorySink(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
    return FromErrno(fmt::format("cannot create {}", path), errno);
  std::error_code error;
  const bool empty = fs::is_empty(path, error);
  if (error) return FromErrno(fmt::format("cannot look into {}", path), error.value());
  if (!fs::is_directory(path, error) || !empty)
    return AlreadyExists(fmt::format("{} is there already and not an empty directory", path));
  return std::make_unique<DirectorySink>(path);
}

StatusOr<std::unique_ptr<Sink>> MakeTarSink(const std::string& path, uint64_t mtime_s) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(path, error)))
    return AlreadyExists(fmt::format("{} is there already", path));
  ASSIGN_OR_RETURN(Output out, Output::Create(path + ".partial"));
  return std::make_unique<TarSink>(path, mtime_s, std::move(out));
}

}  // namespace parley::archive
