#pragma once

// The log of a node: lines of node/replica/log.h on standard error, each with its time in UTC,
//
//   time=2026-11-23T20:41:00.123Z level=info event=link.up peer=north
//
// Never secrets, passphrases, record contents or narratives.

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "node/replica/log.h"

namespace parley::rpc {

using replica::Log;
using replica::LogLevel;

// "debug", "info", "warn", "error".
StatusOr<LogLevel> ParseLogLevel(std::string_view name);

// Begins to log; lines below the level are left out. Once, before other threads start. Until then
// nothing is logged (tests stay quiet). gRPC's own errors, most of them failed handshakes that
// anybody can cause, become lines of level debug, at most one a second.
void StartLog(LogLevel level);

// Lets a peer cause only so many lines: Allow() is true at most once a second. Thread-safe.
class LogLimiter {
 public:
  bool Allow();

 private:
  std::atomic<int64_t> next_ms_{0};
};

}  // namespace parley::rpc
