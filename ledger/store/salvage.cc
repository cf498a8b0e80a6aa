#include "ledger/store/salvage.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "base/errno_text.h"

namespace parley::store {
namespace {

constexpr int kPatienceMs = 10'000;
constexpr size_t kRowBytesMax = 64 << 20;  // a child that reads nonsense may also say nonsense
// A frame: kind, two lengths in the machine's own order, key, value. Rows of one child are read by
// its parent alone.
enum class Frame : uint32_t { kRow = 1, kEnd = 2 };
struct Head {
  Frame frame = Frame::kRow;
  uint32_t key_size = 0;    // kEnd: the status code
  uint32_t value_size = 0;  // kEnd: of its message
};

bool WriteAll(int fd, const void* data, size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t done = ::write(fd, at, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    size -= static_cast<size_t>(done);
  }
  return true;
}

bool ReadAll(int fd, void* data, size_t size) {
  auto* at = static_cast<char*>(data);
  while (size > 0) {
    struct pollfd ready = {fd, POLLIN, 0};
    const int n = ::poll(&ready, 1, kPatienceMs);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    const ssize_t done = ::read(fd, at, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    size -= static_cast<size_t>(done);
  }
  return true;
}

// What an abort prints is no message for our users, and a core file would hold records.
void BeQuiet() {
  const struct rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  std::signal(SIGABRT, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
}

[[noreturn]] void RunChild(int fd, const std::function<Status(const Emit&)>& read) {
  BeQuiet();
  const Status status = read([fd](std::string_view key, std::string_view value) {
    const Head head{Frame::kRow, static_cast<uint32_t>(key.size()),
                    static_cast<uint32_t>(value.size())};
    return WriteAll(fd, &head, sizeof(head)) && WriteAll(fd, key.data(), key.size()) &&
           WriteAll(fd, value.data(), value.size());
  });
  const std::string text(status.message());
  const Head head{Frame::kEnd, static_cast<uint32_t>(status.code()),
                  static_cast<uint32_t>(text.size())};
  if (WriteAll(fd, &head, sizeof(head))) WriteAll(fd, text.data(), text.size());
  ::_exit(0);
}

Status TakeRows(int fd, const Snapshot::Visitor& fn) {
  std::string key, value;
  for (;;) {
    Head head;
    if (!ReadAll(fd, &head, sizeof(head)) || size_t{head.key_size} + head.value_size > kRowBytesMax)
      return DataLoss("a file is damaged beyond reading");
    key.resize(head.frame == Frame::kEnd ? 0 : head.key_size);
    value.resize(head.value_size);
    if (!ReadAll(fd, key.data(), key.size()) || !ReadAll(fd, value.data(), value.size()))
      return DataLoss("a file is damaged beyond reading");
    if (head.frame == Frame::kEnd)
      return absl::Status(static_cast<absl::StatusCode>(head.key_size), value);
    ASSIGN_OR_RETURN(const bool more, fn(key, value));
    if (!more) return absl::OkStatus();
  }
}

}  // namespace

Status ReadInChild(const std::function<Status(const Emit&)>& read, const Snapshot::Visitor& fn) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Unavailable(fmt::format("cannot make a pipe: {}", ErrnoText(errno)));
  const pid_t child = ::fork();
  if (child < 0) {
    const std::string why = ErrnoText(errno);
    ::close(ends[0]);
    ::close(ends[1]);
    return Unavailable(fmt::format("cannot start a process to read damaged files: {}", why));
  }
  if (child == 0) {
    ::close(ends[0]);
    RunChild(ends[1], read);
  }
  ::close(ends[1]);
  Status out = TakeRows(ends[0], fn);
  ::close(ends[0]);
  ::kill(child, SIGKILL);  // no more rows are wanted, or it is stuck
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return out;
}

}  // namespace parley::store
