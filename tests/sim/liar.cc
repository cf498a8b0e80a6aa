#include "tests/sim/liar.h"

#include "node/consensus/codec.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr size_t kRemember = 40;

Block JunkBlock(Height height) {
  ToyBlock b;
  b.height = height;
  b.records = {"never happened"};
  return MakeToyBlock(b);
}

}  // namespace

Liar::Liar(World& world, Committee committee, MemberIndex self)
    : world_(world), committee_(std::move(committee)), self_(self), signer_(ToInt(self)) {}

void Liar::ScheduleAct() {
  world_.At(world_.now_ms() + world_.rng.Range(20, 400), [this] {
    if (muted_) return;
    Act();
    ScheduleAct();
  });
}

void Liar::Act() {
  switch (world_.rng.Below(8)) {
    case 0:
    case 1:
      return ProposeRandomly();
    case 2:
    case 3:
      return VoteRandomly();
    case 4:
      return LieAboutStatus();
    case 5:
      return Leak();
    case 6:
      return Forge();
    default:
      if (!old_.empty()) Tell(SomeEndpoints(), old_[world_.rng.Below(old_.size())]);
  }
}

void Liar::Learn(const Certificate& c) {
  held_.try_emplace({c.vote.kind, c.vote.view}, c);
  view_ = std::max(view_, Next(c.vote.view));
}

void Liar::Learn(const SignedVote& v) {
  auto& signers = votes_[v.vote];
  signers.emplace(v.signer, v.signature);
  if (signers.size() < committee_.quorum()) return;
  Certificate c;
  c.vote = v.vote;
  for (const auto& [member, signature] : signers) c.signers.push_back({member, signature});
  Learn(c);
}

void Liar::Learn(const Justification& j) {
  if (j.parent) Learn(*j.parent);
  for (const Certificate& c : j.skips) Learn(c);
}

void Liar::Receive(MemberIndex from, const Message& message) {
  if (muted_) return;
  old_.push_back(message);
  if (old_.size() > kRemember) old_.erase(old_.begin());
  if (const auto* vote = std::get_if<SignedVote>(&message)) Learn(*vote);
  if (const auto* c = std::get_if<Certificate>(&message)) Learn(*c);
  if (const auto* p = std::get_if<Proposal>(&message)) {
    Learn(p->justification);
    seen_slots_.push_back(p->slot);
    if (seen_slots_.size() > kRemember) seen_slots_.erase(seen_slots_.begin());
    Learn(SignedVote{VoteFor(committee_.ledger_id(), VoteKind::kNotarize, p->slot), from,
                     p->signature});
    if (p->block) {
      const auto b = ReadToyBlock(*p->block->bytes);
      if (b.ok()) times_[p->block->id] = ToInt(b->time);
    }
  }
  if (const auto* r = std::get_if<SlotRequest>(&message); r && world_.rng.Percent(50)) {
    SlotAnswer junk;
    if (!seen_slots_.empty()) junk.slot = seen_slots_[world_.rng.Below(seen_slots_.size())];
    junk.block = JunkBlock(Height{1});
    Tell({world_.rng.Below(world_.endpoint_count())}, junk);
  }
  if (committee_.Leader(view_) == self_ && world_.rng.Percent(60)) ProposeRandomly();
  if (world_.rng.Percent(30)) VoteRandomly();
}

void Liar::ReceiveRecords(const std::vector<std::string>& records) {
  records_.insert(records_.end(), records.begin(), records.end());
}

std::vector<std::string> Liar::SomeRecords() {
  if (!records_.empty() && world_.rng.Percent(50))
    return {records_[world_.rng.Below(records_.size())]};
  if (world_.rng.Percent(10)) return {"twice", "twice"};
  if (world_.rng.Percent(10)) return {};
  return {fmt::format("lie-{}-{}", self_, ++serial_)};
}

void Liar::ProposeOn(View view, const Certificate* parent, const std::vector<std::string>& records,
                     const std::vector<size_t>& to) {
  Proposal p;
  Height height = committee_.first_height();
  BlockId block = committee_.first_block();
  p.slot.parent_slot = committee_.first_slot();
  if (parent != nullptr) {
    p.justification.parent = *parent;
    p.slot.parent_view = parent->vote.view;
    p.slot.parent_slot = parent->vote.slot;
    height = parent->vote.height;
    block = parent->vote.block;
  }
  for (View v = Next(p.slot.parent_view); v < view; v = Next(v)) {
    const auto skip = held_.find({VoteKind::kNullify, v});
    if (skip != held_.end()) p.justification.skips.push_back(skip->second);
  }
  p.slot.epoch = committee_.epoch();
  p.slot.view = view;
  if (records.empty()) {
    p.slot.kind = SlotKind::kCarry;
    p.slot.height = height;
    p.slot.block = block;
  } else {
    const uint64_t after = times_[block];
    ToyBlock b;
    b.parent = block;
    b.height = static_cast<Height>(ToInt(height) + 1);
    b.time = static_cast<TimeMs>(std::max(after + 1, 1'700'000'000'000 + world_.now_ms()));
    b.records = records;
    p.block = MakeToyBlock(b);
    p.slot.kind = SlotKind::kAppend;
    p.slot.height = b.height;
    p.slot.block = p.block->id;
    times_[p.block->id] = ToInt(b.time);
  }
  p.slot.justification = JustificationHash(committee_.ledger_id(), p.justification);
  const parley::consensus::Vote vote = VoteFor(committee_.ledger_id(), VoteKind::kNotarize, p.slot);
  p.signature = signer_.Sign(VoteBytes(committee_.ledger_id(), vote));
  seen_slots_.push_back(p.slot);
  Tell(to, p);
}

void Liar::ProposeRandomly() {
  View view = view_;
  while (committee_.Leader(view) != self_) view = Next(view);
  if (world_.rng.Percent(20)) view = static_cast<View>(ToInt(view) + committee_.size());
  std::vector<const Certificate*> parents{nullptr};
  for (const auto& [key, c] : held_) {
    if (key.first != VoteKind::kNullify && c.vote.view < view) parents.push_back(&c);
  }
  // Half of the time the newest parent, otherwise any: mostly an illegal one.
  const size_t pick =
      world_.rng.Percent(50) ? parents.size() - 1 : world_.rng.Below(parents.size());
  ProposeOn(view, parents[pick], SomeRecords(), SomeEndpoints());
  if (world_.rng.Percent(60)) ProposeOn(view, parents[pick], SomeRecords(), SomeEndpoints());
}

void Liar::Vote(const parley::consensus::Vote& vote, const std::vector<size_t>& to) {
  const SignedVote signed_vote{vote, self_, signer_.Sign(VoteBytes(committee_.ledger_id(), vote))};
  Learn(signed_vote);
  Tell(to, signed_vote);
}

void Liar::VoteRandomly() {
  if (!seen_slots_.empty()) {
    const size_t recent = std::min<size_t>(seen_slots_.size(), 4);
    const Slot slot = seen_slots_[seen_slots_.size() - 1 - world_.rng.Below(recent)];
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kFinalize}) {
      if (world_.rng.Percent(70))
        Vote(VoteFor(committee_.ledger_id(), kind, slot), SomeEndpoints());
    }
    if (world_.rng.Percent(50)) Vote(NullifyVote(committee_.epoch(), slot.view), SomeEndpoints());
  }
  if (world_.rng.Percent(30)) Vote(NullifyVote(committee_.epoch(), view_), SomeEndpoints());
}

void Liar::LieAboutStatus() {
  StatusMessage m;
  m.epoch = Epoch{world_.rng.Percent(80) ? 1 : world_.rng.Below(5)};
  m.view = View{world_.rng.Below(1'000'000)};
  m.last_final = View{world_.rng.Below(1'000'000)};
  m.tip_height = Height{world_.rng.Below(1'000'000)};
  Tell(SomeEndpoints(), m);
}

void Liar::Leak() {  // shows one member a certificate that others may not have
  if (held_.empty()) return;
  auto it = held_.begin();
  std::advance(it, static_cast<long>(world_.rng.Below(held_.size())));
  Certificate c = it->second;
  if (world_.rng.Percent(30) && c.signers.size() > 1) c.signers.pop_back();  // one too few
  if (world_.rng.Percent(20)) c.vote.height = Height{7};  // other content, old signatures
  Tell({world_.rng.Below(world_.endpoint_count())}, c);
}

void Liar::Forge() {
  const auto victim = static_cast<MemberIndex>(world_.rng.Below(committee_.size()));
  const parley::consensus::Vote vote = NullifyVote(committee_.epoch(), view_);
  SignedVote forged{vote, victim, signer_.Sign(VoteBytes(committee_.ledger_id(), vote))};
  Tell(SomeEndpoints(), forged);
  if (seen_slots_.empty()) return;
  Evidence accusation;
  accusation.kind = EvidenceKind::kNullifyFinalize;
  accusation.first = forged;
  accusation.first.vote = NullifyVote(committee_.epoch(), seen_slots_.back().view);
  accusation.second =
      SignedVote{VoteFor(committee_.ledger_id(), VoteKind::kFinalize, seen_slots_.back()), victim,
                 forged.signature};
  Tell(SomeEndpoints(), EvidenceMessage{accusation});
}

std::optional<FetchAnswer> Liar::Serve(Height first) {
  if (muted_) return std::nullopt;
  FetchAnswer out;
  out.blocks.push_back(JunkBlock(first));
  for (const auto& [key, c] : held_) {
    if (key.first == VoteKind::kFinalize) out.finalization = c;
  }
  return out;
}

std::vector<size_t> Liar::SomeEndpoints() {
  std::vector<size_t> out;
  const uint64_t share = world_.rng.Percent(30) ? 100 : 50;
  for (size_t i = 0; i < world_.endpoint_count(); ++i) {
    if (world_.member_of(i) != self_ && world_.rng.Percent(share)) out.push_back(i);
  }
  return out;
}

void Liar::Tell(const std::vector<size_t>& to, const Message& message) {
  for (const size_t i : to) {
    if (world_.member_of(i) != self_) world_.SendToEndpoint(endpoint_, i, message);
  }
}

}  // namespace parley::sim
