// Durations, degrees, positions and grid references: what parses is printed and parses to the same.

#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/mgrs.h"
#include "tools/parley/quantity.h"

FUZZ_TARGET(quantity) {
  using namespace parley::cli;  // NOLINT: four functions of one header
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto d = ParseDuration(text); d.ok()) {
    const auto again = ParseDuration(FormatDuration(*d));
    if (!again.ok() || *again != *d) __builtin_trap();
  }
  if (const auto e7 = ParseLongitude(text); e7.ok()) {
    const auto again = ParseLongitude(FormatDegrees(*e7));
    if (!again.ok() || *again != *e7) __builtin_trap();
  }
  if (const auto at = ParsePosition(text); at.ok()) {
    if (at->latitude_e7 < -900'000'000 || at->latitude_e7 > 900'000'000 ||
        at->longitude_e7 < -1'800'000'000 || at->longitude_e7 > 1'800'000'000)
      __builtin_trap();
    const std::string mgrs = ToMgrs(*at);
    if (!mgrs.empty() && !ParsePosition(mgrs).ok()) __builtin_trap();
  }
  return 0;
}
