#pragma once

// Human spellings of times, spans and positions, parsed without floating point. Functions are pure
// and thread-safe; errors say what was given and what is wanted.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace parley::cli {

// "90s", "10m", "48h", "7d", "500ms", and sums in falling units such as "1h30m". At least 1 ms, at
// most 3,650 days.
StatusOr<std::chrono::milliseconds> ParseDuration(std::string_view text);
// The shortest such spelling: "48 h" is written "2d".
std::string FormatDuration(std::chrono::milliseconds duration);

// Decimal degrees such as "-34.5284" as 1e-7 degrees; at most `limit` degrees either way. Seven
// decimals; more are accepted only when they are zeros.
StatusOr<int32_t> ParseDegrees(std::string_view text, int limit, std::string_view what);
inline StatusOr<int32_t> ParseLatitude(std::string_view text) {
  return ParseDegrees(text, 90, "latitude");
}
inline StatusOr<int32_t> ParseLongitude(std::string_view text) {
  return ParseDegrees(text, 180, "longitude");
}
// "34.5284": no trailing zeros.
std::string FormatDegrees(int32_t e7);

struct LatLon {
  int32_t latitude_e7;
  int32_t longitude_e7;
};
// "34.5284,69.1725" or an MGRS reference such as "42SWC1234567890".
StatusOr<LatLon> ParsePosition(std::string_view text);

// A whole number without sign, at most `max`.
StatusOr<uint64_t> ParseCount(std::string_view text, uint64_t max, std::string_view what);

}  // namespace parley::cli
