// The oracle's ears: what honest machines say, and who is proven guilty.

#include "tests/sim/oracle.h"
#include "tests/sim/oracle_format.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

void Oracle::OnSend(size_t machine, const Era& era, const Message& message, const Disk& disk) {
  if (!honest_.contains(machine)) return;
  const auto self = era.IndexOf(machine);
  // Who has another disk than it had may pass on certificates with votes that it has forgotten.
  const auto own = [&](const SignedVote& vote, bool relayed = false) {
    if (!self || vote.signer != *self || vote.vote.epoch != era.epoch) return;
    if (!relayed || !damaged_.contains(machine)) CheckVoteDurable(machine, vote, disk);
    Speak(machine, vote, disk);
  };
  if (const auto* vote = std::get_if<SignedVote>(&message)) own(*vote);
  if (const auto* p = std::get_if<Proposal>(&message); p != nullptr && self) {
    Vote vote{VoteKind::kNotarize, p->slot.epoch, p->slot.view, SlotId(),
              p->slot.height,      p->slot.block};
    vote.slot = Sha256<SlotId>(AsBytes(format::SlotText(p->slot)));
    own({vote, *self, p->signature});
  }
  if (const auto* c = std::get_if<Certificate>(&message)) {
    for (const Certificate::Signer& s : c->signers)
      own({c->vote, s.member, s.signature}, /*relayed=*/true);
  }
  if (const auto* e = std::get_if<EvidenceMessage>(&message)) CheckEvidence(e->evidence);
}

void Oracle::Speak(size_t machine, const SignedVote& sv, const Disk& disk) {
  if (static_cast<int>(sv.vote.kind) == 4) return SpeakOfRange(machine, sv.vote);
  Spoken& s = spoken_[{machine, {sv.vote.epoch, ToInt(sv.vote.view)}}];
  auto& cell = sv.vote.kind == VoteKind::kNotarize  ? s.notarize
               : sv.vote.kind == VoteKind::kNullify ? s.nullify
                                                    : s.finalize;
  if (cell && *cell != sv.vote && forgetful_.contains(machine)) return;
  if (cell && *cell != sv.vote)
    Violation(fmt::format("I8: machine {} signed two votes of one kind in view {}", machine,
                          sv.vote.view));
  const bool is_new = !cell;
  cell = sv.vote;
  if (forgetful_.contains(machine)) return;
  if ((s.nullify || s.in_range) && s.finalize)
    Violation(fmt::format("I8: machine {} nullified and finalized view {}", machine, sv.vote.view));
  if (s.notarize && s.finalize && s.notarize->slot != s.finalize->slot)
    Violation(fmt::format("I8: machine {} finalized another slot than it notarized in view {}",
                          machine, sv.vote.view));
  if (is_new && sv.vote.kind == VoteKind::kNotarize) CheckNotarized(sv.vote);
  if (is_new && sv.vote.kind == VoteKind::kFinalize && !damaged_.contains(machine) &&
      !disk.slots.contains(sv.vote.slot.ToString()))
    Violation(fmt::format("I7: machine {} finalized a slot of view {} that its disk does not have",
                          machine, sv.vote.view));
}

void Oracle::SpeakOfRange(size_t machine, const Vote& vote) {
  for (uint64_t v = format::FromView(vote); v <= ToInt(vote.view); ++v) {
    Spoken& s = spoken_[{machine, {vote.epoch, v}}];
    s.in_range = true;
    if (s.finalize && !forgetful_.contains(machine))
      Violation(
          fmt::format("I8: machine {} finalized view {} and gave it up in a range", machine, v));
  }
}

void Oracle::CheckNotarized(const Vote& vote) {
  const auto known = slots_.find(vote.slot.ToString());
  if (known == slots_.end())
    return Violation(fmt::format("I7: a notarized slot of view {} is on no disk", vote.view));
  const std::string& why = WhyIllegal(known->second);
  if (!why.empty())
    Violation(fmt::format("I4: an honest machine notarized a slot in view {}: {}", vote.view, why));
  if (known->second.slot.kind == SlotKind::kCarry) return;
  const auto block = blocks_.find(vote.block);
  if (block == blocks_.end())
    return Violation(fmt::format("I7: a notarized block of view {} is on no disk", vote.view));
  const auto parent = blocks_.find(block->second.parent);
  const EpochState* epoch = StateOf(vote.epoch);
  if (parent != blocks_.end() && parent->second.seal && block->second.parent != epoch->first_block)
    Violation(
        fmt::format("I11: an honest machine notarized a block after the seal, view {}", vote.view));
}

void Oracle::CheckVoteDurable(size_t machine, const SignedVote& vote, const Disk& disk) {
  if (disk.HasVote(vote)) return;
  if (vote.vote.epoch == disk.pruned_epoch && vote.vote.view <= disk.pruned) return;
  const auto reached = reached_.find(machine);
  if (reached != reached_.end() && vote.vote.epoch < reached->second) return;  // dropped whole
  Violation(fmt::format("I7: machine {} sent a vote of view {} that its disk does not have",
                        machine, vote.vote.view));
}

void Oracle::CheckEvidence(const Evidence& e) {
  ++evidence_seen_;
  const auto machine = MachineOf(e.first.vote.epoch, e.first.signer);
  if (machine && honest_.contains(*machine) && !forgetful_.contains(*machine))
    Violation(
        fmt::format("I9: honest machine {} is accused (E{})", *machine, static_cast<int>(e.kind)));
  if (!Genuine(e.first) || (e.second && !Genuine(*e.second)))
    Violation("I9: evidence with a bad signature was kept");
}

std::set<size_t> Oracle::Culprits(const std::vector<const Disk*>& disks) const {
  using Key = std::tuple<MemberIndex, Epoch, View>;
  std::map<Key, std::set<Vote>> said;
  std::vector<std::pair<Vote, MemberIndex>> for_slots;
  std::map<std::string, KnownSlot> slots;
  const auto add = [&](const Certificate& c) {
    for (const Certificate::Signer& s : c.signers) {
      if (!Genuine({c.vote, s.member, s.signature})) continue;
      for (uint64_t v = format::FromView(c.vote); v <= ToInt(c.vote.view); ++v)
        said[{s.member, c.vote.epoch, View{v}}].insert(c.vote);
      if (!format::GivesUp(c.vote)) for_slots.emplace_back(c.vote, s.member);
    }
  };
  for (const Disk* disk : disks) {
    for (const auto& [key, c] : disk->certificates) add(c);
    for (const Deliver& d : disk->ledger) {
      if (d.finalization) add(*d.finalization);
    }
    for (const auto& [id, s] : disk->slots) {
      slots.try_emplace(Sha256<Hash>(AsBytes(format::SlotText(s.slot))).ToString(),
                        KnownSlot{s.slot, s.justification, std::nullopt});
      if (s.justification.parent) add(*s.justification.parent);
      for (const Certificate& c : s.justification.skips) add(c);
    }
  }
  std::set<size_t> out;
  for (const auto& [key, votes] : said) {
    size_t notarize = 0, nullify = 0, finalize = 0;
    std::set<SlotId> named;
    for (const Vote& v : votes) {
      notarize += v.kind == VoteKind::kNotarize;
      nullify += format::GivesUp(v);
      finalize += v.kind == VoteKind::kFinalize;
      if (!format::GivesUp(v)) named.insert(v.slot);
    }
    if (notarize > 1 || finalize > 1 || (nullify > 0 && finalize > 0) ||
        (finalize > 0 && named.size() > 1))
      out.insert(*MachineOf(std::get<Epoch>(key), std::get<MemberIndex>(key)));
  }
  for (const auto& [vote, member] : for_slots) {
    const auto known = slots.find(vote.slot.ToString());
    if (known != slots.end() && !WhyIllegal(known->second).empty())
      out.insert(*MachineOf(vote.epoch, member));
  }
  return out;
}

}  // namespace parley::sim
