#include "tests/sim/disk.h"

#include "node/consensus/codec.h"
#include "tests/sim/toy_app.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

void Disk::Write(const persist::MyVote& p) { votes[{p.vote.vote.view, p.vote.vote.kind}] = p.vote; }
void Disk::Write(const persist::StoredSlot& p) {
  slots[SlotIdOf(LedgerId(), p.slot).ToString()] = p;
}
void Disk::Write(const persist::StoredBlock& p) { blocks[p.block.id] = p.block; }
void Disk::Write(const persist::StoredCertificate& p) {
  certificates[{p.certificate.vote.view, p.certificate.vote.kind}] = p.certificate;
}
void Disk::Write(const persist::StoredEvidence& p) { evidence.push_back(p.evidence); }
void Disk::Write(const persist::Prune& p) {
  pruned = p.through;
  std::erase_if(votes, [&](const auto& e) { return e.first.first <= p.through; });
  std::erase_if(certificates, [&](const auto& e) { return e.first.first <= p.through; });
  const uint64_t tip = ledger.empty() ? 0 : ToInt(ledger.back().block.height);
  std::erase_if(blocks, [&](const auto& e) { return ToInt(e.second.height) <= tip; });
}

void Disk::Apply(const Batch& batch) {
  for (const Deliver& d : batch.effects.deliver) {
    ledger.push_back(d);
    blocks.erase(d.block.id);
    const auto b = ReadToyBlock(*d.block.bytes);
    if (!b.ok()) continue;
    for (const std::string& r : b->records) pending.erase(r);
  }
  for (const Persist& p : batch.effects.persist) {
    std::visit([this](const auto& value) { Write(value); }, p);
  }
}

Restored Disk::Restore(const Block& first) const {
  Restored out;
  out.tip = ledger.empty() ? first : ledger.back().block;
  if (!ledger.empty()) out.tip_finalization = ledger.back().finalization;
  for (const auto& [key, vote] : votes) out.my_votes.push_back(vote);
  for (const auto& [key, c] : certificates) out.certificates.push_back(c);
  for (const auto& [id, slot] : slots) out.slots.push_back(slot);
  for (const auto& [id, block] : blocks) out.blocks.push_back(block);
  out.evidence = evidence;
  return out;
}

bool Disk::HasVote(const SignedVote& vote) const {
  const auto it = votes.find({vote.vote.view, vote.vote.kind});
  return it != votes.end() && it->second == vote;
}

}  // namespace parley::sim
