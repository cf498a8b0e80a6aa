#pragma once

// Verified certificates by kind and view; the first one of a kind and view wins. Holds views from
// the last final one on.

#include <map>
#include <optional>
#include <vector>

#include "node/consensus/messages.h"

namespace parley::consensus {

class CertificateStore {
 public:
  const Certificate* Find(VoteKind kind, View view) const;
  const Certificate* notarization(View v) const { return Find(VoteKind::kNotarize, v); }
  const Certificate* nullification(View v) const { return Find(VoteKind::kNullify, v); }
  const Certificate* finalization(View v) const { return Find(VoteKind::kFinalize, v); }

  // Any certificate of this view.
  bool Covers(View view) const;

  // Stores unless one of this kind and view is held.
  void Add(const Certificate& certificate);

  // Views with a notarization above `after`, ascending.
  std::vector<View> NotarizedAfter(View after) const;

  // All certificates of one view, at most one per kind.
  std::vector<const Certificate*> OfView(View view) const;

  void Prune(View below);
  size_t size() const;

 private:
  std::map<View, Certificate> by_kind_[3];
};

}  // namespace parley::consensus
