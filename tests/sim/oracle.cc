#include "tests/sim/oracle.h"

#include <algorithm>

#include "tests/sim/oracle_format.h"
#include "tests/sim/toy_app.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

Oracle::Oracle(const std::vector<ToyMember>& first_members, std::set<size_t> honest)
    : honest_(std::move(honest)), genesis_(ToyGenesis().id) {
  epochs_[Epoch{1}] = BeginEpoch(first_members, ToyGenesis(), Epoch{1});
}

Oracle::EpochState Oracle::BeginEpoch(const std::vector<ToyMember>& members, const Block& first,
                                      Epoch epoch) {
  EpochState out;
  out.members = members;
  out.first_block = first.id;
  Slot slot;  // of view 0: carries the epoch's first block, with nothing before it
  slot.epoch = epoch;
  slot.kind = SlotKind::kCarry;
  slot.height = first.height;
  slot.block = first.id;
  out.first_slot = Sha256<Hash>(AsBytes(format::SlotText(slot))).ToString();
  return out;
}

const Oracle::EpochState* Oracle::StateOf(Epoch epoch) const {
  const auto it = epochs_.find(epoch);
  return it == epochs_.end() ? nullptr : &it->second;
}

std::optional<size_t> Oracle::MachineOf(Epoch epoch, MemberIndex m) const {
  const EpochState* state = StateOf(epoch);
  if (state == nullptr || ToInt(m) >= state->members.size()) return std::nullopt;
  return state->members[ToInt(m)].machine;
}

void Oracle::Violation(const std::string& text) {
  if (violation_.empty()) violation_ = text;
}

void Oracle::Fork(const std::string& text) {
  forked_ = true;
  if (!forks_allowed_) Violation(text);
}

uint64_t Oracle::last_final_view() const {
  const EpochState& newest = epochs_.rbegin()->second;
  return newest.finals.empty() ? 0 : newest.finals.rbegin()->first;
}

bool Oracle::Genuine(const SignedVote& vote) const {
  const EpochState* state = StateOf(vote.vote.epoch);
  if (state == nullptr || ToInt(vote.signer) >= state->members.size()) return false;
  const ToyMember& member = state->members[ToInt(vote.signer)];
  const std::string bytes = format::VoteText(vote.vote);
  return verifier_.Verify(ToyKey(member.machine, member.generation), AsBytes(bytes),
                          vote.signature);
}

std::string Oracle::WhyBad(const Certificate& c) const {
  const EpochState* state = StateOf(c.vote.epoch);
  if (state == nullptr) return fmt::format("epoch {} has not begun", c.vote.epoch);
  std::set<MemberIndex> distinct;
  for (const Certificate::Signer& s : c.signers) {
    if (!Genuine({c.vote, s.member, s.signature})) return "a signature does not verify";
    distinct.insert(s.member);
  }
  if (distinct.size() < state->quorum())
    return fmt::format("{} of {} signers", distinct.size(), state->quorum());
  return "";
}

void Oracle::Certified(const Certificate& c) {
  // Each certificate is looked at once; it is immutable.
  if (!checked_certificates_.insert(format::CertificateText(c)).second) return;
  if (const std::string why = WhyBad(c); !why.empty())
    return Violation(
        fmt::format("I10: a bad certificate was accepted in view {}: {}", c.vote.view, why));
  EpochState& epoch = epochs_[c.vote.epoch];
  const uint64_t v = ToInt(c.vote.view);
  if (format::GivesUp(c.vote)) {
    for (uint64_t w = format::FromView(c.vote); w <= v; ++w) {
      epoch.nullified.insert(w);
      if (epoch.finals.contains(w)) Fork(fmt::format("I2: view {} nullified and final", w));
    }
    return;
  }
  if (c.vote.kind == VoteKind::kFinalize) return Final(epoch, c.vote);
  const auto [it, is_new] = epoch.notarized.emplace(v, c.vote);
  if (!is_new && it->second.slot != c.vote.slot)
    Fork(fmt::format("I3: two slots notarized in view {}", v));
}

void Oracle::Final(EpochState& epoch, const Vote& vote) {
  const uint64_t v = ToInt(vote.view), height = ToInt(vote.height);
  const auto [it, is_new] = epoch.finals.emplace(v, vote);
  if (!is_new && it->second != vote) Fork(fmt::format("I1: two slots final in view {}", v));
  if (epoch.nullified.contains(v)) Fork(fmt::format("I2: view {} final and nullified", v));
  const auto n = epoch.notarized.find(v);
  if (n == epoch.notarized.end() || n->second.slot != vote.slot)
    Fork(fmt::format("I4: view {} is final and its slot was never notarized", v));
  if (height > 0 && height <= chain_.size() && chain_[height - 1] != vote.block)
    Fork(fmt::format("I5: view {} makes another block final at height {}", v, height));
  if (epoch.seal && height >= ToInt(epoch.seal->height) && vote.block != epoch.seal->id)
    Fork(
        fmt::format("I13: view {} of epoch {} makes a block final beyond its seal", v, vote.epoch));
  if (is_new) Chain(epoch, v, vote.slot.ToString());
  const auto next = epoch.finals.upper_bound(v);
  if (is_new && next != epoch.finals.end()) Chain(epoch, next->first, next->second.slot.ToString());
}

void Oracle::Chain(const EpochState& epoch, uint64_t view, const std::string& slot) {
  // Walk back to the previous final view: the path must meet its slot and jump over no final view.
  const auto it = epoch.finals.find(view);
  const bool first = it == epoch.finals.begin();
  const uint64_t previous = first ? 0 : std::prev(it)->first;
  const std::string want = first ? epoch.first_slot : std::prev(it)->second.slot.ToString();
  std::string at = slot;
  uint64_t v = view;
  while (v > previous) {
    const auto known = slots_.find(at);
    if (known == slots_.end()) return;  // nobody honest has it: the chain is checked by heights
    const std::string& why = WhyIllegal(known->second);
    if (!why.empty()) return Fork(fmt::format("I4: the slot final in view {}: {}", view, why));
    v = ToInt(known->second.slot.parent_view);
    at = known->second.slot.parent_slot.ToString();
  }
  if (v != previous || at != want)
    Fork(fmt::format("I4: final view {} does not descend from final view {}", view, previous));
}

const std::string& Oracle::WhyIllegal(const KnownSlot& known) const {
  if (!known.why_illegal) known.why_illegal = FindIllegal(known);
  return *known.why_illegal;
}

std::string Oracle::FindIllegal(const KnownSlot& known) const {
  const Slot& s = known.slot;
  const Justification& j = known.justification;
  const EpochState* epoch = StateOf(s.epoch);
  if (epoch == nullptr) return "of an epoch that has not begun";
  const uint64_t parent = ToInt(s.parent_view), view = ToInt(s.view);
  if (Sha256<Hash>(AsBytes(format::JustificationText(j))) != s.justification)
    return "names another justification";
  if (parent >= view) return "its parent is not in an earlier view";
  std::set<uint64_t> given_up;
  for (const Certificate& skip : j.skips) {
    if (!format::GivesUp(skip.vote) || skip.vote.epoch != s.epoch || !WhyBad(skip).empty())
      return "a bad nullification";
    for (uint64_t w = format::FromView(skip.vote); w <= ToInt(skip.vote.view); ++w)
      given_up.insert(w);
  }
  for (uint64_t w = parent + 1; w < view; ++w)
    if (!given_up.contains(w))
      return fmt::format("view {} is skipped without its nullification", w);
  if (parent == 0 && s.parent_slot.ToString() != epoch->first_slot) return "another first slot";
  if (parent == 0) return j.parent ? "a certificate for the first slot" : "";
  if (!j.parent || format::GivesUp(j.parent->vote)) return "an uncertified parent";
  if (j.parent->vote.slot != s.parent_slot || j.parent->vote.view != s.parent_view ||
      j.parent->vote.epoch != s.epoch || !WhyBad(*j.parent).empty())
    return "a parent with a bad certificate";
  return "";
}

void Oracle::Learn(const persist::StoredSlot& s) {
  const std::string id = Sha256<Hash>(AsBytes(format::SlotText(s.slot))).ToString();
  slots_.try_emplace(id, KnownSlot{s.slot, s.justification, std::nullopt});
}

void Oracle::CheckSealed(size_t machine, const Certificate& c) {
  const auto it = reached_.find(machine);
  if (it == reached_.end() || c.vote.epoch >= it->second) return;
  const EpochState* old = StateOf(c.vote.epoch);
  // Who has left may still learn that the seal was made final once more.
  if (old != nullptr && old->seal && c.vote.kind == VoteKind::kFinalize &&
      c.vote.block == old->seal->id)
    return;
  Violation(fmt::format("I13: machine {} accepted a certificate of epoch {} in epoch {}", machine,
                        c.vote.epoch, it->second));
}

void Oracle::OnDurable(size_t machine, const Batch& batch, const Disk&) {
  for (const Persist& p : batch.effects.persist) {
    if (const auto* s = std::get_if<persist::StoredSlot>(&p)) Learn(*s);
    if (const auto* b = std::get_if<persist::StoredBlock>(&p))
      blocks_[b->block.id] = {b->block.parent, b->block.seal};
  }
  for (const Persist& p : batch.effects.persist) {
    if (const auto* s = std::get_if<persist::StoredSlot>(&p)) {
      if (s->justification.parent) Certified(*s->justification.parent);
      for (const Certificate& c : s->justification.skips) Certified(c);
    }
    if (const auto* c = std::get_if<persist::StoredCertificate>(&p)) {
      CheckSealed(machine, c->certificate);
      Certified(c->certificate);
    }
    if (const auto* e = std::get_if<persist::StoredEvidence>(&p)) CheckEvidence(e->evidence);
  }
  for (const Deliver& d : batch.effects.deliver) Delivered(machine, d);
}

void Oracle::Delivered(size_t machine, const Deliver& d) {
  if (d.finalization) Certified(*d.finalization);
  uint64_t& height = heights_[machine];
  if (ToInt(d.block.height) != height + 1)
    Violation(fmt::format("I5: machine {} delivered height {} after {}", machine, d.block.height,
                          height));
  height = ToInt(d.block.height);
  if (height <= chain_.size() && chain_[height - 1] != d.block.id)
    Fork(fmt::format("I5: two ledgers differ at height {}", height));
  if (height == chain_.size() + 1) Extend(d.block);
  if (d.block.seal) reached_[machine] = Epoch{ToInt(d.block.epoch) + 1};
}

void Oracle::Extend(const Block& block) {
  const BlockId parent = chain_.empty() ? genesis_ : chain_.back();
  if (block.parent != parent) Fork(fmt::format("I5: height {} has another parent", block.height));
  if (block.epoch != epoch())
    Fork(fmt::format("I5: height {} is of epoch {}, not {}", block.height, block.epoch, epoch()));
  chain_.push_back(block.id);
  blocks_[block.id] = {block.parent, block.seal};
  const auto b = ReadToyBlock(*block.bytes);
  if (!b.ok()) return Violation("I5: an unreadable block became final");
  for (const std::string& r : b->records) {
    if (!records_.insert(r).second) Fork(fmt::format("I5: record {} is final twice", r));
    if (LooksLikeCharter(r) != (&r == &b->records.back() && block.seal))
      Fork(fmt::format("I5: a charter in the midst of block {}", block.height));
  }
  if (!block.seal) return;
  const auto charter = ReadCharter(b->records.back());
  const Epoch next{ToInt(block.epoch) + 1};
  if (!charter || charter->epoch != next) return Fork("I5: a seal without the next charter");
  EpochState& old = epochs_[block.epoch];
  old.seal = block;
  for (const auto& [view, vote] : old.finals) {
    if (vote.height > block.height)
      Fork(fmt::format("I13: view {} of epoch {} is final beyond its seal", view, block.epoch));
  }
  epochs_[next] = BeginEpoch(charter->members, block, next);
  if (on_new_epoch) on_new_epoch(block);
}

void Oracle::OnStep(size_t machine, const Era& era, const CoreStatus& s) {
  EpochView& final_view = final_views_[machine];
  const EpochView now{s.epoch, ToInt(s.last_final)};
  if (now < final_view)
    Violation(fmt::format("I6: machine {} fell back from final view {} of epoch {} to {} of {}",
                          machine, final_view.second, final_view.first, s.last_final, s.epoch));
  final_view = now;
  const size_t n = era.members.size();
  const size_t views = ToInt(s.view) - ToInt(s.last_final) + 6;
  if (s.held_votes > views * 3 * n || s.held_certificates > views * 3 ||
      s.held_slots > 2 * views + 40 || s.held_blocks > 2 * views + 60)
    Violation(fmt::format(
        "I12: machine {} holds {} votes, {} certificates, {} slots, {} blocks for {} views",
        machine, s.held_votes, s.held_certificates, s.held_slots, s.held_blocks, views));
}

void Oracle::OnRestart(size_t machine, const Era& era, const CoreStatus& s) {
  // What was not durable may be forgotten, what was delivered durably may not.
  final_views_[machine] = {s.epoch, ToInt(s.last_final)};
  if (ToInt(s.tip_height) != heights_[machine])
    Violation(fmt::format("I6: machine {} restarted at height {} instead of {}", machine,
                          s.tip_height, heights_[machine]));
  const auto it = reached_.find(machine);
  const Epoch reached = it == reached_.end() ? Epoch{1} : it->second;
  if (era.epoch != reached)
    Violation(fmt::format("I6: machine {} restarted in epoch {} instead of {}", machine, era.epoch,
                          reached));
}

void Oracle::OnDiskReplaced(size_t machine, const Disk& disk) {
  OnDamaged(machine);
  heights_[machine] = disk.ledger.size();
  reached_[machine] = disk.EraNow({})->epoch;
  final_views_[machine] = {};
}

void Oracle::OnRefused(size_t machine, const std::string& why) {
  if (!damaged_.contains(machine)) Violation("restart refused: " + why);
}

void Oracle::OnAlarm(size_t machine, const Alarm& alarm) {
  if (!forks_allowed_ && !damaged_.contains(machine))
    Violation(fmt::format("machine {} raised an alarm: {}", machine, alarm.text));
}

}  // namespace parley::sim
