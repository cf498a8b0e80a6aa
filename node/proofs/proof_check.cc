#include "node/proofs/proof_check.h"

#include "crypto/encoding.h"
#include "ledger/rules/block.h"
#include "node/consensus/codec.h"
#include "node/consensus/evidence.h"
#include "node/proofs/cosigner_proof.h"

namespace parley::proofs {
namespace {

bool IsAboutCosigning(std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  return in.Domain(kCosignerProofDomain).ok();
}

StatusOr<consensus::Committee> CommitteeOf(const rules::EpochFacts& facts) {
  std::vector<PublicKey> keys;
  for (const rules::CharterMember& m : facts.charter->members()) keys.push_back(m.node_key);
  return consensus::Committee::Create(facts.charter->ledger_id(),
                                      consensus::Epoch{facts.charter->version()}, std::move(keys),
                                      facts.first_block, consensus::Height{facts.first_height});
}

StatusOr<rules::Misbehaviour> CheckVotes(const LedgerId& ledger, std::string_view bytes,
                                         const rules::EpochLookup& epochs) {
  ASSIGN_OR_RETURN(const consensus::Evidence evidence,
                   consensus::DecodeEvidence(ledger, AsBytes(bytes)));
  const consensus::Vote& vote = evidence.first.vote;
  ASSIGN_OR_RETURN(const rules::EpochFacts facts, epochs(ToInt(vote.epoch)));
  ASSIGN_OR_RETURN(const consensus::Committee committee, CommitteeOf(facts));
  consensus::Ed25519Verifier verifier;
  RETURN_IF_ERROR(consensus::VerifyEvidence(committee, verifier, evidence));
  rules::Misbehaviour out;
  out.epoch = ToInt(vote.epoch);
  out.member = facts.charter->members()[ToInt(evidence.first.signer)].name;
  out.kind = KindName(static_cast<uint8_t>(evidence.kind));
  out.number = ToInt(vote.view);
  if (evidence.block == nullptr) return out;
  ASSIGN_OR_RETURN(const rules::RawBlock block, rules::RawBlock::Decode(ledger, *evidence.block));
  if (block.header.Id(ledger) != vote.block)
    return InvalidArgument("evidence: the vote is for another block");
  out.block = *evidence.block;
  return out;
}

StatusOr<rules::Misbehaviour> CheckCosigner(const LedgerId& ledger, std::string_view bytes,
                                            const rules::EpochLookup& epochs) {
  ASSIGN_OR_RETURN(const CosignerProof proof, DecodeCosignerProof(ledger, bytes));
  ASSIGN_OR_RETURN(const rules::EpochFacts facts, epochs(proof.epoch));
  rules::Misbehaviour out;
  ASSIGN_OR_RETURN(out.number, VerifyCosignerProof(*facts.charter, proof));
  out.epoch = proof.epoch;
  out.member = facts.charter->members()[proof.member].name;
  out.kind = KindName(static_cast<uint8_t>(kCosignerKinds + static_cast<uint8_t>(proof.kind)));
  return out;
}

}  // namespace

StatusOr<rules::Misbehaviour> CheckProof(const LedgerId& ledger, std::string_view bytes,
                                         const rules::EpochLookup& epochs) {
  return IsAboutCosigning(bytes) ? CheckCosigner(ledger, bytes, epochs)
                                 : CheckVotes(ledger, bytes, epochs);
}

std::string ProofClaim::StoreKey() const {
  return "e" + BigEndian64(epoch) + static_cast<char>(member) + static_cast<char>(kind) +
         BigEndian64(number);
}

StatusOr<ProofClaim> ReadClaim(const LedgerId& ledger, std::string_view bytes) {
  if (IsAboutCosigning(bytes)) {
    ASSIGN_OR_RETURN(const CosignerProof proof, DecodeCosignerProof(ledger, bytes));
    const auto kind = static_cast<uint8_t>(kCosignerKinds + static_cast<uint8_t>(proof.kind));
    return ProofClaim{proof.epoch, proof.member, kind, 0};
  }
  ASSIGN_OR_RETURN(const consensus::Evidence evidence,
                   consensus::DecodeEvidence(ledger, AsBytes(bytes)));
  const consensus::SignedVote& first = evidence.first;
  return ProofClaim{ToInt(first.vote.epoch), static_cast<uint8_t>(ToInt(first.signer)),
                    static_cast<uint8_t>(evidence.kind), ToInt(first.vote.view)};
}

std::string KindName(uint8_t kind) {
  return kind > kCosignerKinds ? fmt::format("C{}", kind - kCosignerKinds)
                               : fmt::format("E{}", kind);
}

}  // namespace parley::proofs
