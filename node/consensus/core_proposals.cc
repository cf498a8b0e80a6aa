// Proposals of other leaders: what is kept, and whether to vote for it.

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {

bool CoreImpl::ProposalShapeOk(MemberIndex from, const Proposal& m) {
  const auto refuse = [&](const char* why) {
    BadPeer(from, fmt::format("proposal for view {}: {}", m.slot.view, why));
    return false;
  };
  if (from != committee_.Leader(m.slot.view)) return refuse("not from the view's leader");
  if (m.slot.view == View{0}) return refuse("view 0");
  if (m.justification.skips.size() > limits::kSkipsMax) return refuse("too many skips");
  if (m.slot.justification != JustificationHash(config_.ledger_id, m.justification))
    return refuse("it names another justification");
  if (m.slot.kind == SlotKind::kCarry) return !m.block || refuse("a carry slot with a block");
  if (!m.block || !m.block->bytes) return refuse("the block is missing");
  if (m.block->id != m.slot.block) return refuse("it names another block");
  if (m.block->bytes->size() > limits::kBlockBytesMax) return refuse("the block is too large");
  return true;
}

void CoreImpl::OnMessage(MemberIndex from, const Proposal& m) {
  if (IsOtherEpoch(from, m.slot.epoch)) return;
  if (ended_) return Help(from);
  const View v = m.slot.view;
  if (v <= last_final_) return Help(from);
  const SlotId id = SlotIdOf(config_.ledger_id, m.slot);
  const auto seen = props_.find(v);
  // One content check per view, whatever a leader sends: repetitions cost a hash and a look-up.
  if (seen != props_.end() && seen->second.id == id) return;
  if (!PeerOf(from).mistakes.Has(now_) || !ProposalShapeOk(from, m)) return;
  const SignedVote vote{VoteFor(config_.ledger_id, VoteKind::kNotarize, m.slot), from, m.signature};
  if (seen != props_.end()) {
    TakeVote(from, vote);  // this is how an equivocating leader is caught
    return;
  }
  if (!checker_.IsGenuine(vote)) return BadPeer(from, "proposal with a bad signature");
  const parley::Status structure = CheckStructure(committee_, checker_, m.slot, m.justification);
  if (!structure.ok()) {
    Evidence proof;
    proof.kind = EvidenceKind::kBadJustification;
    proof.first = vote;
    proof.slot = m.slot;
    proof.justification = m.justification;
    AddEvidence(std::move(proof));
    BadPeer(from, MessageOf(structure));
    if (v == view_) props_[v] = {id, /*well_justified=*/false};
    dirty_ = true;
    return;
  }
  AcceptProposal(m, id);
  Count(vote);
}

void CoreImpl::AcceptProposal(const Proposal& m, const SlotId& id) {
  // The justification alone brings a lagging member to the proposal's view.
  if (m.justification.parent) Accept(*m.justification.parent);
  for (const Certificate& skip : m.justification.skips) Accept(skip);
  dirty_ = true;
  const View v = m.slot.view;
  if (v <= last_final_ || v > view_) return;
  const Certificate* notarized = certificates_.notarization(v);
  const bool wanted = notarized != nullptr && notarized->vote.slot == id;
  if (v < view_ && !wanted) return;  // too late to vote, and not certified
  if (IsFarBehind()) return;         // nor can it be executed; its leader repeats it
  props_[v] = {id};
  slots_.Put(id, {m.slot, m.justification, m.signature});
  if (m.block) slots_.PutBlock(*m.block);
}

void CoreImpl::TryNotarize() {
  const auto it = props_.find(view_);
  if (it == props_.end() || guard_.Of(view_).any() || !guard_.enabled()) return;
  if (disliked_ == view_) return;
  const persist::StoredSlot* stored = slots_.Find(it->second.id);
  bool good = it->second.well_justified && stored != nullptr;
  if (good) {
    const Content content = SlotContent(*stored);
    if (content == Content::kUnknown) return WantChain(*stored);  // fetch, do not nullify
    good = content == Content::kValid;
  }
  if (good && stored->slot.kind == SlotKind::kAppend)
    good = application_.TimeAcceptable(*FindBlock(stored->slot.block));
  if (!good) {
    // At once while dishonest leaders may be the reason. When members disagree among themselves,
    // views must not pass at the speed of the network: only the timer ends this one.
    if (MembersDisagree()) {
      disliked_ = view_;
    } else {
      CastVote(NullifyVote(config_.epoch, view_), /*announce=*/true);
    }
    return;
  }
  PersistSlot(it->second.id);
  CastVote(VoteFor(config_.ledger_id, VoteKind::kNotarize, stored->slot), /*announce=*/true);
}

void CoreImpl::PersistSlot(const SlotId& id) {
  const persist::StoredSlot* stored = slots_.Find(id);
  if (stored == nullptr) return;
  const Block* block =
      stored->slot.kind == SlotKind::kAppend ? slots_.FindBlock(stored->slot.block) : nullptr;
  if (block != nullptr && block->height > tip_.height && slots_.MarkBlockStored(block->id))
    out_.persist.push_back(persist::StoredBlock{*block});
  if (slots_.MarkSlotStored(id)) out_.persist.push_back(*stored);
}

}  // namespace parley::consensus
