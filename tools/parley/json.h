#pragma once

// JSON as this program reads and prints it: objects keep the order in which they were filled.

#include <nlohmann/json.hpp>

// Compiled once, in json.cc: every command makes JSON.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace parley::cli {

using Json = nlohmann::ordered_json;

}  // namespace parley::cli
