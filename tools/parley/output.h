#pragma once

// What every command hands back, and the one place that prints it. Results go to standard output,
// everything else (errors, warnings, progress, questions) to standard error. With --json a command
// prints exactly one JSON object, errors too: {"error":{"code":"NOT_FOUND","message":"..."}}.

#include <cstdint>
#include <string>

#include "base/status.h"
#include "tools/parley/json.h"

namespace parley::cli {

// Documented in docs/cli.md; scripts rely on them.
enum class Exit : int {
  kOk = 0,
  kNotVerified = 1,  // a signature, proof, receipt or audit does not hold
  kUsage = 2,        // usage or bad input; an act that is not legal now
  kUnavailable = 3,  // node not reachable, or too slow
  kInternal = 4,     // a bug of ours
};

struct Result {
  Json data = Json::object();  // printed with --json
  std::string text;            // printed otherwise; foreign text in it is escaped once more
  Exit exit = Exit::kOk;
};

Exit ExitOf(const Status& status);

// Prints a result or an error; returns the process's exit code.
int Print(const StatusOr<Result>& result, bool json);

// A line "warning: ..." on standard error, made printable.
void Warn(const std::string& message);

// Asks a yes/no question on the controlling terminal. FAILED_PRECONDITION when there is none (the
// message says which flag to give instead), CANCELLED unless the answer is "yes".
Status Confirm(const std::string& question, const std::string& flag);

// A bar on standard error, redrawn at most ten times a second, and only on a terminal. Not
// thread-safe.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
  ~ProgressBar();  // ends the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void Show(uint64_t done, uint64_t total);

 private:
  const std::string label_;
  const bool on_terminal_;
  uint64_t drawn_at_ms_ = 0;
  bool drawn_ = false;
};

}  // namespace parley::cli
