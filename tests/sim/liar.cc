#include "tests/sim/liar.h"

#include "base/check.h"
#include "node/consensus/codec.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr size_t kRemember = 60;

Block JunkBlock(Height height) {
  ToyBlock b;
  b.height = height;
  b.records = {"never happened"};
  return MakeToyBlock(b);
}

}  // namespace

Liar::Liar(World& world, std::shared_ptr<const Era> era, size_t machine, uint32_t lies)
    : world_(world), machine_(machine), lies_(lies) {
  EnterEra(std::move(era));
}

void Liar::EnterEra(std::shared_ptr<const Era> era) {
  era_ = std::move(era);
  self_ = era_->IndexOf(machine_);
  auto committee = Committee::Create(LedgerId(), era_->epoch, KeysOf(era_->members), era_->first.id,
                                     era_->first.height);
  PARLEY_CHECK(committee.ok());
  committee_ = std::make_unique<Committee>(std::move(*committee));
  signer_ =
      std::make_unique<ToySigner>(machine_, self_ ? era_->members[ToInt(*self_)].generation : 0);
  view_ = View{1};
  last_final_ = era_->first.id;
  held_.clear();
  votes_.clear();
  seen_slots_.clear();
  const auto first = ReadToyBlock(*era_->first.bytes);
  if (first.ok()) times_[era_->first.id] = ToInt(first->time);
}

void Liar::ScheduleAct() {
  world_.At(world_.now_ms() + world_.rng.Range(20, 400), [this] {
    if (muted_) return;
    const Lie lie = static_cast<Lie>(world_.rng.Below(kLies));
    if (is_member() && Lies(lie)) Act(lie);
    ScheduleAct();
  });
}

void Liar::Learn(const Certificate& c) {
  if (c.vote.kind == VoteKind::kFinalize) last_final_ = c.vote.block;
  held_.try_emplace({c.vote.kind, c.vote.view}, c);
  view_ = std::max(view_, Next(c.vote.view));
}

void Liar::Learn(const SignedVote& v) {
  if (v.vote.epoch != era_->epoch) return;
  auto& signers = votes_[v.vote];
  signers.emplace(v.signer, v.signature);
  if (signers.size() != committee_->quorum()) return;
  Certificate c;
  c.vote = v.vote;
  for (const auto& [member, signature] : signers) c.signers.push_back({member, signature});
  Learn(c);
}

void Liar::Learn(const Justification& j) {
  if (j.parent) Learn(*j.parent);
  for (const Certificate& c : j.skips) Learn(c);
}

void Liar::Learn(const Proposal& p, MemberIndex from) {
  if (p.slot.epoch != era_->epoch) return;
  Learn(p.justification);
  seen_slots_.push_back(p.slot);
  if (seen_slots_.size() > kRemember) seen_slots_.erase(seen_slots_.begin());
  Learn(SignedVote{VoteFor(LedgerId(), VoteKind::kNotarize, p.slot), from, p.signature});
  if (!p.block) return;
  const auto b = ReadToyBlock(*p.block->bytes);
  if (b.ok()) times_[p.block->id] = ToInt(b->time);
}

void Liar::Receive(size_t from_machine, const Message& message) {
  const auto from = era_->IndexOf(from_machine);
  if (muted_ || !from) return;
  if (old_.size() < kRemember) {
    old_.push_back(message);
  } else if (world_.rng.Percent(20)) {  // some of the old ones stay for long
    old_[old_turn_++ % kRemember] = message;
  }
  if (const auto* vote = std::get_if<SignedVote>(&message)) Learn(*vote);
  if (const auto* c = std::get_if<Certificate>(&message); c && c->vote.epoch == era_->epoch)
    Learn(*c);
  if (const auto* p = std::get_if<Proposal>(&message)) Learn(*p, *from);
  if (!is_member()) return;
  if (std::holds_alternative<SlotRequest>(message) && Lies(Lie::kGarbage)) {
    SlotAnswer junk;
    if (const Slot* slot = RecentSlot()) junk.slot = *slot;
    junk.block = JunkBlock(Height{1});
    Tell({world_.rng.Below(world_.endpoint_count())}, junk);
  }
  if (committee_->Leader(view_) == *self_ && world_.rng.Percent(60)) ProposeLegally();
  if (std::holds_alternative<Proposal>(message) || world_.rng.Percent(15)) {
    const Lie lie = static_cast<Lie>(world_.rng.Below(kLies));
    if (Lies(lie)) Act(lie);
  }
}

void Liar::ReceiveRecords(const std::vector<std::string>& records) {
  if (records_.size() < 1'000) records_.insert(records_.end(), records.begin(), records.end());
}

std::vector<std::string> Liar::SomeRecords() {
  if (!records_.empty() && world_.rng.Percent(50))
    return {records_[world_.rng.Below(records_.size())]};
  if (world_.rng.Percent(10)) return {"twice", "twice"};
  if (world_.rng.Percent(10)) return {};
  if (world_.rng.Percent(5)) return {"charter:2:0.0,:0123456789abcdef"};  // without consent
  return {fmt::format("lie-{}-{}", machine_, ++serial_)};
}

Signature Liar::Sign(const parley::consensus::Vote& vote) {
  return signer_->Sign(VoteBytes(LedgerId(), vote));
}

void Liar::ProposeOn(View view, const Certificate* parent, const std::vector<std::string>& records,
                     const std::vector<size_t>& to) {
  Proposal p;
  Height height = committee_->first_height();
  BlockId block = committee_->first_block();
  p.slot.parent_slot = committee_->first_slot();
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
  p.slot.epoch = era_->epoch;
  p.slot.view = view;
  if (records.empty()) {
    p.slot.kind = SlotKind::kCarry;
    p.slot.height = height;
    p.slot.block = block;
  } else {
    ToyBlock b;
    b.parent = block;
    b.height = static_cast<Height>(ToInt(height) + 1);
    b.epoch = era_->epoch;
    b.time = static_cast<TimeMs>(std::max(times_[block] + 1, 1'700'000'000'000 + world_.now_ms()));
    b.records = records;
    p.block = MakeToyBlock(b);
    p.slot.kind = SlotKind::kAppend;
    p.slot.height = b.height;
    p.slot.block = p.block->id;
    times_[p.block->id] = ToInt(b.time);
  }
  p.slot.justification = JustificationHash(LedgerId(), p.justification);
  p.signature = Sign(VoteFor(LedgerId(), VoteKind::kNotarize, p.slot));
  if (Lies(Lie::kGarbage) && world_.rng.Percent(10)) p.signature = Signature();
  seen_slots_.push_back(p.slot);
  Tell(to, p);
}

void Liar::Vote(const parley::consensus::Vote& vote, const std::vector<size_t>& to) {
  if (!is_member()) return;
  const SignedVote signed_vote{vote, *self_, Sign(vote)};
  Learn(signed_vote);
  Tell(to, signed_vote);
}

std::optional<FetchAnswer> Liar::Serve(Height first) {
  if (muted_ || Lies(Lie::kSlowDrip)) return std::nullopt;  // the question times out
  FetchAnswer out;
  if (Lies(Lie::kGarbage) && is_member() && world_.rng.Percent(50)) return ForgedAnswer(first);
  out.blocks.push_back(JunkBlock(first));
  for (const auto& [key, c] : held_) {
    if (key.first == VoteKind::kFinalize) out.finalization = c;
  }
  return out;
}

// A block on a real one, and a finalization of it that nobody else has signed.
FetchAnswer Liar::ForgedAnswer(Height first) {
  ToyBlock b;
  b.parent = last_final_;
  b.height = first;
  b.epoch = era_->epoch;
  b.time = static_cast<TimeMs>(1'700'000'000'000 + world_.now_ms());
  b.records = {fmt::format("forged-{}", ++serial_)};
  FetchAnswer out;
  out.blocks.push_back(MakeToyBlock(b));
  Certificate c;
  c.vote = {VoteKind::kFinalize, era_->epoch, Next(view_), SlotId(), first, out.blocks[0].id};
  for (uint8_t m = 0; m < committee_->quorum(); ++m)
    c.signers.push_back({MemberIndex{m}, Sign(c.vote)});
  out.finalization = c;
  return out;
}

const Slot* Liar::RecentSlot() {
  if (seen_slots_.empty()) return nullptr;
  const size_t recent = std::min<size_t>(seen_slots_.size(), 4);
  return &seen_slots_[seen_slots_.size() - 1 - world_.rng.Below(recent)];
}

std::vector<size_t> Liar::SomeEndpoints() {
  std::vector<size_t> out;
  const uint64_t share = world_.rng.Percent(30) ? 100 : 50;
  for (size_t i = 0; i < world_.endpoint_count(); ++i) {
    if (world_.machine_of(i) != machine_ && world_.rng.Percent(share)) out.push_back(i);
  }
  return out;
}

void Liar::Tell(const std::vector<size_t>& to, const Message& message) {
  const auto shared = std::make_shared<const Message>(message);
  for (const size_t i : to) {
    if (world_.machine_of(i) != machine_) world_.SendToEndpoint(endpoint_, i, shared);
  }
}

}  // namespace parley::sim
