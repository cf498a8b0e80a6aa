#pragma once

// The name and version that nodes tell each other and clients.

#include <string_view>

namespace parley::rpc {

inline constexpr std::string_view kVersion = "0.1.0";
inline constexpr std::string_view kSoftware = "parleyd/0.1.0";

}  // namespace parley::rpc
