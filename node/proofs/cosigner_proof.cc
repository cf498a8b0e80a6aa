#include "node/proofs/cosigner_proof.h"

#include "base/limits.h"
#include "crypto/encoding.h"
#include "ledger/merkle/proof.h"
#include "ledger/note/cosignature.h"

namespace parley::proofs {
namespace {

// A checkpoint with one line is a few hundred bytes.
constexpr size_t kNoteBytesMax = 4'096;

StatusOr<note::Checkpoint> Cosigned(const rules::Charter& charter, size_t member,
                                    const std::string& text) {
  ASSIGN_OR_RETURN(const note::CosignedCheckpoint cosigned, note::CosignedCheckpoint::Parse(text));
  if (cosigned.checkpoint.origin != charter.origin())
    return InvalidArgument(fmt::format("checkpoint of \"{}\", not of \"{}\"",
                                       cosigned.checkpoint.origin, charter.origin()));
  const rules::CharterMember& m = charter.members()[member];
  const note::VerifierKey key{charter.CosignerKeyName(m.name), note::KeyType::kCosignature,
                              m.cosigner_key};
  const note::SignatureLine* const line = cosigned.note.Find(key.name, key.id());
  if (line == nullptr)
    return Unauthenticated(fmt::format("the checkpoint has no line of \"{}\"", m.name));
  RETURN_IF_ERROR(note::VerifyCosignature(*line, cosigned.note.text(), key).status());
  return cosigned.checkpoint;
}

}  // namespace

std::string EncodeCosignerProof(const LedgerId& ledger, const CosignerProof& proof) {
  Encoder out(kCosignerProofDomain);
  out.Fixed(ledger).U8(static_cast<uint8_t>(proof.kind)).U64(proof.epoch).U8(proof.member);
  out.Var(proof.older).Var(proof.newer);
  if (proof.kind == CosignerFault::kTwoRoots) return out.TakeString();
  out.Fixed(proof.root_at_older).U8(static_cast<uint8_t>(proof.consistency.size()));
  for (const Hash& hash : proof.consistency) out.Fixed(hash);
  return out.TakeString();
}

StatusOr<CosignerProof> DecodeCosignerProof(const LedgerId& ledger, std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  RETURN_IF_ERROR(in.Domain(kCosignerProofDomain), "cosigner proof");
  ASSIGN_OR_RETURN(const LedgerId of, in.Fixed<LedgerId>(), "cosigner proof");
  if (of != ledger)
    return InvalidArgument(fmt::format("cosigner proof: of ledger {}, not {}", of, ledger));
  CosignerProof out;
  ASSIGN_OR_RETURN(const uint8_t kind, in.U8(), "cosigner proof");
  if (kind < 1 || kind > 2)
    return InvalidArgument(fmt::format("cosigner proof: kind {}, want 1 or 2", kind));
  out.kind = static_cast<CosignerFault>(kind);
  ASSIGN_OR_RETURN(out.epoch, in.U64(), "cosigner proof");
  ASSIGN_OR_RETURN(out.member, in.U8(), "cosigner proof");
  ASSIGN_OR_RETURN(const ByteSpan older, in.Var(kNoteBytesMax), "cosigner proof, older");
  ASSIGN_OR_RETURN(const ByteSpan newer, in.Var(kNoteBytesMax), "cosigner proof, newer");
  out.older = AsText(older);
  out.newer = AsText(newer);
  if (out.kind == CosignerFault::kOtherHistory) {
    ASSIGN_OR_RETURN(out.root_at_older, in.Fixed<Hash>(), "cosigner proof");
    ASSIGN_OR_RETURN(const uint8_t count, in.U8(), "cosigner proof");
    if (count > limits::kProofHashesMax)
      return InvalidArgument(fmt::format("cosigner proof: {} hashes, at most {} are allowed", count,
                                         limits::kProofHashesMax));
    for (uint8_t i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(const Hash hash, in.Fixed<Hash>(), "cosigner proof");
      out.consistency.push_back(hash);
    }
  }
  RETURN_IF_ERROR(in.Finish(), "cosigner proof");
  return out;
}

StatusOr<uint64_t> VerifyCosignerProof(const rules::Charter& charter, const CosignerProof& proof) {
  if (charter.version() != proof.epoch)
    return InvalidArgument(fmt::format("cosigner proof: of charter version {}, not {}", proof.epoch,
                                       charter.version()));
  if (proof.member >= charter.members().size())
    return InvalidArgument(fmt::format("cosigner proof: no member {}", proof.member));
  ASSIGN_OR_RETURN(const note::Checkpoint older, Cosigned(charter, proof.member, proof.older),
                   "cosigner proof");
  ASSIGN_OR_RETURN(const note::Checkpoint newer, Cosigned(charter, proof.member, proof.newer),
                   "cosigner proof");
  if (proof.kind == CosignerFault::kTwoRoots) {
    if (older.size != newer.size || older.root == newer.root)
      return InvalidArgument("cosigner proof: these are not two roots at one size");
    return older.size;
  }
  if (older.size == 0 || older.size >= newer.size)
    return InvalidArgument("cosigner proof: want a smaller size and a greater one");
  RETURN_IF_ERROR(merkle::VerifyConsistency(older.size, newer.size, proof.root_at_older, newer.root,
                                            proof.consistency),
                  "cosigner proof");
  if (proof.root_at_older == older.root)
    return InvalidArgument("cosigner proof: the two checkpoints are of one history");
  return older.size;
}

}  // namespace parley::proofs
