#pragma once

// Small consensus values for tests, signed with the simulator's toy keys (member 0, 1, ...).

#include "node/consensus/codec.h"
#include "node/consensus/committee.h"
#include "tests/sim/toy_app.h"
#include "tests/sim/toy_crypto.h"

namespace parley::consensus::testing {

inline constexpr Epoch kEpoch{1};

inline Committee FourMembers() {
  return *Committee::Create(LedgerId(), kEpoch, sim::ToyKeys(4), sim::ToyGenesis().id, Height{0});
}

inline SignedVote SignAs(size_t member, const Vote& vote) {
  sim::ToySigner signer(member);
  return {vote, static_cast<MemberIndex>(member), signer.Sign(VoteBytes(LedgerId(), vote))};
}

inline Certificate CertifiedBy(const std::vector<size_t>& members, const Vote& vote) {
  Certificate out;
  out.vote = vote;
  for (const size_t m : members)
    out.signers.push_back({static_cast<MemberIndex>(m), SignAs(m, vote).signature});
  return out;
}

inline Block BlockOn(const Block& parent, const std::string& record) {
  sim::ToyBlock b;
  b.parent = parent.id;
  b.height = static_cast<Height>(ToInt(parent.height) + 1);
  b.time = static_cast<TimeMs>(ToInt(b.height));
  b.records = {record};
  return sim::MakeToyBlock(b);
}

// An append slot in `view` on the epoch's first slot, justified by `justification`.
inline Slot FirstSlot(uint64_t view, const Block& block, const Justification& justification) {
  Slot s;
  s.epoch = kEpoch;
  s.view = View{view};
  s.height = block.height;
  s.block = block.id;
  s.parent_slot = FourMembers().first_slot();
  s.justification = JustificationHash(LedgerId(), justification);
  return s;
}

inline Vote NotarizeVote(const Slot& slot) {
  return VoteFor(LedgerId(), VoteKind::kNotarize, slot);
}
inline Vote FinalizeVote(const Slot& slot) {
  return VoteFor(LedgerId(), VoteKind::kFinalize, slot);
}

}  // namespace parley::consensus::testing
