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
  }
  return false;
}

Status VoteGuard::Restore(const SignedVote& vote) {
  const auto wrong = [&](const char* why) {
    return FailedPrecondition(fmt::format("own vote of view {}: {}", vote.vote.view, why));
  };
  if (!IsWellFormed(vote.vote)) return wrong("malformed");
  if (vote.signer != self_) return wrong("signed by another member");
  if (vote.vote.epoch != epoch_) return wrong("of another epoch");
  Cast& cast = cast_[vote.vote.view];
  std::optional<SignedVote>& cell = CellOf(cast, vote.vote.kind);
  if (cell && cell->vote != vote.vote) return wrong("two different votes of one kind");
  cell = vote;
  if (cast.nullify && cast.finalize) return wrong("nullify and finalize");
  if (cast.notarize && cast.finalize && cast.notarize->vote.slot != cast.finalize->vote.slot)
    return wrong("notarize of one slot, finalize of another");
  return absl::OkStatus();
}

std::optional<SignedVote> VoteGuard::Sign(const Vote& vote, View current, View last_final) {
  if (!enabled() || vote.view <= last_final) return std::nullopt;
  if (vote.kind != VoteKind::kFinalize && vote.view != current) return std::nullopt;
  if (!Allows(Of(vote.view), vote)) return std::nullopt;
  SignedVote out{vote, self_, signer_.Sign(VoteBytes(ledger_id_, vote))};
  CellOf(cast_[vote.view], vote.kind) = out;
  return out;
}

const Cast& VoteGuard::Of(View view) const {
  static const Cast kNothing;
  const auto it = cast_.find(view);
  return it == cast_.end() ? kNothing : it->second;
}

bool VoteGuard::Knows(const Vote& vote) const {
  Cast cast = Of(vote.view);
  const std::optional<SignedVote>& cell = CellOf(cast, vote.kind);
  return cell && cell->vote == vote;
}

void VoteGuard::Prune(View through) { cast_.erase(cast_.begin(), cast_.upper_bound(through)); }

}  // namespace parley::consensus
