// Certificates: what is accepted, what is a contradiction, and how a view ends.

#include <algorithm>

#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {

void CoreImpl::OnMessage(MemberIndex from, const Certificate& m) {
  if (IsOtherEpoch(from, m.vote.epoch)) return;
  if (ended_ && m.vote.kind != VoteKind::kFinalize) return Help(from);
  if (!IsWellFormed(m)) return BadPeer(from, "malformed certificate");
  const Certificate* held = certificates_.Find(m.vote);
  if (held != nullptr && held->vote == m.vote) return;
  if (m.vote.view <= last_final_ && !ContradictsHistory(m)) return;
  if (!PeerOf(from).mistakes.Has(now_)) return;
  const parley::Status valid = VerifyCertificate(committee_, checker_, m);
  if (!valid.ok()) return BadPeer(from, MessageOf(valid));
  Accept(m);
}

bool CoreImpl::ContradictsHistory(const Certificate& c) const {
  const Certificate* final_cert = certificates_.finalization(c.vote.view);
  switch (c.vote.kind) {
    case VoteKind::kNotarize:
      return final_cert != nullptr && final_cert->vote.slot != c.vote.slot;
    case VoteKind::kNullify:
    case VoteKind::kNullifyRange:
      // A view that is final only through a descendant may legally be nullified as well.
      return certificates_.AnyFinalIn(FirstOf(c.vote), c.vote.view);
    case VoteKind::kFinalize:
      break;
  }
  if (final_cert != nullptr && final_cert->vote != c.vote) return true;
  const auto it = recent_.find(c.vote.height);
  return it != recent_.end() && it->second != c.vote.block;
}

bool CoreImpl::Contradicts(const Certificate& c) {
  const View v = c.vote.view;
  const Certificate* same = certificates_.Find(c.vote);
  const Certificate* notar = certificates_.notarization(v);
  const bool final_other_than_notarized =
      c.vote.kind == VoteKind::kFinalize && notar != nullptr && notar->vote.slot != c.vote.slot;
  const bool final_and_null =
      c.vote.kind == VoteKind::kFinalize && certificates_.nullification(v) != nullptr;
  if ((same == nullptr || same->vote == c.vote) && !final_other_than_notarized && !final_and_null &&
      !ContradictsHistory(c))
    return false;
  Halt(AlarmKind::kFork,
       fmt::format("two quorums contradict each other in view {}: at least {} members signed both",
                   v, committee_.faulty_max() + 1));
  return true;
}

void CoreImpl::Accept(const Certificate& c) {
  const View v = c.vote.view;
  const bool contradiction = Contradicts(c);
  if (!contradiction && v <= last_final_) return;
  // Each signature is a vote of its own: look at it for contradictions, whatever becomes of the
  // certificate.
  for (const Certificate::Signer& s : c.signers) Cross({c.vote, s.member, s.signature});
  if (contradiction || certificates_.Find(c.vote) != nullptr) return;
  certificates_.Add(c);
  out_.persist.push_back(persist::StoredCertificate{c});
  SendTo(std::nullopt, c);
  if (c.vote.kind == VoteKind::kNotarize) notarized_at_[v] = now_;
  if (c.vote.kind == VoteKind::kFinalize) {
    last_final_ = v;
    // Of no use any more, also while the blocks are not here yet: who is behind must not collect.
    tally_.Prune(v);
    certificates_.Prune(v);
  }
  dirty_ = true;
  // A notarization moves us even when its block is not here yet.
  if (v >= view_) EnterView(Next(v));
  if (IsNullification(c.vote.kind)) NoteNullified(c);
}

void CoreImpl::EnterView(View view) {
  view_ = view;
  DropGivenUp();
  timer_.reset();
  forward_.reset();
  retry_.reset();
  retries_ = 0;
  const uint64_t limit = 3 * committee_.size();
  const uint64_t run = NullifiedRun(limit);
  if (run < limit) skip_run_alarmed_ = false;
  if (run >= limit && !skip_run_alarmed_) {
    skip_run_alarmed_ = true;
    out_.alarms.push_back(
        {AlarmKind::kSkipRun, fmt::format("{} views in a row were nullified: members are reachable "
                                          "but their blocks do not arrive or do not please",
                                          run)});
  }
}

// The block of a view that was nullified and, as far as we know, not notarized can never be final,
// and nobody needs it to go on: should a notarization come after all, the view is passed over all
// the same when its block is nowhere. So a long run of such views does not fill memory and disk
// with their blocks.
void CoreImpl::DropGivenUp() {
  for (auto& [view, prop] : props_) {
    if (view >= view_ || prop.dropped) continue;
    if (certificates_.nullification(view) == nullptr) continue;
    if (certificates_.notarization(view) != nullptr) continue;
    prop.dropped = true;
    const persist::StoredSlot* stored = slots_.Find(prop.id);
    if (stored == nullptr || stored->slot.kind == SlotKind::kCarry) continue;
    const BlockId block = stored->slot.block;
    if (IsProposedElsewhere(block) || slots_.FindBlock(block) == nullptr) continue;
    if (slots_.DropBlock(block))
      out_.persist.push_back(persist::DroppedBlock{stored->slot.height, block});
    content_.erase(block);
    application_.Forget(block);
  }
}

bool CoreImpl::IsProposedElsewhere(const BlockId& block) const {
  return std::any_of(props_.begin(), props_.end(), [&](const auto& p) {
    if (p.second.dropped) return false;
    const persist::StoredSlot* stored = slots_.Find(p.second.id);
    return stored != nullptr && stored->slot.block == block;
  });
}

void CoreImpl::Halt(AlarmKind kind, const std::string& text) {
  guard_.Disable();
  if (kind == AlarmKind::kFork) forked_ = true;
  if (halted_) return;
  halted_ = true;
  out_.alarms.push_back({kind, text});
}

}  // namespace parley::consensus
