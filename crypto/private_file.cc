#include "crypto/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/errno_text.h"
#include "crypto/bytes.h"
#include "crypto/sign.h"

namespace parley {
namespace {

namespace fs = std::filesystem;

// A file descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Status FromErrno(int code, const std::string& what) {
  const std::string text = fmt::format("{}: {}", what, ErrnoText(code));
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return NotFound(text);
    case EEXIST:
      return AlreadyExists(text);
    case EACCES:
    case EPERM:
    case EROFS:
      return PermissionDenied(text);
    default:
      return Unavailable(text);
  }
}

Status CheckOwnerOnly(int fd, const fs::path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return FromErrno(errno, path.string());
  if (!S_ISREG(info.st_mode)) return InvalidArgument(path.string() + ": not a regular file");
  if ((info.st_mode & 077) != 0)
    return PermissionDenied(
        fmt::format("{}: mode is {:04o}: group or others have access to a secret; run: chmod 600 "
                    "'{}', and think about who may have read it",
                    path.string(), static_cast<unsigned>(info.st_mode & 07777), path.string()));
  return absl::OkStatus();
}

// Reads until the end of the file or of the buffer.
StatusOr<size_t> ReadUpTo(int fd, std::span<uint8_t> buffer, const fs::path& path) {
  size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(fd, buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(errno, path.string());
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  return size;
}

Status WriteAndSync(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FromErrno(errno, path.string());
    content.remove_prefix(static_cast<size_t>(put));
  }
  if (::fsync(fd) != 0) return FromErrno(errno, path.string());
  return absl::OkStatus();
}

// Moves a file to a name that must be free. File systems without RENAME_NOREPLACE get link and
// unlink, which is as atomic.
Status RenameWithoutReplacing(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
    return absl::OkStatus();
  if (errno != EINVAL && errno != ENOSYS) return FromErrno(errno, to.string());
  if (::link(from.c_str(), to.c_str()) != 0) return FromErrno(errno, to.string());
  ::unlink(from.c_str());
  return absl::OkStatus();
}

Status SyncDirectory(const fs::path& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || ::fsync(fd.get()) != 0) return FromErrno(errno, directory.string());
  return absl::OkStatus();
}

Status WriteTemporary(const fs::path& temporary, std::string_view content) {
  const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                     S_IRUSR | S_IWUSR));
  if (!fd.ok()) return FromErrno(errno, temporary.string());
  // The umask may have taken bits away, and some file systems add some: then the file is refused.
  if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) return FromErrno(errno, temporary.string());
  RETURN_IF_ERROR(CheckOwnerOnly(fd.get(), temporary));
  return WriteAndSync(fd.get(), content, temporary);
}

}  // namespace

StatusOr<size_t> ReadPrivateFile(const fs::path& path, std::span<uint8_t> buffer) {
  // O_NONBLOCK: a pipe by that name must not hang us before we can refuse it.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.ok()) return FromErrno(errno, path.string());
  RETURN_IF_ERROR(CheckOwnerOnly(fd.get(), path));
  ASSIGN_OR_RETURN(const size_t size, ReadUpTo(fd.get(), buffer, path));
  uint8_t more = 0;
  ASSIGN_OR_RETURN(const size_t extra, ReadUpTo(fd.get(), {&more, 1}, path));
  if (extra != 0)
    return ResourceExhausted(
        fmt::format("{}: longer than the limit of {} bytes", path.string(), buffer.size()));
  return size;
}

StatusOr<std::string> ReadPrivateText(const fs::path& path, size_t bytes_max) {
  std::string out(bytes_max, '\0');
  ASSIGN_OR_RETURN(const size_t size,
                   ReadPrivateFile(path, {reinterpret_cast<uint8_t*>(out.data()), out.size()}));
  out.resize(size);
  return out;
}

Status WritePrivateFile(const fs::path& path, std::string_view content) {
  if (path.filename().empty())
    return InvalidArgument(fmt::format("'{}': want the path of a file", path.string()));
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const fs::path temporary =
      directory / fmt::format(".{}.{}.tmp", path.filename().string(), HexEncode(RandomBytes(8)));
  Status status = WriteTemporary(temporary, content);
  if (status.ok()) status = RenameWithoutReplacing(temporary, path);
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  status = SyncDirectory(directory);
  // Not known to be durable is not written: the caller would believe in a key that may vanish.
  if (!status.ok()) ::unlink(path.c_str());
  return status;
}

}  // namespace parley
