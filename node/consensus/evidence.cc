#include "node/consensus/evidence.h"

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/ranges.h"

namespace parley::consensus {
namespace {

std::optional<EvidenceKind> RuleBroken(const Vote& a, const Vote& b) {
  if (a.epoch != b.epoch) return std::nullopt;
  if (a.kind == VoteKind::kNullifyRange)
    return b.kind == VoteKind::kFinalize && IsAbout(a, b.view)
               ? std::optional(EvidenceKind::kNullifyFinalize)
               : std::nullopt;
  if (a.view != b.view || a == b) return std::nullopt;
  if (a.kind == VoteKind::kNotarize && b.kind == VoteKind::kNotarize && a < b)
    return EvidenceKind::kTwoNotarize;
  if (a.kind == VoteKind::kFinalize && b.kind == VoteKind::kFinalize && a < b)
    return EvidenceKind::kTwoFinalize;
  if (a.kind == VoteKind::kNullify && b.kind == VoteKind::kFinalize)
    return EvidenceKind::kNullifyFinalize;
  const bool same = a.slot == b.slot && a.height == b.height && a.block == b.block;
  if (a.kind == VoteKind::kNotarize && b.kind == VoteKind::kFinalize && !same)
    return EvidenceKind::kNotarizeFinalize;
  return std::nullopt;
}

Status VerifyBadJustification(const Committee& committee, VoteChecker& checker,
                              const Evidence& evidence) {
  if (!evidence.slot || !evidence.justification || evidence.second || evidence.block)
    return InvalidArgument("evidence: want a slot, its justification and one vote");
  const Slot& slot = *evidence.slot;
  const Vote& vote = evidence.first.vote;
  if (IsNullification(vote.kind)) return InvalidArgument("evidence: a nullify vote names no slot");
  if (vote != VoteFor(committee.ledger_id(), vote.kind, slot))
    return InvalidArgument("evidence: the vote is for another slot");
  // Anyone can put a wrong justification beside an honest slot: it must be the one the slot names.
  if (slot.justification != JustificationHash(committee.ledger_id(), *evidence.justification))
    return InvalidArgument("evidence: the slot names another justification");
  if (CheckStructure(committee, checker, slot, *evidence.justification).ok())
    return InvalidArgument("evidence: the slot is well justified, no rule is broken");
  return absl::OkStatus();
}

}  // namespace

std::optional<Evidence> MakeEvidence(const SignedVote& a, const SignedVote& b) {
  if (a.signer != b.signer) return std::nullopt;
  Evidence out;
  if (const auto kind = RuleBroken(a.vote, b.vote)) {
    out.kind = *kind;
    out.first = a;
    out.second = b;
    return out;
  }
  if (const auto kind = RuleBroken(b.vote, a.vote)) {
    out.kind = *kind;
    out.first = b;
    out.second = a;
    return out;
  }
  return std::nullopt;
}

Status VerifyEvidence(const Committee& committee, Verifier& verifier, const Evidence& evidence) {
  SignatureChecker checker(committee, verifier);
  if (!committee.Contains(evidence.first.signer))
    return InvalidArgument(
        fmt::format("evidence: no member {} in this epoch", evidence.first.signer));
  if (!checker.IsGenuine(evidence.first))
    return Unauthenticated("evidence: the first vote's signature does not verify");
  if (evidence.kind == EvidenceKind::kBadJustification)
    return VerifyBadJustification(committee, checker, evidence);
  if (evidence.kind == EvidenceKind::kBadBlock) {
    if (evidence.second || evidence.slot || evidence.justification || !evidence.block)
      return InvalidArgument("evidence: want one vote and a block");
    if (IsNullification(evidence.first.vote.kind))
      return InvalidArgument("evidence: a nullify vote names no block");
    return absl::OkStatus();
  }
  if (!evidence.second || evidence.slot || evidence.justification || evidence.block)
    return InvalidArgument("evidence: want two votes and nothing else");
  if (evidence.second->signer != evidence.first.signer)
    return InvalidArgument("evidence: the votes are of two members");
  if (RuleBroken(evidence.first.vote, evidence.second->vote) != evidence.kind)
    return InvalidArgument("evidence: these two votes do not break the rule it names");
  if (!checker.IsGenuine(*evidence.second))
    return Unauthenticated("evidence: the second vote's signature does not verify");
  return absl::OkStatus();
}

bool EvidenceBook::Contains(const Evidence& evidence) const {
  return keys_.contains(KeyOf(evidence));
}

bool EvidenceBook::IsFull(MemberIndex member, EvidenceKind kind) const {
  const auto count = counts_.find({member, PlaceOf(kind)});
  const size_t max = IsLarge(kind) ? limits::kLargeEvidenceMax : limits::kEvidencePerKindMax;
  return count != counts_.end() && count->second >= max;
}

bool EvidenceBook::Add(const LedgerId& ledger_id, Evidence evidence) {
  const MemberIndex member = evidence.first.signer;
  if (Contains(evidence) || IsFull(member, evidence.kind)) return false;
  const size_t bytes = EncodeEvidence(ledger_id, evidence).size();
  if (bytes > limits::kProofBytesMax || bytes_[member] + bytes > limits::kEvidenceBytesPerMemberMax)
    return false;
  keys_.insert(KeyOf(evidence));
  ++counts_[{member, PlaceOf(evidence.kind)}];
  bytes_[member] += bytes;
  all_.push_back(std::move(evidence));
  return true;
}

}  // namespace parley::consensus
