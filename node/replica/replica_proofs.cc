// Proofs of misbehaviour that this node found or was told of: into the pool, from where they get
// into a block, and to members that may have missed them.

#include "base/check.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

// Others have heard of it already when it was found; this is for who was away then.
constexpr size_t kProofsToPeerMax = 8;

}  // namespace

void ReplicaImpl::TakeProof(const std::string& proof, Turn* turn) {
  const StatusOr<proofs::ProofClaim> claim = proofs::ReadClaim(founding_.ledger_id(), proof);
  PARLEY_CHECK(claim.ok());  // we made it, or its bytes were checked
  const BranchPoint& base = tree_.base();
  turn->found_proof |= proofs_.Add(proof, base.tip, base.state);
  Log(LogLevel::kWarn, "misbehaviour.proven",
      {{"epoch", std::to_string(claim->epoch)},
       {"member", claim->epoch == epoch_.charter->version()
                      ? NameOf(consensus::MemberIndex{claim->member})
                      : fmt::format("number {} of that epoch", claim->member)},
       {"kind", proofs::KindName(claim->kind)},
       {"number", std::to_string(claim->number)}});
}

void ReplicaImpl::TakeCosignerProofs(Turn* turn) {
  for (const std::string& proof : cosigner_->TakeProofs(Latest()->snapshot)) {
    const StatusOr<proofs::ProofClaim> claim = proofs::ReadClaim(founding_.ledger_id(), proof);
    PARLEY_CHECK(claim.ok());
    turn->batch.Put(store::Family::kVotes, claim->StoreKey(), proof);
    TakeProof(proof, turn);
  }
}

void ReplicaImpl::SendProofs(const std::string& peer) {
  const LedgerId& ledger = founding_.ledger_id();
  for (const std::string& proof : proofs_.Some(kProofsToPeerMax)) {
    const auto evidence = consensus::DecodeEvidence(ledger, AsBytes(proof));
    if (evidence.ok()) {
      transport_.SendConsensus(peer, std::make_shared<const std::string>(consensus::EncodeMessage(
                                         ledger, consensus::EvidenceMessage{*evidence})));
      continue;
    }
    // Of two notes everybody makes the proof that fits its own copy of the ledger.
    const auto cosigner = proofs::DecodeCosignerProof(ledger, proof);
    PARLEY_CHECK(cosigner.ok());  // the pool has read it
    for (const std::string& note : {cosigner->older, cosigner->newer})
      transport_.SendCheckpoint(peer, std::make_shared<const std::string>(note));
  }
}

}  // namespace parley::replica
