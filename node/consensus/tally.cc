#include "node/consensus/tally.h"

#include "base/check.h"
#include "node/consensus/ranges.h"

namespace parley::consensus {

const SignedVote* Tally::Find(const Vote& like, MemberIndex member) const {
  const auto it = cells_.find(CellOf(like));
  if (it == cells_.end() || ToInt(member) >= members_) return nullptr;
  const auto& held = it->second[ToInt(member)];
  return held ? &*held : nullptr;
}

const SignedVote* Tally::Find(View view, VoteKind kind, MemberIndex member) const {
  Vote like;
  like.kind = kind;
  like.view = view;
  return Find(like, member);
}

void Tally::Add(const SignedVote& vote) {
  PARLEY_CHECK(ToInt(vote.signer) < members_);
  auto [it, is_new] = cells_.try_emplace(CellOf(vote.vote));
  if (is_new) it->second.resize(members_);
  auto& held = it->second[ToInt(vote.signer)];
  if (!held) held = vote;
}

size_t Tally::Count(const Vote& vote) const {
  const auto it = cells_.find(CellOf(vote));
  if (it == cells_.end()) return 0;
  size_t count = 0;
  for (const auto& held : it->second) count += held && held->vote == vote;
  return count;
}

Certificate Tally::MakeCertificate(const Vote& vote) const {
  Certificate out;
  out.vote = vote;
  const auto it = cells_.find(CellOf(vote));
  if (it == cells_.end()) return out;
  for (const auto& held : it->second) {
    if (held && held->vote == vote) out.signers.push_back({held->signer, held->signature});
  }
  return out;
}

std::vector<SignedVote> Tally::VotesOf(View view) const {
  std::vector<SignedVote> out;
  for (auto it = cells_.lower_bound({view}); it != cells_.end() && it->first.view == view; ++it) {
    for (const auto& held : it->second) {
      if (held) out.push_back(*held);
    }
  }
  return out;
}

std::vector<SignedVote> Tally::VotesFor(const BlockId& block) const {
  std::vector<SignedVote> out;
  for (const auto& [cell, members] : cells_) {
    if (IsNullification(cell.kind)) continue;
    for (const auto& held : members) {
      if (held && held->vote.block == block) out.push_back(*held);
    }
  }
  return out;
}

std::vector<const SignedVote*> Tally::Beside(const SignedVote& vote) const {
  std::vector<const SignedVote*> out;
  const auto take = [&](const SignedVote* held) {
    if (held != nullptr) out.push_back(held);
  };
  const Vote& v = vote.vote;
  if (v.kind == VoteKind::kNullifyRange) {
    for (auto it = cells_.lower_bound({v.first}); it != cells_.end() && it->first.view <= v.view;
         ++it) {
      const auto& held = it->second[ToInt(vote.signer)];
      if (it->first.kind == VoteKind::kFinalize && held) out.push_back(&*held);
    }
    return out;
  }
  for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize})
    take(Find(v.view, kind, vote.signer));
  if (v.kind != VoteKind::kFinalize) return out;
  for (const ViewRange& range : RangesOver(v.view)) {
    Vote like;
    like.kind = VoteKind::kNullifyRange;
    like.view = range.last;
    like.first = range.first;
    take(Find(like, vote.signer));
  }
  return out;
}

void Tally::Prune(View view) { cells_.erase(cells_.begin(), cells_.lower_bound({view})); }

size_t Tally::size() const {
  size_t count = 0;
  for (const auto& [cell, members] : cells_) {
    for (const auto& held : members) count += held.has_value();
  }
  return count;
}

bool CachingChecker::IsGenuine(const SignedVote& vote) {
  const SignedVote* known = tally_.Find(vote.vote, vote.signer);
  if (known != nullptr && *known == vote) return true;
  return checker_.IsGenuine(vote);
}

}  // namespace parley::consensus
