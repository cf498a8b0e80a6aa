#include "crypto/passphrase.h"

#include <fcntl.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/private_file.h"

namespace parley {
namespace {

constexpr size_t kBytesMax = limits::kPassphraseBytesMax;
constexpr uint8_t kCtrlC = 3;

Status CheckBytes(ByteSpan bytes) {
  if (bytes.empty()) return InvalidArgument("passphrase: is empty");
  if (bytes.size() > kBytesMax)
    return InvalidArgument(
        fmt::format("passphrase: {} bytes are over the limit of {}", bytes.size(), kBytesMax));
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] < 0x20 || bytes[i] == 0x7f)
      return InvalidArgument(fmt::format(
          "passphrase: byte {} is a control character (a second line or a carriage return?)",
          i + 1));
  }
  return absl::OkStatus();
}

// The controlling terminal with echo off; restores it whatever happens. Signals that would end or
// stop the program are held back meanwhile, or the shell would be left without echo.
class QuietTerminal {
 public:
  QuietTerminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || ::tcgetattr(fd_, &before_) != 0) return;
    sigset_t held;
    sigemptyset(&held);
    for (const int number : {SIGTSTP, SIGTERM, SIGHUP}) sigaddset(&held, number);
    ::pthread_sigmask(SIG_BLOCK, &held, &mask_before_);
    termios quiet = before_;
    // ISIG off and Ctrl-C as an end of line: it arrives at once, as a byte, and we cancel in order.
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    quiet.c_cc[VEOL] = kCtrlC;
    changed_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
    if (!changed_) ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  ~QuietTerminal() {
    if (changed_) {
      ::tcsetattr(fd_, TCSAFLUSH, &before_);
      ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    }
    if (fd_ >= 0) ::close(fd_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  bool ok() const { return changed_; }
  void Print(std::string_view text) const {
    // Nothing useful can be done when a prompt cannot be shown.
    [[maybe_unused]] const ssize_t put = ::write(fd_, text.data(), text.size());
  }
  // Reads one line without its newline, and of an overlong one no more than the buffer; nullopt
  // after Ctrl-C.
  std::optional<size_t> ReadLine(std::span<uint8_t> buffer) const {
    size_t size = 0;
    uint8_t c = 0;
    while (true) {
      const ssize_t got = ::read(fd_, &c, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got > 0 && c == kCtrlC) return std::nullopt;
      if (got <= 0 || c == '\n') break;
      if (size < buffer.size()) buffer[size++] = c;
    }
    sodium_memzero(&c, 1);
    return size;
  }

 private:
  int fd_;
  termios before_{};
  sigset_t mask_before_{};
  bool changed_ = false;
};

}  // namespace

void Passphrase::SodiumFree::operator()(uint8_t* p) const { sodium_free(p); }

Passphrase::Guarded Passphrase::Allocate(size_t size) {
  Guarded out(static_cast<uint8_t*>(sodium_malloc(size)));
  PARLEY_CHECK(out != nullptr);
  return out;
}

StatusOr<Passphrase> Passphrase::FromGuarded(Guarded bytes, size_t size) {
  RETURN_IF_ERROR(CheckBytes({bytes.get(), size}));
  PARLEY_CHECK(sodium_mprotect_readonly(bytes.get()) == 0);
  return Passphrase(std::move(bytes), size);
}

StatusOr<Passphrase> Passphrase::FromText(std::string_view text) {
  RETURN_IF_ERROR(CheckBytes(AsBytes(text)));
  Guarded bytes = Allocate(text.size());
  std::memcpy(bytes.get(), text.data(), text.size());
  return FromGuarded(std::move(bytes), text.size());
}

StatusOr<Passphrase> Passphrase::FromFile(const std::filesystem::path& path) {
  Guarded bytes = Allocate(kBytesMax + 1);  // and the newline
  ASSIGN_OR_RETURN(size_t size, ReadPrivateFile(path, {bytes.get(), kBytesMax + 1}));
  if (size > 0 && bytes[size - 1] == '\n') --size;
  ASSIGN_OR_RETURN(Passphrase out, FromGuarded(std::move(bytes), size), "{}", path.string());
  return out;
}

StatusOr<Passphrase> Passphrase::FromTerminal(std::string_view prompt, bool confirm) {
  const QuietTerminal terminal;
  if (!terminal.ok())
    return FailedPrecondition("passphrase: there is no terminal to ask on; use a passphrase file");
  const auto ask = [&terminal](std::string_view question, Guarded& bytes) -> StatusOr<size_t> {
    terminal.Print(question);
    const std::optional<size_t> size = terminal.ReadLine({bytes.get(), kBytesMax + 1});
    terminal.Print("\n");
    if (!size) return absl::CancelledError("passphrase: cancelled");
    return *size;
  };
  Guarded first = Allocate(kBytesMax + 1);
  ASSIGN_OR_RETURN(const size_t size, ask(fmt::format("{}: ", prompt), first));
  if (confirm && CheckBytes({first.get(), size}).ok()) {
    Guarded second = Allocate(kBytesMax + 1);
    ASSIGN_OR_RETURN(const size_t again, ask(fmt::format("{} (again): ", prompt), second));
    if (again != size || sodium_memcmp(first.get(), second.get(), size) != 0)
      return InvalidArgument("passphrase: the two entries differ");
  }
  return FromGuarded(std::move(first), size);
}

}  // namespace parley
