// What refused heads prove, together with what their author has cosigned of our history.

#include "base/check.h"
#include "ledger/merkle/proof.h"
#include "node/replica/cosigner.h"

namespace parley::replica {

std::string Cosigner::NoteOf(size_t member, const Round& round) const {
  StatusOr<note::SignedNote> out = note::SignedNote::FromText(round.checkpoint.Serialize());
  PARLEY_CHECK(out.ok() && out->Add(round.lines.at(member)).ok());
  return out->Serialize();
}

std::optional<proofs::CosignerProof> Cosigner::ProofAgainst(
    size_t member, const note::CosignedCheckpoint& bad,
    const std::shared_ptr<const store::Snapshot>& snapshot) {
  const note::SignatureLine* const line = bad.note.Find(keys_[member].name, keys_[member].id());
  StatusOr<note::SignedNote> bad_note = note::SignedNote::FromText(bad.note.text());
  if (line == nullptr || !bad_note.ok() || !bad_note->Add(*line).ok()) return std::nullopt;
  proofs::CosignerProof out;
  out.epoch = members_.charter->version();
  out.member = static_cast<uint8_t>(member);
  out.older = bad_note->Serialize();
  store::LedgerReader reader(snapshot);
  const auto tip = reader.Tip();
  if (!tip.ok() || !tip->has_value()) return std::nullopt;
  const uint64_t size = bad.checkpoint.size;
  for (auto it = rounds_.lower_bound(size); it != rounds_.end(); ++it) {
    const Round& good = it->second;
    if (!good.lines.contains(member) || it->first > (*tip)->size) continue;
    out.newer = NoteOf(member, good);
    if (it->first == size) return out;
    out.kind = proofs::CosignerFault::kOtherHistory;
    const StatusOr<Hash> ours = merkle::RootFromTiles(reader, size);
    auto consistency = merkle::ConsistencyProof(reader, size, it->first);
    if (!ours.ok() || !consistency.ok()) return std::nullopt;
    out.root_at_older = *ours;
    out.consistency = *std::move(consistency);
    return out;
  }
  return std::nullopt;
}

std::vector<std::string> Cosigner::TakeProofs(
    const std::shared_ptr<const store::Snapshot>& snapshot) {
  std::vector<std::string> out;
  for (size_t m = 0; m < suspects_.size(); ++m) {
    Suspect& suspect = suspects_[m];
    if (suspect.proven) continue;
    for (const auto& [place, bad] : suspect.heads) {
      const auto proof = ProofAgainst(m, bad, snapshot);
      if (!proof.has_value()) continue;
      // Checked as everybody else will: a wrong accusation must not leave this node.
      if (!proofs::VerifyCosignerProof(*members_.charter, *proof).ok()) continue;
      suspect.proven = true;
      out.push_back(proofs::EncodeCosignerProof(members_.charter->ledger_id(), *proof));
      break;
    }
  }
  return out;
}

}  // namespace parley::replica
