#pragma once

// One line of the node's structured log: through the spdlog logger "parley", when the program has
// registered one; tests stay quiet. Names, numbers, ids and error messages only; never secrets,
// record contents or narratives.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace parley::replica {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

// "level=info event=block.final height=7". Values are quoted and escaped where that is needed, so
// that a peer's text cannot forge a line. Thread-safe.
void Log(LogLevel level, std::string_view event, LogFields fields);

}  // namespace parley::replica
