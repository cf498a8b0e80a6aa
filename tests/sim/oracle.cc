#include "tests/sim/oracle.h"

#include <algorithm>

#include "tests/sim/oracle_format.h"
#include "tests/sim/toy_app.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

Oracle::Oracle(size_t n, std::set<MemberIndex> honest, const Block& first)
    : n_(n), q_(n - (n - 1) / 3), honest_(std::move(honest)), first_(first) {}

void Oracle::Violation(const std::string& text) {
  if (violation_.empty()) violation_ = text;
}

void Oracle::Fork(const std::string& text) {
  forked_ = true;
  if (!forks_allowed_) Violation(text);
}

bool Oracle::Genuine(const SignedVote& vote) const {
  if (ToInt(vote.signer) >= n_) return false;
  const std::string bytes = format::VoteText(vote.vote);
  return verifier_.Verify(ToyKey(ToInt(vote.signer)), AsBytes(bytes), vote.signature);
}

std::string Oracle::IdOf(const Slot& slot) const {
  return Sha256<Hash>(AsBytes(format::SlotText(slot))).ToString();
}

std::string Oracle::WhyBad(const Certificate& c) const {
  std::set<MemberIndex> distinct;
  for (const Certificate::Signer& s : c.signers) {
    if (!Genuine({c.vote, s.member, s.signature})) return "a signature does not verify";
    distinct.insert(s.member);
  }
  if (distinct.size() < q_) return fmt::format("{} of {} signers", distinct.size(), q_);
  return "";
}

void Oracle::Certified(const Certificate& c) {
  // Each certificate is looked at once; it is immutable.
  if (!checked_certificates_.insert(format::CertificateText(c)).second) return;
  if (const std::string why = WhyBad(c); !why.empty())
    return Violation(
        fmt::format("I10: a bad certificate was accepted in view {}: {}", c.vote.view, why));
  const uint64_t v = ToInt(c.vote.view);
  if (c.vote.kind == VoteKind::kNullify) {
    nullified_.insert(v);
    if (finals_.contains(v)) Fork(fmt::format("I2: view {} nullified and final", v));
    return;
  }
  if (c.vote.kind == VoteKind::kFinalize) return Final(c.vote);
  const auto [it, is_new] = notarized_.emplace(v, c.vote);
  if (!is_new && it->second.slot != c.vote.slot)
    Fork(fmt::format("I3: two slots notarized in view {}", v));
}

void Oracle::Final(const Vote& vote) {
  const uint64_t v = ToInt(vote.view);
  const auto [it, is_new] = finals_.emplace(v, vote);
  if (!is_new && it->second != vote) Fork(fmt::format("I1: two slots final in view {}", v));
  if (nullified_.contains(v)) Fork(fmt::format("I2: view {} final and nullified", v));
  const auto n = notarized_.find(v);
  if (n == notarized_.end() || n->second.slot != vote.slot)
    Fork(fmt::format("I4: view {} is final and its slot was never notarized", v));
  if (is_new) Chain(v, vote.slot.ToString());
  const auto next = finals_.upper_bound(v);
  if (is_new && next != finals_.end()) Chain(next->first, next->second.slot.ToString());
}

void Oracle::Chain(uint64_t view, const std::string& slot) {
  // Walk back to the previous final view: the path must meet its slot and jump over no final view.
  const auto it = finals_.find(view);
  if (it == finals_.begin()) return;
  const auto& [previous, vote] = *std::prev(it);
  std::string at = slot;
  uint64_t v = view;
  while (v > previous) {
    const auto known = slots_.find(at);
    if (known == slots_.end()) return;  // nobody honest has it: the chain is checked by heights
    const std::string why = WhyIllegal(known->second);
    if (!why.empty()) return Fork(fmt::format("I4: the slot final in view {}: {}", view, why));
    v = ToInt(known->second.slot.parent_view);
    at = known->second.slot.parent_slot.ToString();
  }
  if (v != previous || at != vote.slot.ToString())
    Fork(fmt::format("I4: final view {} does not descend from final view {}", view, previous));
}

std::string Oracle::WhyIllegal(const KnownSlot& known) const {
  const Slot& s = known.slot;
  const Justification& j = known.justification;
  const uint64_t parent = ToInt(s.parent_view), view = ToInt(s.view);
  if (Sha256<Hash>(AsBytes(format::JustificationText(j))) != s.justification)
    return "names another justification";
  if (parent >= view) return "its parent is not in an earlier view";
  if (j.skips.size() != view - parent - 1) return "skipped views without nullifications";
  for (size_t i = 0; i < j.skips.size(); ++i) {
    const Vote& vote = j.skips[i].vote;
    if (vote.kind != VoteKind::kNullify || ToInt(vote.view) != parent + 1 + i ||
        !WhyBad(j.skips[i]).empty())
      return fmt::format("view {} is skipped without its nullification", parent + 1 + i);
  }
  if (parent == 0) return j.parent ? "a certificate for the first slot" : "";
  if (!j.parent || j.parent->vote.kind == VoteKind::kNullify) return "an uncertified parent";
  if (j.parent->vote.slot != s.parent_slot || j.parent->vote.view != s.parent_view ||
      !WhyBad(*j.parent).empty())
    return "a parent with a bad certificate";
  return "";
}

void Oracle::Speak(const SignedVote& sv) {
  if (!honest_.contains(sv.signer)) return;
  Spoken& s = spoken_[{sv.signer, ToInt(sv.vote.view)}];
  auto& cell = sv.vote.kind == VoteKind::kNotarize  ? s.notarize
               : sv.vote.kind == VoteKind::kNullify ? s.nullify
                                                    : s.finalize;
  if (cell && *cell != sv.vote)
    Violation(fmt::format("I8: member {} signed two votes of one kind in view {}", sv.signer,
                          sv.vote.view));
  const bool is_new = !cell;
  cell = sv.vote;
  if (s.nullify && s.finalize)
    Violation(
        fmt::format("I8: member {} nullified and finalized view {}", sv.signer, sv.vote.view));
  if (s.notarize && s.finalize && s.notarize->slot != s.finalize->slot)
    Violation(fmt::format("I8: member {} finalized another slot than it notarized in view {}",
                          sv.signer, sv.vote.view));
  if (is_new && sv.vote.kind == VoteKind::kNotarize) CheckNotarized(sv.vote);
}

void Oracle::CheckNotarized(const Vote& vote) {
  const auto known = slots_.find(vote.slot.ToString());
  if (known == slots_.end())
    return Violation(fmt::format("I7: a notarized slot of view {} is on no disk", vote.view));
  const std::string why = WhyIllegal(known->second);
  if (!why.empty())
    Violation(fmt::format("I4: an honest member notarized a slot in view {}: {}", vote.view, why));
}

void Oracle::CheckVoteDurable(const SignedVote& vote, const Disk& disk) {
  if (!disk.HasVote(vote) && vote.vote.view > disk.pruned)
    Violation(fmt::format("I7: member {} sent a vote of view {} that its disk does not have",
                          vote.signer, vote.vote.view));
}

void Oracle::OnSend(MemberIndex from, const Message& message, const Disk& disk) {
  const auto own = [&](const SignedVote& vote) {
    if (vote.signer != from || wiped_.contains(from)) return;
    CheckVoteDurable(vote, disk);
    Speak(vote);
  };
  if (const auto* vote = std::get_if<SignedVote>(&message)) own(*vote);
  if (const auto* p = std::get_if<Proposal>(&message)) {
    Vote vote{VoteKind::kNotarize, p->slot.epoch, p->slot.view, SlotId(),
              p->slot.height,      p->slot.block};
    vote.slot = Sha256<SlotId>(AsBytes(format::SlotText(p->slot)));
    own({vote, from, p->signature});
  }
  if (const auto* c = std::get_if<Certificate>(&message)) {
    for (const Certificate::Signer& s : c->signers) own({c->vote, s.member, s.signature});
  }
  if (const auto* e = std::get_if<EvidenceMessage>(&message)) CheckEvidence(e->evidence);
}

void Oracle::OnDurable(MemberIndex member, const Batch& batch, const Disk&) {
  for (const Persist& p : batch.effects.persist) {
    if (const auto* s = std::get_if<persist::StoredSlot>(&p))
      slots_.try_emplace(IdOf(s->slot), KnownSlot{s->slot, s->justification});
  }
  for (const Persist& p : batch.effects.persist) {
    if (const auto* s = std::get_if<persist::StoredSlot>(&p)) {
      if (s->justification.parent) Certified(*s->justification.parent);
      for (const Certificate& c : s->justification.skips) Certified(c);
    }
    if (const auto* c = std::get_if<persist::StoredCertificate>(&p)) Certified(c->certificate);
    if (const auto* e = std::get_if<persist::StoredEvidence>(&p)) CheckEvidence(e->evidence);
  }
  for (const Deliver& d : batch.effects.deliver) Delivered(member, d);
}

void Oracle::Delivered(MemberIndex member, const Deliver& d) {
  if (d.finalization) Certified(*d.finalization);
  uint64_t& height = heights_[member];
  if (ToInt(d.block.height) != height + 1)
    Violation(
        fmt::format("I5: member {} delivered height {} after {}", member, d.block.height, height));
  height = ToInt(d.block.height);
  const BlockId& parent = height == 1 ? first_.id : chain_[std::min(height - 2, chain_.size() - 1)];
  if (height <= chain_.size()) {
    if (chain_[height - 1] != d.block.id)
      Fork(fmt::format("I5: two ledgers differ at height {}", height));
    return;
  }
  if (d.block.parent != parent) Fork(fmt::format("I5: height {} has another parent", height));
  chain_.push_back(d.block.id);
  const auto b = ReadToyBlock(*d.block.bytes);
  if (!b.ok()) return Violation("I5: an unreadable block became final");
  for (const std::string& r : b->records) {
    if (!records_.insert(r).second) Fork(fmt::format("I5: record {} is final twice", r));
  }
}

void Oracle::OnStep(MemberIndex member, const CoreStatus& s) {
  uint64_t& final_view = final_views_[member];
  if (ToInt(s.last_final) < final_view)
    Violation(fmt::format("I6: member {} fell back from final view {} to {}", member, final_view,
                          s.last_final));
  final_view = ToInt(s.last_final);
  const size_t views = ToInt(s.view) - ToInt(s.last_final) + 6;
  if (s.held_votes > views * 3 * n_ || s.held_certificates > views * 3 ||
      s.held_slots > 2 * views + 40 || s.held_blocks > 2 * views + 60)
    Violation(
        fmt::format("I12: member {} holds {} votes, {} certificates, {} slots, {} blocks for "
                    "{} views",
                    member, s.held_votes, s.held_certificates, s.held_slots, s.held_blocks, views));
}

void Oracle::OnRestart(MemberIndex member, const CoreStatus& s) {
  // What was not durable may be forgotten, what was delivered durably may not.
  final_views_[member] = ToInt(s.last_final);
  if (ToInt(s.tip_height) != heights_[member])
    Violation(fmt::format("I6: member {} restarted at height {} instead of {}", member,
                          s.tip_height, heights_[member]));
}

void Oracle::OnWiped(MemberIndex member) {
  wiped_.insert(member);
  heights_[member] = 0;
  final_views_[member] = 0;
}

void Oracle::OnAlarm(MemberIndex member, const Alarm& alarm) {
  if (!forks_allowed_) Violation(fmt::format("member {} raised an alarm: {}", member, alarm.text));
}

void Oracle::CheckEvidence(const Evidence& e) {
  ++evidence_seen_;
  if (honest_.contains(e.first.signer))
    Violation(fmt::format("I9: honest member {} is accused (E{})", e.first.signer,
                          static_cast<int>(e.kind)));
  if (!Genuine(e.first) || (e.second && !Genuine(*e.second)))
    Violation("I9: evidence with a bad signature was kept");
}

std::set<MemberIndex> Oracle::Culprits(const std::vector<const Disk*>& disks) const {
  std::map<std::pair<MemberIndex, uint64_t>, std::set<Vote>> said;
  std::map<std::string, KnownSlot> slots;
  std::vector<std::pair<Vote, MemberIndex>> for_slots;
  const auto add = [&](const Certificate& c) {
    for (const Certificate::Signer& s : c.signers) {
      if (!Genuine({c.vote, s.member, s.signature})) continue;
      said[{s.member, ToInt(c.vote.view)}].insert(c.vote);
      if (c.vote.kind != VoteKind::kNullify) for_slots.emplace_back(c.vote, s.member);
    }
  };
  for (const Disk* disk : disks) {
    for (const auto& [key, c] : disk->certificates) add(c);
    for (const Deliver& d : disk->ledger) {
      if (d.finalization) add(*d.finalization);
    }
    for (const auto& [id, s] : disk->slots) {
      slots.try_emplace(IdOf(s.slot), KnownSlot{s.slot, s.justification});
      if (s.justification.parent) add(*s.justification.parent);
      for (const Certificate& c : s.justification.skips) add(c);
    }
  }
  std::set<MemberIndex> out;
  for (const auto& [key, votes] : said) {
    size_t notarize = 0, nullify = 0, finalize = 0;
    std::set<SlotId> named;
    for (const Vote& v : votes) {
      notarize += v.kind == VoteKind::kNotarize;
      nullify += v.kind == VoteKind::kNullify;
      finalize += v.kind == VoteKind::kFinalize;
      if (v.kind != VoteKind::kNullify) named.insert(v.slot);
    }
    if (notarize > 1 || finalize > 1 || (nullify > 0 && finalize > 0) ||
        (finalize > 0 && named.size() > 1))
      out.insert(key.first);
  }
  for (const auto& [vote, member] : for_slots) {
    const auto known = slots.find(vote.slot.ToString());
    if (known != slots.end() && !WhyIllegal(known->second).empty()) out.insert(member);
  }
  return out;
}

}  // namespace parley::sim
