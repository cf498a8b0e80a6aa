#pragma once

// Which views a nullification is about, and the ranges that one may be about. A run of nullified
// views of any length must fit into one justification, or nobody could ever propose behind it: with
// one certificate for each view it does not, after some hundred views in a row in which members
// disagreed. So members nullify finished stretches once more, as ranges.
//
// A range is aligned: 4, 16, 64, ... views, beginning at a multiple of its length. All members thus
// sign the same ranges, wherever they came into the run, and a run of r views is covered by some
// 6 log4(r) certificates. A stretch that cannot be signed as a whole (a view in it is
// notarized, or was finalized by somebody) is covered by smaller ranges and single views.
//
// Why it is safe: whoever signs a range has finalized in none of its views and refuses to from then
// on. So a view that is nullified by a range is never final, for the same reason as with a single
// nullification: the two quorums would share an honest member.

#include <vector>

#include "node/consensus/types.h"

namespace parley::consensus {

inline constexpr uint64_t kRangeBase = 4;

constexpr bool IsNullification(VoteKind kind) {
  return kind == VoteKind::kNullify || kind == VoteKind::kNullifyRange;
}
// The first view that a vote is about; vote.view is the last.
constexpr View FirstOf(const Vote& vote) {
  return vote.kind == VoteKind::kNullifyRange ? vote.first : vote.view;
}
// True when a nullification says of this view that it is given up.
constexpr bool IsAbout(const Vote& nullification, View view) {
  return FirstOf(nullification) <= view && view <= nullification.view;
}

struct ViewRange {
  View first{};
  View last{};
  friend auto operator<=>(const ViewRange&, const ViewRange&) = default;
};

// True when [first, last] may be nullified as a range: aligned, and without view 0, which is none.
bool IsRange(const ViewRange& range);
// The ranges that hold this view, shortest first; none for views before the first range.
std::vector<ViewRange> RangesOver(View view);

}  // namespace parley::consensus
