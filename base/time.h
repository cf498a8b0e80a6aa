#pragma once

// Milliseconds since the Unix epoch, UTC: the only time that is signed or stored. A scoped enum, so
// a time is never added to a count by accident.

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "base/status.h"

namespace parley {

enum class TimeMs : uint64_t {};
constexpr uint64_t ToInt(TimeMs t) { return static_cast<uint64_t>(t); }
constexpr TimeMs operator+(TimeMs t, std::chrono::milliseconds d) {
  return static_cast<TimeMs>(ToInt(t) + static_cast<uint64_t>(d.count()));
}
constexpr auto format_as(TimeMs t) { return ToInt(t); }

// The latest time any format accepts: 9999-12-31T23:59:59.999Z.
inline constexpr TimeMs kTimeMax = static_cast<TimeMs>(253'402'300'799'999ULL);

// Milliseconds of a clock that only goes forward, at an even pace, from a moment that means
// nothing. Every timer, pause and budget runs on it: whoever sets a machine's wall clock, by
// mistake or in bad faith, moves no timer. A type of its own, so that neither time is taken for the
// other. Never signed, stored or sent.
enum class SteadyMs : uint64_t {};
constexpr uint64_t ToInt(SteadyMs t) { return static_cast<uint64_t>(t); }
constexpr SteadyMs operator+(SteadyMs t, std::chrono::milliseconds d) {
  return static_cast<SteadyMs>(ToInt(t) + static_cast<uint64_t>(d.count()));
}
constexpr auto format_as(SteadyMs t) { return ToInt(t); }

// Source of both times. The consensus core and the rules take times as inputs and never see it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeMs Now() const = 0;
  // The machine's steady clock unless a test has its own.
  virtual SteadyMs Steady() const;
  // For measuring how long work took, which is finer than a millisecond: the difference of two
  // readings. The machine's steady clock unless a test decides what work costs.
  virtual std::chrono::nanoseconds Stopwatch() const;
};

// The machine's clock (thread-safe).
const Clock& SystemClock();

// "2026-11-23T20:41:00.123Z", always UTC, always three decimals; independent of locale and zone.
std::string FormatTime(TimeMs t);

// RFC 3339 with 'Z' or a numeric offset such as +04:30; seconds and fraction optional
// ("2026-11-23T20:41Z"). The offset, in minutes, is written to *offset_minutes when it is not null.
StatusOr<TimeMs> ParseTime(std::string_view text, int* offset_minutes = nullptr);

// UTC calendar year of t, for case numbers.
int YearOf(TimeMs t);

}  // namespace parley
