#include "tests/sim/disk.h"

#include "node/consensus/codec.h"
#include "tests/sim/toy_app.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

template <class Map>
void DropThrough(Map& map, Epoch epoch, View through) {
  std::erase_if(map, [&](const auto& e) {
    return std::get<Epoch>(e.first) == epoch && std::get<View>(e.first) <= through;
  });
}

}  // namespace

void Disk::Write(const persist::MyVote& p) { votes[KeyOf(p.vote.vote)] = p.vote; }
void Disk::Write(const persist::StoredSlot& p) {
  slots[SlotIdOf(LedgerId(), p.slot).ToString()] = p;
}
void Disk::Write(const persist::StoredBlock& p) { blocks[p.block.id] = p.block; }
void Disk::Write(const persist::StoredCertificate& p) {
  const Vote& vote = p.certificate.vote;
  certificates[KeyOf(vote)] = p.certificate;
}
void Disk::Write(const persist::StoredEvidence& p) { evidence.push_back(p.evidence); }
void Disk::Write(const persist::Prune& p) {
  pruned_epoch = p.epoch;
  pruned = p.through;
  DropThrough(votes, p.epoch, p.through);
  DropThrough(certificates, p.epoch, p.through);
  const uint64_t tip = ledger.empty() ? 0 : ToInt(ledger.back().block.height);
  std::erase_if(blocks, [&](const auto& e) { return ToInt(e.second.height) <= tip; });
}

void Disk::Append(const Deliver& d) {
  ledger.push_back(d);
  blocks.erase(d.block.id);
  const auto b = ReadToyBlock(*d.block.bytes);
  if (!b.ok()) return;
  for (const std::string& r : b->records) {
    pending.erase(r);
    final_records.insert(r);
  }
}

void Disk::Apply(const Batch& batch) {
  for (const Deliver& d : batch.effects.deliver) Append(d);
  for (const Persist& p : batch.effects.persist) {
    std::visit([this](const auto& value) { Write(value); }, p);
  }
  for (const Deliver& d : batch.effects.deliver) {
    if (!d.block.seal) continue;
    DropThrough(votes, d.block.epoch, View{UINT64_MAX});
    DropThrough(certificates, d.block.epoch, View{UINT64_MAX});
    std::erase_if(pending, [&](const std::string& r) {
      const auto charter = ReadCharter(r);
      return charter && ToInt(charter->epoch) <= ToInt(d.block.epoch) + 1;
    });
  }
}

std::shared_ptr<const Era> Disk::EraNow(const std::vector<ToyMember>& first_members) const {
  for (auto it = ledger.rbegin(); it != ledger.rend(); ++it) {
    if (it->block.seal) return EraAfter(it->block);
  }
  return FirstEra(first_members);
}

Restored Disk::Restore(const Era& era) const {
  Restored out;
  out.tip = ledger.empty() ? era.first : ledger.back().block;
  // The finalization of a seal is of the epoch that it ended, and no business of the next one.
  if (out.tip.id != era.first.id) out.tip_finalization = ledger.back().finalization;
  for (const auto& [key, vote] : votes) {
    if (vote.vote.epoch == era.epoch) out.my_votes.push_back(vote);
  }
  for (const auto& [key, c] : certificates) {
    if (c.vote.epoch == era.epoch) out.certificates.push_back(c);
  }
  for (const auto& [id, slot] : slots) {
    if (slot.slot.epoch == era.epoch) out.slots.push_back(slot);
  }
  for (const auto& [id, block] : blocks) out.blocks.push_back(block);
  for (const Evidence& e : evidence) {
    if (e.first.vote.epoch == era.epoch) out.evidence.push_back(e);
  }
  return out;
}

void Disk::DropUndelivered() {
  votes.clear();
  certificates.clear();
  slots.clear();
  blocks.clear();
  evidence.clear();
}

bool Disk::HasVote(const SignedVote& vote) const {
  const auto it = votes.find(KeyOf(vote.vote));
  return it != votes.end() && it->second == vote;
}

}  // namespace parley::sim
