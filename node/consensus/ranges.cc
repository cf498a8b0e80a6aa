#include "node/consensus/ranges.h"

#include <limits>

namespace parley::consensus {
namespace {

// Longer ranges would end behind the last number.
constexpr uint64_t kLengthMax = uint64_t{1} << 60;

}  // namespace

std::vector<ViewRange> RangesOver(View view) {
  std::vector<ViewRange> out;
  for (uint64_t length = kRangeBase; length <= kLengthMax; length *= kRangeBase) {
    const uint64_t first = ToInt(view) - ToInt(view) % length;
    if (first == 0) break;  // so do all longer ones
    if (first > std::numeric_limits<uint64_t>::max() - length) break;
    out.push_back({View{first}, View{first + length - 1}});
    if (length == kLengthMax) break;
  }
  return out;
}

bool IsRange(const ViewRange& range) {
  for (const ViewRange& r : RangesOver(range.last))
    if (r == range) return true;
  return false;
}

}  // namespace parley::consensus
