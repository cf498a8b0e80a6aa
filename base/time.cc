#include "base/time.h"

#include <array>

namespace parley {
namespace {

using std::chrono::day;
using std::chrono::milliseconds;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

class RealClock final : public Clock {
 public:
  TimeMs Now() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<TimeMs>(std::chrono::duration_cast<milliseconds>(now).count());
  }
};

year_month_day DateOf(TimeMs t) {
  const auto point = std::chrono::sys_time<milliseconds>(milliseconds(ToInt(t)));
  return year_month_day(std::chrono::floor<std::chrono::days>(point));
}

// Reads digits off the front of a text; every failure leaves ok = false.
struct Reader {
  std::string_view rest;
  bool ok = true;

  int Digits(size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest.empty() || rest[0] < '0' || rest[0] > '9') return Fail();
      value = value * 10 + (rest[0] - '0');
      rest.remove_prefix(1);
    }
    return value;
  }
  bool Take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void Want(char c) {
    if (!Take(c)) ok = false;
  }
  int Fail() {
    ok = false;
    return 0;
  }
};

int ReadFractionMs(Reader& in) {
  int ms = 0;
  int scale = 100;
  int digits = 0;
  while (!in.rest.empty() && in.rest[0] >= '0' && in.rest[0] <= '9' && digits < 9) {
    ms += (in.rest[0] - '0') * scale;
    scale /= 10;
    ++digits;
    in.rest.remove_prefix(1);
  }
  if (digits == 0) in.ok = false;
  return ms;
}

int ReadOffsetMinutes(Reader& in) {
  if (in.Take('Z')) return 0;
  const bool minus = !in.rest.empty() && in.rest[0] == '-';
  if (!in.Take('+') && !in.Take('-')) return in.Fail();
  const int hours = in.Digits(2);
  in.Want(':');
  const int minutes = in.Digits(2);
  if (hours > 14 || minutes > 59) return in.Fail();
  return (minus ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

SteadyMs Clock::Steady() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  // Never 0, which stands for "never" where a time is remembered.
  return static_cast<SteadyMs>(std::chrono::duration_cast<milliseconds>(now).count() + 1);
}

std::chrono::nanoseconds Clock::Stopwatch() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

std::string FormatTime(TimeMs t) {
  const year_month_day date = DateOf(t);
  const uint64_t in_day = ToInt(t) % 86'400'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     in_day / 3'600'000, in_day / 60'000 % 60, in_day / 1000 % 60, in_day % 1000);
}

StatusOr<TimeMs> ParseTime(std::string_view text, int* offset_minutes) {
  const Status bad = InvalidArgument(fmt::format(
      "time '{}': want RFC 3339 such as 2026-11-23T20:41:00Z or 2026-11-23T20:41+04:30", text));
  Reader in{text};
  const int y = in.Digits(4);
  in.Want('-');
  const int m = in.Digits(2);
  in.Want('-');
  const int d = in.Digits(2);
  in.Want('T');
  const int hour = in.Digits(2);
  in.Want(':');
  const int minute = in.Digits(2);
  int second = 0;
  int ms = 0;
  if (in.Take(':')) {
    second = in.Digits(2);
    if (in.Take('.')) ms = ReadFractionMs(in);
  }
  const int offset = ReadOffsetMinutes(in);
  if (!in.ok || !in.rest.empty() || hour > 23 || minute > 59 || second > 59) return bad;
  const year_month_day date{year(y), month(static_cast<unsigned>(m)),
                            day(static_cast<unsigned>(d))};
  if (!date.ok()) return bad;
  const int64_t total = sys_days(date).time_since_epoch().count() * int64_t{86'400'000} +
                        ((int64_t{hour} * 60 + minute - offset) * 60 + second) * 1000 + ms;
  if (total < 0 || total > static_cast<int64_t>(ToInt(kTimeMax))) return bad;
  if (offset_minutes != nullptr) *offset_minutes = offset;
  return static_cast<TimeMs>(total);
}

int YearOf(TimeMs t) { return static_cast<int>(DateOf(t).year()); }

}  // namespace parley
