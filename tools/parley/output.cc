#include "tools/parley/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "base/time.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

constexpr size_t kMessageBytesMax = 4'000;

// A message may quote a file that is one endless word.
std::string Cut(std::string text) {
  if (text.size() <= kMessageBytesMax) return text;
  size_t end = kMessageBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;  // inside a character
  return fmt::format("{} ... ({} bytes more)", text.substr(0, end), text.size() - end);
}

void PrintJson(const Json& data) {
  // Bytes that are no UTF-8 are replaced rather than thrown over.
  std::cout << SafeJson(data.dump(2, ' ', false, Json::error_handler_t::replace)) << "\n";
}

}  // namespace

Exit ExitOf(const Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Exit::kOk;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kDataLoss:
      return Exit::kNotVerified;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
      return Exit::kUnavailable;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnimplemented:
      return Exit::kInternal;
    default:
      return Exit::kUsage;
  }
}

int Print(const StatusOr<Result>& result, bool json) {
  if (!result.ok()) {
    const std::string message = Cut(MessageOf(result.status()));
    if (json) {
      PrintJson(
          {{"error",
            {{"code", absl::StatusCodeToString(result.status().code())}, {"message", message}}}});
    } else {
      std::cerr << "parley: " << PrintableLines(message) << "\n";
    }
    return static_cast<int>(ExitOf(result.status()));
  }
  if (json) {
    PrintJson(result->data);
  } else {
    std::cout << PrintableLines(result->text);
  }
  std::cout.flush();
  return static_cast<int>(result->exit);
}

void Warn(const std::string& message) {
  std::cerr << "warning: " << PrintableLines(message) << "\n";
}

Status Confirm(const std::string& question, const std::string& flag) {
  const std::unique_ptr<FILE, int (*)(FILE*)> in(std::fopen("/dev/tty", "re"), &std::fclose);
  if (in == nullptr)
    return FailedPrecondition(fmt::format("no terminal to ask on: give {} to go ahead", flag));
  std::cerr << PrintableLines(question) << " Type 'yes' to go on: " << std::flush;
  char line[16] = {};
  const char* got = std::fgets(line, sizeof line, in.get());
  if (got == nullptr || std::string_view(line) != "yes\n")
    return absl::CancelledError("not confirmed; nothing was done");
  return absl::OkStatus();
}

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), on_terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::cerr << "\n";
}

void ProgressBar::Show(uint64_t done, uint64_t total) {
  if (!on_terminal_) return;
  const uint64_t now = ToInt(SystemClock().Now());
  if (drawn_ && done < total && now - drawn_at_ms_ < 100) return;
  drawn_at_ms_ = now;
  drawn_ = true;
  constexpr uint64_t kWidth = 40;
  const uint64_t shown = std::min(done, total);
  const uint64_t filled = total == 0 ? kWidth : shown * kWidth / total;
  std::cerr << fmt::format("\r{} [{}{}] {}/{}", label_, std::string(filled, '#'),
                           std::string(kWidth - filled, '.'), done, total)
            << std::flush;
}

}  // namespace parley::cli
