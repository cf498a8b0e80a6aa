// Restart: what was read back from disk becomes the state again, or is refused when it contradicts
// itself. A member that forgot a vote looks like a liar to the others, so doubt means: do not vote.

#include <algorithm>

#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {

parley::Status CoreImpl::RestoreTip(const Restored& r) {
  const Block& first = config_.first_block;
  if (r.tip.height < first.height || (r.tip.height == first.height && r.tip.id != first.id))
    return FailedPrecondition(
        fmt::format("the tip (height {}) is not at or above the epoch's "
                    "first block (height {})",
                    r.tip.height, first.height));
  tip_ = r.tip;
  recent_[tip_.height] = tip_.id;
  if (r.tip.id == first.id) return absl::OkStatus();
  // Its own, or of a later block that is not here yet: this one was delivered by its word.
  const auto proves = [&](const Certificate& c) {
    return c.vote.kind == VoteKind::kFinalize &&
           (c.vote.block == tip_.id || c.vote.height > tip_.height);
  };
  if (r.tip_finalization && proves(*r.tip_finalization)) return absl::OkStatus();
  if (std::any_of(r.certificates.begin(), r.certificates.end(), proves)) return absl::OkStatus();
  return FailedPrecondition(fmt::format("no finalization of the tip at height {}", tip_.height));
}

parley::Status CoreImpl::RestoreCertificate(const Certificate& c) {
  RETURN_IF_ERROR(VerifyCertificate(committee_, checker_, c), "stored certificate of view {}",
                  c.vote.view);
  const View v = c.vote.view;
  const Certificate* same = certificates_.Find(c.vote);
  if (same != nullptr && same->vote != c.vote)
    return FailedPrecondition(fmt::format("two certificates of one kind in view {}", v));
  certificates_.Add(c);
  const bool nullified = certificates_.nullification(v) != nullptr;
  if (c.vote.kind == VoteKind::kFinalize
          ? nullified
          : IsNullification(c.vote.kind) && certificates_.AnyFinalIn(FirstOf(c.vote), v))
    return FailedPrecondition(fmt::format("view {} is both final and nullified", v));
  for (const Certificate::Signer& s : c.signers) tally_.Add({c.vote, s.member, s.signature});
  if (c.vote.kind == VoteKind::kFinalize) last_final_ = std::max(last_final_, v);
  view_ = std::max(view_, Next(v));
  if (IsNullification(c.vote.kind)) NoteNullified(c);
  return absl::OkStatus();
}

parley::Status CoreImpl::RestoreVotes(const std::vector<SignedVote>& votes) {
  if (!config_.voting_enabled) return absl::OkStatus();
  for (const SignedVote& vote : votes) {
    RETURN_IF_ERROR(guard_.Restore(vote));
    if (!signatures_.IsGenuine(vote))
      return FailedPrecondition(fmt::format("own vote in view {} is damaged", vote.vote.view));
    if (vote.vote.view > view_)
      return FailedPrecondition(
          fmt::format("own vote in view {}, but no certificate leads beyond "
                      "view {}",
                      vote.vote.view, view_));
    tally_.Add(vote);
  }
  if (!config_.watch_own_key) return absl::OkStatus();
  for (View v = Next(last_final_); v < view_; v = Next(v)) {
    for (const Certificate* c : certificates_.OfView(v)) {
      const bool signed_it =
          std::any_of(c->signers.begin(), c->signers.end(),
                      [&](const Certificate::Signer& s) { return s.member == config_.self; });
      if (signed_it && !guard_.Knows(c->vote))
        return FailedPrecondition(
            fmt::format("a certificate of view {} has this member's "
                        "signature, its vote log has not",
                        v));
    }
  }
  return absl::OkStatus();
}

parley::Status CoreImpl::Restore(Restored r) {
  RETURN_IF_ERROR(RestoreTip(r));
  // Own votes first would make the cache vouch for them; certificates are verified for themselves.
  if (r.tip_finalization) RETURN_IF_ERROR(RestoreCertificate(*r.tip_finalization));
  for (const Certificate& c : r.certificates) RETURN_IF_ERROR(RestoreCertificate(c));
  RETURN_IF_ERROR(RestoreVotes(r.my_votes));
  for (const Block& block : r.blocks) {
    if (block.height <= tip_.height) continue;
    slots_.PutBlock(block);
    slots_.MarkBlockStored(block.id);
  }
  for (const persist::StoredSlot& stored : r.slots) {
    const SlotId id = SlotIdOf(config_.ledger_id, stored.slot);
    // Slots are looked up by their hash, and what belongs to one by the hash in it.
    if (stored.slot.justification != JustificationHash(config_.ledger_id, stored.justification))
      return FailedPrecondition(
          fmt::format("slot of view {}: its justification is damaged", stored.slot.view));
    slots_.Put(id, stored);
    slots_.MarkSlotStored(id);
    if (stored.slot.view <= last_final_ || stored.slot.view > view_) continue;
    const SignedVote vote{VoteFor(config_.ledger_id, VoteKind::kNotarize, stored.slot),
                          committee_.Leader(stored.slot.view), stored.proposer_signature};
    if (!signatures_.IsGenuine(vote)) continue;  // fetched by id, without the proposer's signature
    props_.try_emplace(stored.slot.view, Prop{id});
    tally_.Add(vote);
  }
  for (Evidence& e : r.evidence) evidence_.Add(config_.ledger_id, std::move(e));
  if (tip_.seal && tip_.id != config_.first_block.id) EndEpoch();
  return absl::OkStatus();
}

}  // namespace parley::consensus
