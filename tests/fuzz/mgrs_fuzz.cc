// MGRS references: what is read lies on the Earth, and writing it leads back to the same place.

#include <cstdlib>

#include "crypto/bytes.h"
#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/mgrs.h"

FUZZ_TARGET(mgrs) {
  const auto at = parley::cli::FromMgrs(parley::AsText({data, size}));
  if (!at.ok()) return 0;
  if (std::abs(int64_t{at->latitude_e7}) > 900'000'000 ||
      std::abs(int64_t{at->longitude_e7}) > 1'800'000'000)
    __builtin_trap();
  const std::string written = parley::cli::ToMgrs(*at);
  if (written.empty()) return 0;  // the centre of a square at the edge of UTM lies outside
  const auto again = parley::cli::FromMgrs(written);
  if (!again.ok()) __builtin_trap();
  // Half a metre each way; a degree of longitude is short near the poles.
  if (std::abs(int64_t{again->latitude_e7} - at->latitude_e7) > 200 ||
      std::abs(int64_t{again->longitude_e7} - at->longitude_e7) > 2'000)
    __builtin_trap();
  return 0;
}
