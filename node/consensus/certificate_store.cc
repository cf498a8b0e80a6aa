#include "node/consensus/certificate_store.h"

#include <algorithm>

namespace parley::consensus {
namespace {

constexpr VoteKind kSingleKinds[] = {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize};
size_t IndexOf(VoteKind kind) { return static_cast<size_t>(kind) - 1; }

Vote LikeRange(const ViewRange& range) {
  Vote like;
  like.kind = VoteKind::kNullifyRange;
  like.view = range.last;
  like.first = range.first;
  return like;
}

}  // namespace

const Certificate* CertificateStore::Find(const Vote& like) const {
  const auto& map = by_kind_[IndexOf(like.kind)];
  const auto it = map.find(PlaceOf(like));
  return it == map.end() ? nullptr : &it->second;
}

const Certificate* CertificateStore::Find(VoteKind kind, View view) const {
  Vote like;
  like.kind = kind;
  like.view = view;
  return Find(like);
}

const Certificate* CertificateStore::nullification(View v) const {
  const Certificate* widest = Find(VoteKind::kNullify, v);
  if (by_kind_[IndexOf(VoteKind::kNullifyRange)].empty()) return widest;
  for (const ViewRange& range : RangesOver(v)) {
    if (const Certificate* c = Find(LikeRange(range))) widest = c;
  }
  return widest;
}

const Certificate* CertificateStore::FurthestSkip(View view, View last) const {
  const Certificate* furthest = view <= last ? Find(VoteKind::kNullify, view) : nullptr;
  if (by_kind_[IndexOf(VoteKind::kNullifyRange)].empty()) return furthest;
  for (const ViewRange& range : RangesOver(view)) {
    if (range.last > last) break;
    if (const Certificate* c = Find(LikeRange(range))) furthest = c;
  }
  return furthest;
}

bool CertificateStore::Covers(View view) const {
  return Find(VoteKind::kNotarize, view) != nullptr || Find(VoteKind::kFinalize, view) != nullptr ||
         nullification(view) != nullptr;
}

View CertificateStore::FirstGap(View from, View end) const {
  while (from < end) {
    const Certificate* skip = FurthestSkip(from, View{ToInt(end) - 1});
    if (skip == nullptr && !Covers(from)) return from;
    from = Next(skip != nullptr ? skip->vote.view : from);
  }
  return end;
}

bool CertificateStore::IsGivenUp(const ViewRange& range) const {
  if (AnyFinalIn(range.first, range.last)) return false;
  for (View v = range.first; v <= range.last;) {
    const Certificate* skip = FurthestSkip(v, range.last);
    if (skip == nullptr) return false;
    v = Next(skip->vote.view);
  }
  return true;
}

bool CertificateStore::AnyFinalIn(View low, View high) const {
  const auto& map = by_kind_[IndexOf(VoteKind::kFinalize)];
  const auto it = map.lower_bound({low});
  return it != map.end() && it->first.view <= high;
}

std::optional<View> CertificateStore::NewestVotedIn(View low, View high) const {
  std::optional<View> out;
  for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kFinalize}) {
    const auto& map = by_kind_[IndexOf(kind)];
    auto it = map.upper_bound({high});
    if (it == map.begin()) continue;
    const View found = std::prev(it)->first.view;
    if (found >= low && (!out || *out < found)) out = found;
  }
  return out;
}

void CertificateStore::Add(const Certificate& certificate) {
  by_kind_[IndexOf(certificate.vote.kind)].try_emplace(PlaceOf(certificate.vote), certificate);
}

std::vector<View> CertificateStore::NotarizedAfter(View after) const {
  std::vector<View> out;
  const auto& map = by_kind_[IndexOf(VoteKind::kNotarize)];
  for (auto it = map.upper_bound({after}); it != map.end(); ++it) out.push_back(it->first.view);
  return out;
}

std::vector<const Certificate*> CertificateStore::OfView(View view) const {
  std::vector<const Certificate*> out;
  for (const VoteKind kind : kSingleKinds) {
    if (const Certificate* c = Find(kind, view)) out.push_back(c);
  }
  const auto& ranges = by_kind_[IndexOf(VoteKind::kNullifyRange)];
  for (auto it = ranges.lower_bound({view}); it != ranges.end() && it->first.view == view; ++it)
    out.push_back(&it->second);
  return out;
}

void CertificateStore::Prune(View below) {
  for (auto& map : by_kind_) map.erase(map.begin(), map.lower_bound({below}));
}

size_t CertificateStore::size() const {
  size_t count = 0;
  for (const auto& map : by_kind_) count += map.size();
  return count;
}

}  // namespace parley::consensus
