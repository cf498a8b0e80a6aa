#include "node/consensus/certificates.h"

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/ranges.h"

namespace parley::consensus {
namespace {

Status CheckParent(const Committee& committee, VoteChecker& checker, const Slot& slot,
                   const std::optional<Certificate>& parent) {
  if (slot.parent_view == View{0}) {
    if (parent) return InvalidArgument("parent is the first slot and yet has a certificate");
    if (slot.parent_slot != committee.first_slot())
      return InvalidArgument("parent view is 0 but the parent is not the epoch's first slot");
    return absl::OkStatus();
  }
  if (!parent) return InvalidArgument("the parent's certificate is missing");
  const Vote& vote = parent->vote;
  if (IsNullification(vote.kind))
    return InvalidArgument("the parent's certificate is a nullification");
  if (vote.view != slot.parent_view || vote.slot != slot.parent_slot)
    return InvalidArgument("the parent's certificate is for another slot");
  return Annotate(VerifyCertificate(committee, checker, *parent), "parent");
}

// Every view between parent and slot is nullified, and each certificate is needed for the next one.
Status CheckSkips(const Committee& committee, VoteChecker& checker, const Slot& slot,
                  const std::vector<Certificate>& skips) {
  View want = Next(slot.parent_view);
  for (const Certificate& skip : skips) {
    if (!IsNullification(skip.vote.kind) || !IsAbout(skip.vote, want))
      return InvalidArgument(fmt::format("slot: no nullification of view {}", want));
    RETURN_IF_ERROR(VerifyCertificate(committee, checker, skip), "nullification of view {}", want);
    want = Next(skip.vote.view);
  }
  if (want != slot.view)
    return InvalidArgument(
        fmt::format("slot: its nullifications end before view {}, its own is {}", want, slot.view));
  return absl::OkStatus();
}

}  // namespace

bool SignatureChecker::IsGenuine(const SignedVote& vote) {
  if (!committee_.Contains(vote.signer) || !IsWellFormed(vote.vote)) return false;
  if (vote.vote.epoch != committee_.epoch()) return false;
  return verifier_.Verify(committee_.key(vote.signer), VoteBytes(committee_.ledger_id(), vote.vote),
                          vote.signature);
}

Status VerifyCertificate(const Committee& committee, VoteChecker& checker,
                         const Certificate& certificate) {
  if (!IsWellFormed(certificate))
    return InvalidArgument("certificate: signers are not distinct members in ascending order");
  if (certificate.vote.epoch != committee.epoch())
    return InvalidArgument(fmt::format("certificate: want epoch {}, got {}", committee.epoch(),
                                       certificate.vote.epoch));
  if (certificate.signers.size() < committee.quorum())
    return InvalidArgument(fmt::format("certificate: want {} signers, got {}", committee.quorum(),
                                       certificate.signers.size()));
  for (const Certificate::Signer& s : certificate.signers) {
    if (!committee.Contains(s.member))
      return InvalidArgument(fmt::format("certificate: no member {} in this epoch", s.member));
    if (!checker.IsGenuine({certificate.vote, s.member, s.signature}))
      return Unauthenticated(
          fmt::format("certificate: the signature of member {} does not verify", s.member));
  }
  return absl::OkStatus();
}

Status CheckStructure(const Committee& committee, VoteChecker& checker, const Slot& slot,
                      const Justification& justification) {
  if (slot.epoch != committee.epoch()) return InvalidArgument("slot: of another epoch");
  if (slot.justification != JustificationHash(committee.ledger_id(), justification))
    return InvalidArgument("slot: names another justification");
  if (slot.parent_view >= slot.view)
    return InvalidArgument("slot: its parent's view is not below its own");
  if (justification.skips.size() > limits::kSkipsMax)
    return InvalidArgument(fmt::format("slot: {} nullifications, at most {} are allowed",
                                       justification.skips.size(), limits::kSkipsMax));
  RETURN_IF_ERROR(CheckParent(committee, checker, slot, justification.parent), "slot");
  return CheckSkips(committee, checker, slot, justification.skips);
}

}  // namespace parley::consensus
