#include "tools/parley/quantity.h"

#include <array>

#include "tools/parley/mgrs.h"

namespace parley::cli {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  uint64_t ms;
};
constexpr std::array<Unit, 5> kUnits = {
    Unit{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr uint64_t kDurationMax = 3'650ULL * 86'400'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Digits off the front as a number; false when there are none or more than 12.
bool TakeNumber(std::string_view* text, uint64_t* out) {
  size_t n = 0;
  *out = 0;
  while (n < text->size() && IsDigit((*text)[n])) {
    if (n == 12) return false;
    *out = *out * 10 + static_cast<uint64_t>((*text)[n] - '0');
    ++n;
  }
  text->remove_prefix(n);
  return n > 0;
}

std::string_view TakeLetters(std::string_view* text) {
  size_t n = 0;
  while (n < text->size() && (*text)[n] >= 'a' && (*text)[n] <= 'z') ++n;
  const std::string_view out = text->substr(0, n);
  text->remove_prefix(n);
  return out;
}

}  // namespace

StatusOr<milliseconds> ParseDuration(std::string_view text) {
  const Status bad = InvalidArgument(
      fmt::format("duration '{}': want a number and a unit, such as 90s, 10m, 48h or 7d", text));
  std::string_view rest = text;
  uint64_t total = 0;
  size_t next_unit = 0;  // units fall, so that each spelling has one meaning
  while (!rest.empty()) {
    uint64_t number = 0;
    if (!TakeNumber(&rest, &number)) return bad;
    const std::string_view name = TakeLetters(&rest);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return bad;
    total += number * kUnits[next_unit++].ms;
    if (total > kDurationMax)
      return InvalidArgument(fmt::format("duration '{}': more than 3650 days", text));
  }
  if (total == 0) return bad;
  return milliseconds(total);
}

std::string FormatDuration(milliseconds duration) {
  uint64_t rest = duration.count() < 0 ? 0 : static_cast<uint64_t>(duration.count());
  if (rest == 0) return "0s";
  std::string out;
  for (const Unit& unit : kUnits) {
    if (rest / unit.ms > 0) out += fmt::format("{}{}", rest / unit.ms, unit.name);
    rest %= unit.ms;
  }
  return out;
}

StatusOr<int32_t> ParseDegrees(std::string_view text, int limit, std::string_view what) {
  const Status bad = InvalidArgument(
      fmt::format("{} '{}': want decimal degrees from -{} to {} with at most 7 decimals", what,
                  text, limit, limit));
  std::string_view rest = text;
  const bool minus = !rest.empty() && rest[0] == '-';
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  uint64_t whole = 0;
  if (!TakeNumber(&rest, &whole) || whole > 180) return bad;
  int64_t value = static_cast<int64_t>(whole) * 10'000'000;
  if (!rest.empty()) {
    if (rest[0] != '.' || rest.size() < 2 || rest.size() > 32) return bad;
    int64_t scale = 1'000'000;
    for (const char c : rest.substr(1)) {
      if (!IsDigit(c) || (scale == 0 && c != '0')) return bad;
      value += (c - '0') * scale;
      scale /= 10;
    }
  }
  if (value > int64_t{limit} * 10'000'000) return bad;
  return static_cast<int32_t>(minus ? -value : value);
}

std::string FormatDegrees(int32_t e7) {
  const int64_t value = e7 < 0 ? -int64_t{e7} : int64_t{e7};
  std::string out =
      fmt::format("{}{}.{:07}", e7 < 0 ? "-" : "", value / 10'000'000, value % 10'000'000);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

StatusOr<LatLon> ParsePosition(std::string_view text) {
  const size_t comma = text.find(',');
  if (comma == std::string_view::npos) return FromMgrs(text);
  std::string_view second = text.substr(comma + 1);
  if (!second.empty() && second[0] == ' ') second.remove_prefix(1);
  LatLon out{};
  ASSIGN_OR_RETURN(out.latitude_e7, ParseLatitude(text.substr(0, comma)), "position '{}'", text);
  ASSIGN_OR_RETURN(out.longitude_e7, ParseLongitude(second), "position '{}'", text);
  return out;
}

StatusOr<uint64_t> ParseCount(std::string_view text, uint64_t max, std::string_view what) {
  std::string_view rest = text;
  uint64_t value = 0;
  if (!TakeNumber(&rest, &value) || !rest.empty() || value > max)
    return InvalidArgument(
        fmt::format("{} '{}': want a whole number from 0 to {}", what, text, max));
  return value;
}

}  // namespace parley::cli
