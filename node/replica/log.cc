#include "node/replica/log.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace parley::replica {
namespace {

constexpr size_t kValueBytesMax = 1'024;

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string Quoted(std::string_view value) {
  const auto plain = [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
  };
  if (!value.empty() && value.size() <= kValueBytesMax &&
      std::all_of(value.begin(), value.end(), plain))
    return std::string(value);
  std::string out = "\"";
  for (const char c : value.substr(0, kValueBytesMax)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out + (value.size() > kValueBytesMax ? "...\"" : "\"");
}

}  // namespace

void Log(LogLevel level, std::string_view event, LogFields fields) {
  const std::shared_ptr<spdlog::logger> logger = spdlog::get("parley");
  if (logger == nullptr || !logger->should_log(ToSpdlog(level))) return;
  std::string line = fmt::format("level={} event={}", NameOf(level), event);
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, Quoted(value));
  logger->log(ToSpdlog(level), "{}", line);
}

}  // namespace parley::replica
