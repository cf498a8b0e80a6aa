#include "node/rpc/log.h"

#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <string>

namespace parley::rpc {
namespace {

struct Level {
  std::string_view name;
  LogLevel level;
  spdlog::level::level_enum of_spdlog;
};
constexpr Level kLevels[] = {{"debug", LogLevel::kDebug, spdlog::level::debug},
                             {"info", LogLevel::kInfo, spdlog::level::info},
                             {"warn", LogLevel::kWarn, spdlog::level::warn},
                             {"error", LogLevel::kError, spdlog::level::err}};

void OnGrpcLog(gpr_log_func_args* args) {
  static LogLimiter limiter;
  if (limiter.Allow()) Log(LogLevel::kDebug, "grpc", {{"message", args->message}});
}

}  // namespace

StatusOr<LogLevel> ParseLogLevel(std::string_view name) {
  for (const Level& known : kLevels) {
    if (known.name == name) return known.level;
  }
  return InvalidArgument(fmt::format("want debug, info, warn or error, got '{}'", name));
}

void StartLog(LogLevel level) {
  auto logger =
      std::make_shared<spdlog::logger>("parley", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
  for (const Level& known : kLevels) {
    if (known.level == level) logger->set_level(known.of_spdlog);
  }
  logger->flush_on(spdlog::level::trace);
  spdlog::drop("parley");
  spdlog::register_logger(std::move(logger));
  gpr_set_log_function(OnGrpcLog);
}

bool LogLimiter::Allow() {
  using std::chrono::milliseconds;
  const int64_t now =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
  int64_t next = next_ms_.load();
  return now >= next && next_ms_.compare_exchange_strong(next, now + 1'000);
}

}  // namespace parley::rpc
