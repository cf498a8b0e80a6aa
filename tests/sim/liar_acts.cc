// The ways of lying, one function each.

#include "node/consensus/codec.h"
#include "tests/sim/liar.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

const char* NameOf(Lie lie) {
  constexpr const char* kNames[kLies] = {
      "conflict",    "null-finalize", "nullify-only",   "outdated",     "impersonate",
      "reconfigure", "equivocate",    "illegal-parent", "withhold",     "selective",
      "lie-status",  "slow-drip",     "replay",         "junk-records", "garbage"};
  return kNames[static_cast<uint8_t>(lie)];
}

void Liar::Act(Lie lie) {
  switch (lie) {
    case Lie::kConflict:
      return VoteConflictingly();
    case Lie::kNullFinalize:
      return NullifyFinalize();
    case Lie::kNullifyOnly:
      return Vote(NullifyVote(era_->epoch, view_), SomeEndpoints());
    case Lie::kOutdated:
      return VoteInThePast();
    case Lie::kImpersonate:
      return Impersonate();
    case Lie::kReconfigure:
      return SpeakOfOtherEpochs();
    case Lie::kEquivocate:
      ProposeLegally();
      return ProposeLegally();
    case Lie::kIllegalParent:
      return ProposeIllegally();
    case Lie::kWithhold:
      return Leak();
    case Lie::kSelective:
      return VoteSelectively();
    case Lie::kLieStatus:
      return LieAboutStatus();
    case Lie::kSlowDrip:
      return;  // see Serve
    case Lie::kReplay:
      return Replay();
    case Lie::kJunkRecords:
      return SendJunkRecords();
    case Lie::kGarbage:
      return Accuse();
  }
}

View Liar::MyNextView() const {
  View view = view_;
  while (committee_->Leader(view) != *self_) view = Next(view);
  return view;
}

// The parent that an honest leader would take, as far as this one knows.
const Certificate* Liar::NewestParent(View view) const {
  const Certificate* best = nullptr;
  for (const auto& [key, c] : held_) {
    if (IsNullification(key.first) || c.vote.view >= view) continue;
    if (best == nullptr || c.vote.view > best->vote.view) best = &c;
  }
  return best;
}

void Liar::ProposeLegally() {
  const View view = MyNextView();
  ProposeOn(view, NewestParent(view), SomeRecords(), SomeEndpoints());
}

void Liar::ProposeIllegally() {
  View view = MyNextView();
  if (world_.rng.Percent(20)) view = static_cast<View>(ToInt(view) + committee_->size());
  if (const Slot* slot = RecentSlot(); slot != nullptr && world_.rng.Percent(30)) {
    // A parent that nobody else has signed.
    Certificate forged;
    forged.vote = VoteFor(LedgerId(), VoteKind::kNotarize, *slot);
    for (uint8_t m = 0; m < committee_->quorum(); ++m)
      forged.signers.push_back({MemberIndex{m}, Sign(forged.vote)});
    while (view <= slot->view) view = static_cast<View>(ToInt(view) + committee_->size());
    return ProposeOn(view, &forged, SomeRecords(), SomeEndpoints());
  }
  std::vector<const Certificate*> parents{nullptr};
  for (const auto& [key, c] : held_) {
    if (!IsNullification(key.first) && c.vote.view < view) parents.push_back(&c);
  }
  ProposeOn(view, parents[world_.rng.Below(parents.size())], SomeRecords(), SomeEndpoints());
}

void Liar::VoteConflictingly() {
  for (int i = 0; i < 2; ++i) {
    const Slot* slot = RecentSlot();
    if (slot == nullptr) return;
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kFinalize}) {
      const auto vote = VoteFor(LedgerId(), kind, *slot);
      if (world_.rng.Percent(70)) Vote(vote, SomeEndpoints());
    }
  }
}

void Liar::VoteSelectively() {
  const Slot* slot = RecentSlot();
  if (slot == nullptr) return;
  const VoteKind kind = world_.rng.Percent(50) ? VoteKind::kNotarize : VoteKind::kFinalize;
  Vote(VoteFor(LedgerId(), kind, *slot), {world_.rng.Below(world_.endpoint_count())});
}

void Liar::NullifyFinalize() {
  const Slot* slot = RecentSlot();
  if (slot == nullptr) return;
  const auto finalize = VoteFor(LedgerId(), VoteKind::kFinalize, *slot);
  const View view = slot->view;
  Vote(finalize, SomeEndpoints());
  Vote(NullifyVote(era_->epoch, view), SomeEndpoints());
  for (const ViewRange& range : RangesOver(view))
    Vote(NullifyRangeVote(era_->epoch, range), SomeEndpoints());
}

void Liar::VoteInThePast() {
  const View past{1 + world_.rng.Below(ToInt(view_))};
  const std::vector<ViewRange> ranges = RangesOver(past);
  if (!ranges.empty() && world_.rng.Percent(30))
    return Vote(NullifyRangeVote(era_->epoch, ranges[world_.rng.Below(ranges.size())]),
                SomeEndpoints());
  if (world_.rng.Percent(50) || seen_slots_.empty())
    return Vote(NullifyVote(era_->epoch, past), SomeEndpoints());
  const Slot slot = seen_slots_[world_.rng.Below(seen_slots_.size())];
  Vote(VoteFor(LedgerId(), VoteKind::kFinalize, slot), SomeEndpoints());
}

void Liar::Impersonate() {
  const auto victim = static_cast<MemberIndex>(world_.rng.Below(committee_->size() + 1));
  const auto vote = NullifyVote(era_->epoch, view_);
  Tell(SomeEndpoints(), SignedVote{vote, victim, Sign(vote)});
  if (const Slot* slot = RecentSlot()) {
    const auto finalize = VoteFor(LedgerId(), VoteKind::kFinalize, *slot);
    Tell(SomeEndpoints(), SignedVote{finalize, victim, Sign(finalize)});
  }
}

void Liar::SpeakOfOtherEpochs() {
  const Epoch epoch{ToInt(era_->epoch) + (world_.rng.Percent(80) ? 1 : world_.rng.Below(1'000))};
  Vote(NullifyVote(epoch, View{1 + world_.rng.Below(8)}), SomeEndpoints());
  if (const Slot* recent = RecentSlot()) {
    Slot slot = *recent;
    slot.epoch = epoch;
    Vote(VoteFor(LedgerId(), VoteKind::kFinalize, slot), SomeEndpoints());
  }
  StatusMessage m;
  m.epoch = epoch;
  m.tip_height = Height{world_.rng.Below(100)};
  Tell(SomeEndpoints(), m);
}

void Liar::LieAboutStatus() {
  StatusMessage m;
  m.epoch = world_.rng.Percent(80) ? era_->epoch : Epoch{world_.rng.Below(5)};
  m.view = View{world_.rng.Below(1'000'000)};
  m.last_final = View{world_.rng.Below(1'000'000)};
  m.tip_height = Height{world_.rng.Below(1'000'000)};
  m.ask = world_.rng.Percent(50);
  Tell(SomeEndpoints(), m);
}

void Liar::Leak() {  // shows one member a certificate that others may not have
  if (held_.empty()) return;
  auto it = held_.begin();
  std::advance(it, static_cast<long>(world_.rng.Below(held_.size())));
  Tell({world_.rng.Below(world_.endpoint_count())}, it->second);
}

void Liar::Accuse() {
  if (!held_.empty()) {
    auto it = held_.begin();
    std::advance(it, static_cast<long>(world_.rng.Below(held_.size())));
    Certificate c = it->second;
    if (world_.rng.Percent(50)) c.signers.pop_back();       // one too few
    if (world_.rng.Percent(30)) c.vote.height = Height{7};  // other content, old signatures
    if (world_.rng.Percent(20) && !c.signers.empty()) c.signers.push_back(c.signers.back());
    Tell(SomeEndpoints(), c);
  }
  for (auto it = old_.rbegin(); it != old_.rend(); ++it) {
    const auto* p = std::get_if<Proposal>(&*it);
    if (p == nullptr || !p->block || p->slot.epoch != era_->epoch) continue;
    AccuseOfBlock(*p);
    break;
  }
  const Slot* slot = RecentSlot();
  if (slot == nullptr) return;
  const auto victim = static_cast<MemberIndex>(world_.rng.Below(committee_->size()));
  Evidence accusation;
  accusation.kind = EvidenceKind::kNullifyFinalize;
  const auto nullify = NullifyVote(era_->epoch, slot->view);
  const auto finalize = VoteFor(LedgerId(), VoteKind::kFinalize, *slot);
  accusation.first = SignedVote{nullify, victim, Sign(nullify)};
  accusation.second = SignedVote{finalize, victim, Sign(finalize)};
  Tell(SomeEndpoints(), EvidenceMessage{accusation});
}

// When the block is good, only the broken rule is missing.
void Liar::AccuseOfBlock(const Proposal& proposal) {
  Evidence accusation;
  accusation.kind = EvidenceKind::kBadBlock;
  accusation.first = SignedVote{VoteFor(LedgerId(), VoteKind::kNotarize, proposal.slot),
                                committee_->Leader(proposal.slot.view), proposal.signature};
  accusation.block = proposal.block->bytes;
  Tell(SomeEndpoints(), EvidenceMessage{accusation});
}

void Liar::SendJunkRecords() {
  if (serial_ > 60) return;  // a quota, as a real node has per peer
  std::vector<std::string> junk;
  for (int i = 0; i < 4; ++i) junk.push_back(fmt::format("a-junk-{}-{}", machine_, ++serial_));
  for (const ToyMember& m : era_->members) world_.SendRecords(endpoint_, m.machine, junk);
}

void Liar::Replay() {
  if (!old_.empty()) Tell(SomeEndpoints(), old_[world_.rng.Below(old_.size())]);
}

}  // namespace parley::sim
