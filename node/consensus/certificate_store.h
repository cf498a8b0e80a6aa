#pragma once

// Verified certificates by kind and view, ranges by their views; the first one of a place wins.
// Holds views from the last final one on.

#include <map>
#include <optional>
#include <vector>

#include "node/consensus/messages.h"
#include "node/consensus/ranges.h"

namespace parley::consensus {

class CertificateStore {
 public:
  // The certificate in the place of one for such a vote, or null.
  const Certificate* Find(const Vote& like) const;
  // Of a kind which is not the one of ranges.
  const Certificate* Find(VoteKind kind, View view) const;
  const Certificate* notarization(View v) const { return Find(VoteKind::kNotarize, v); }
  const Certificate* finalization(View v) const { return Find(VoteKind::kFinalize, v); }
  // Of the widest range that holds this view, or else of it alone.
  const Certificate* nullification(View v) const;

  // Any certificate of this view.
  bool Covers(View view) const;
  // The first view from `from` on, below `end`, without any certificate; `end` when there is none.
  View FirstGap(View from, View end) const;
  // The nullification that goes furthest from `view` on without going beyond `last`, or null.
  const Certificate* FurthestSkip(View view, View last) const;
  // True when every view of the range is nullified and none is final. One that is notarized as well
  // is no obstacle: everybody who voted for its block may have dropped it, and whoever has it still
  // builds on it.
  bool IsGivenUp(const ViewRange& range) const;
  // True when a view in [low, high] has a finalization of its own.
  bool AnyFinalIn(View low, View high) const;
  // The highest view in [low, high] with a notarization or finalization.
  std::optional<View> NewestVotedIn(View low, View high) const;

  // Stores unless one of its place is held.
  void Add(const Certificate& certificate);

  // Views with a notarization above `after`, ascending.
  std::vector<View> NotarizedAfter(View after) const;

  // All certificates of one view, at most one per kind; a range belongs to its last view.
  std::vector<const Certificate*> OfView(View view) const;

  void Prune(View below);
  size_t size() const;

 private:
  struct Place {
    View view{};  // the last one of a range
    View first{};
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  static Place PlaceOf(const Vote& vote) { return {vote.view, vote.first}; }

  std::map<Place, Certificate> by_kind_[4];
};

}  // namespace parley::consensus
