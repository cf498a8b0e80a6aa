// The leader's part: what may be built on, and proposing it.

#include <algorithm>

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {

std::optional<CoreImpl::Parent> CoreImpl::FindParent() {
  for (View p{ToInt(view_) - 1};;) {
    if (p == View{0})
      return Parent{p, committee_.first_slot(), committee_.first_height(), committee_.first_block(),
                    nullptr};
    const Certificate* c = certificates_.finalization(p);
    if (c == nullptr) c = certificates_.notarization(p);
    // A held notarization is preferred to a held nullification, when its blocks are here.
    if (c != nullptr && ContentOf(c->vote.block) == Content::kValid)
      return Parent{p, c->vote.slot, c->vote.height, c->vote.block, c};
    if (c != nullptr && slots_.Find(c->vote.slot) == nullptr) WantSlot(c->vote.slot, *c);
    // At or below the last final view there is no other way.
    const Certificate* nullified = certificates_.nullification(p);
    if (p <= last_final_ || nullified == nullptr) return std::nullopt;
    // Down to the end of what it gives up, or to a view in it that was notarized.
    const View low = std::max(FirstOf(nullified->vote), Next(last_final_));
    const View below{ToInt(p) - 1};
    const std::optional<View> voted =
        low < p ? certificates_.NewestVotedIn(low, below) : std::nullopt;
    p = voted.value_or(View{ToInt(low) - 1});
  }
}

bool CoreImpl::IsSealed(const Parent& parent) const {
  const Block* block = FindBlock(parent.block);
  return block != nullptr && block->seal && parent.block != committee_.first_block();
}

void CoreImpl::TryPropose() {
  if (committee_.Leader(view_) != config_.self || proposed_ || !guard_.enabled()) return;
  if (guard_.Of(view_).any() || props_.contains(view_)) return;
  if (!WorkPending()) return;
  const std::optional<Parent> parent = FindParent();
  if (!parent) return;
  std::optional<Justification> justification = Justify(*parent);
  if (!justification) return;
  std::optional<Block> block;
  if (!IsSealed(*parent) && HasWorkOn(parent->block))
    block = application_.Build(parent->block, config_.epoch);
  // Nothing new to say: certify the same block again when its view did not become final.
  if (!block && parent->view <= last_final_) return;
  ProposeSlot(*parent, *std::move(justification), std::move(block));
}

// Nothing when the run of nullified views does not fit yet: the votes on ranges are under way.
std::optional<Justification> CoreImpl::Justify(const Parent& parent) const {
  Justification out;
  if (parent.certificate != nullptr) out.parent = *parent.certificate;
  for (View v = Next(parent.view); v < view_;) {
    const Certificate* skip = certificates_.FurthestSkip(v, View{ToInt(view_) - 1});
    if (skip == nullptr || out.skips.size() >= limits::kSkipsMax) return std::nullopt;
    out.skips.push_back(*skip);
    v = Next(skip->vote.view);
  }
  return out;
}

void CoreImpl::ProposeSlot(const Parent& parent, Justification justification,
                           std::optional<Block> block) {
  Slot slot;
  slot.epoch = config_.epoch;
  slot.view = view_;
  slot.kind = block ? SlotKind::kAppend : SlotKind::kCarry;
  slot.height = block ? block->height : parent.height;
  slot.block = block ? block->id : parent.block;
  slot.parent_view = parent.view;
  slot.parent_slot = parent.slot;
  slot.justification = JustificationHash(config_.ledger_id, justification);

  const SlotId id = SlotIdOf(config_.ledger_id, slot);
  const persist::StoredSlot unsigned_slot{slot, justification, Signature()};
  if (block) slots_.PutBlock(*block);
  if (SlotContent(unsigned_slot) != Content::kValid) return;  // the application changed its mind
  const Vote vote = VoteFor(config_.ledger_id, VoteKind::kNotarize, slot);
  const std::optional<SignedVote> own = guard_.Sign(vote, view_, last_final_);
  if (!own) return;
  proposed_ = true;
  dirty_ = true;
  props_[view_] = {id};
  slots_.Put(id, {slot, justification, own->signature});
  PersistSlot(id);
  out_.persist.push_back(persist::MyVote{*own});
  SendTo(std::nullopt, Proposal{slot, std::move(justification), std::move(block), own->signature});
  Count(*own);
}

}  // namespace parley::consensus
