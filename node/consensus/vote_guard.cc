#include "node/consensus/vote_guard.h"

#include "node/consensus/codec.h"

namespace parley::consensus {

std::optional<SignedVote>& VoteGuard::CellOf(Cast& cast, VoteKind kind) {
  switch (kind) {
    case VoteKind::kNotarize:
      return cast.notarize;
    case VoteKind::kNullify:
      return cast.nullify;
    case VoteKind::kFinalize:
    case VoteKind::kNullifyRange:  // is kept apart
      break;
  }
  return cast.finalize;
}

bool VoteGuard::Allows(const Cast& cast, const Vote& vote) {
  switch (vote.kind) {
    case VoteKind::kNotarize:
      return !cast.any();
    case VoteKind::kNullify:
      return !cast.finalize && !cast.nullify;
    case VoteKind::kFinalize:
      if (cast.nullify || cast.finalize) return false;
      return !cast.notarize || cast.notarize->vote.slot == vote.slot;
    case VoteKind::kNullifyRange:
      break;
  }
  return false;
}

bool VoteGuard::HasGivenUp(View view) const {
  for (const ViewRange& range : RangesOver(view))
    if (ranges_.contains({range.last, range.first})) return true;
  return false;
}

bool VoteGuard::AllowsRange(const Vote& vote) const {
  if (ranges_.contains({vote.view, vote.first})) return false;
  const auto end = cast_.upper_bound(vote.view);
  for (auto it = cast_.lower_bound(vote.first); it != end; ++it)
    if (it->second.finalize) return false;
  return true;
}

std::vector<const SignedVote*> VoteGuard::ranges() const {
  std::vector<const SignedVote*> out;
  for (const auto& [views, vote] : ranges_) out.push_back(&vote);
  return out;
}

Status VoteGuard::Restore(const SignedVote& vote) {
  const auto wrong = [&](const char* why) {
    return FailedPrecondition(fmt::format("own vote of view {}: {}", vote.vote.view, why));
  };
  if (!IsWellFormed(vote.vote)) return wrong("malformed");
  if (vote.signer != self_) return wrong("signed by another member");
  if (vote.vote.epoch != epoch_) return wrong("of another epoch");
  if (vote.vote.kind == VoteKind::kNullifyRange) return RestoreRange(vote);
  Cast& cast = cast_[vote.vote.view];
  std::optional<SignedVote>& cell = CellOf(cast, vote.vote.kind);
  if (cell && cell->vote != vote.vote) return wrong("two different votes of one kind");
  cell = vote;
  if (cast.nullify && cast.finalize) return wrong("nullify and finalize");
  if (cast.finalize && HasGivenUp(vote.vote.view)) return wrong("finalize in a range given up");
  if (cast.notarize && cast.finalize && cast.notarize->vote.slot != cast.finalize->vote.slot)
    return wrong("notarize of one slot, finalize of another");
  return absl::OkStatus();
}

Status VoteGuard::RestoreRange(const SignedVote& vote) {
  if (!AllowsRange(vote.vote))
    return FailedPrecondition(
        fmt::format("own vote of views {} to {}: there twice, or a view in it was finalized",
                    vote.vote.first, vote.vote.view));
  ranges_.emplace(std::pair(vote.vote.view, vote.vote.first), vote);
  return absl::OkStatus();
}

bool VoteGuard::MayCast(const Vote& vote, View current) const {
  switch (vote.kind) {
    case VoteKind::kNullifyRange:
      return vote.view < current && AllowsRange(vote);
    case VoteKind::kFinalize:
      return Allows(Of(vote.view), vote) && !HasGivenUp(vote.view);
    case VoteKind::kNotarize:
    case VoteKind::kNullify:
      break;
  }
  return vote.view == current && Allows(Of(vote.view), vote);
}

std::optional<SignedVote> VoteGuard::Sign(const Vote& vote, View current, View last_final) {
  if (!enabled() || FirstOf(vote) <= last_final || !MayCast(vote, current)) return std::nullopt;
  SignedVote out{vote, self_, signer_.Sign(VoteBytes(ledger_id_, vote))};
  if (vote.kind == VoteKind::kNullifyRange) {
    ranges_.emplace(std::pair(vote.view, vote.first), out);
  } else {
    CellOf(cast_[vote.view], vote.kind) = out;
  }
  return out;
}

const Cast& VoteGuard::Of(View view) const {
  static const Cast kNothing;
  const auto it = cast_.find(view);
  return it == cast_.end() ? kNothing : it->second;
}

bool VoteGuard::Knows(const Vote& vote) const {
  if (vote.kind == VoteKind::kNullifyRange) return ranges_.contains({vote.view, vote.first});
  Cast cast = Of(vote.view);
  const std::optional<SignedVote>& cell = CellOf(cast, vote.kind);
  return cell && cell->vote == vote;
}

void VoteGuard::Prune(View through) {
  cast_.erase(cast_.begin(), cast_.upper_bound(through));
  ranges_.erase(ranges_.begin(), ranges_.lower_bound({Next(through), View{0}}));
}

}  // namespace parley::consensus
