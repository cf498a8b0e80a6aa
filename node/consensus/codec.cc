#include "node/consensus/codec.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/encoding.h"
#include "node/consensus/codec_fields.h"

namespace parley::consensus {
namespace {

Encoder Start(std::string_view domain, const LedgerId& ledger_id) {
  Encoder out(domain);
  out.Fixed(ledger_id);
  return out;
}

Status Expect(Decoder& in, std::string_view domain, const LedgerId& ledger_id) {
  RETURN_IF_ERROR(in.Domain(domain));
  ASSIGN_OR_RETURN(const LedgerId got, in.Fixed<LedgerId>(), "ledger id");
  if (got != ledger_id)
    return InvalidArgument(fmt::format("ledger id: want {}, got {}", ledger_id, got));
  return absl::OkStatus();
}

}  // namespace

Bytes VoteBytes(const LedgerId& ledger_id, const Vote& vote) {
  Encoder out = Start("parley/vote/v1", ledger_id);
  fields::PutVote(out, vote);
  return out.Take();
}

Bytes SlotBytes(const LedgerId& ledger_id, const Slot& slot) {
  Encoder out = Start("parley/slot/v1", ledger_id);
  fields::PutSlot(out, slot);
  return out.Take();
}

SlotId SlotIdOf(const LedgerId& ledger_id, const Slot& slot) {
  return Sha256<SlotId>(SlotBytes(ledger_id, slot));
}

Bytes JustificationBytes(const LedgerId& ledger_id, const Justification& justification) {
  Encoder out = Start("parley/justification/v1", ledger_id);
  fields::PutJustification(out, justification);
  return out.Take();
}

Hash JustificationHash(const LedgerId& ledger_id, const Justification& justification) {
  return Sha256<Hash>(JustificationBytes(ledger_id, justification));
}

std::string PlaceOf(const Vote& vote) {
  std::string out = BigEndian64(ToInt(vote.epoch)) + BigEndian64(ToInt(vote.view));
  out += static_cast<char>(vote.kind);
  if (vote.kind == VoteKind::kNullifyRange) out += BigEndian64(ToInt(vote.first));
  return out;
}

bool IsWellFormed(const Vote& vote) {
  const auto kind = static_cast<uint8_t>(vote.kind);
  if (kind < 1 || kind > 4 || vote.view == View{0}) return false;
  const bool is_range = vote.kind == VoteKind::kNullifyRange;
  if (is_range ? !IsRange({vote.first, vote.view}) : vote.first != View{0}) return false;
  if (!IsNullification(vote.kind)) return true;
  return vote.slot.IsZero() && vote.height == Height{0} && vote.block.IsZero();
}

bool IsWellFormed(const Certificate& certificate) {
  const auto& signers = certificate.signers;
  if (!IsWellFormed(certificate.vote)) return false;
  if (signers.empty() || signers.size() > limits::kMembersMax) return false;
  for (size_t i = 1; i < signers.size(); ++i) {
    if (signers[i - 1].member >= signers[i].member) return false;
  }
  return ToInt(signers.back().member) < limits::kMembersMax;
}

Vote VoteFor(const LedgerId& ledger_id, VoteKind kind, const Slot& slot) {
  PARLEY_CHECK(kind != VoteKind::kNullifyRange);  // it is about no slot
  if (kind == VoteKind::kNullify) return NullifyVote(slot.epoch, slot.view);
  return {.kind = kind,
          .epoch = slot.epoch,
          .view = slot.view,
          .slot = SlotIdOf(ledger_id, slot),
          .height = slot.height,
          .block = slot.block};
}

Vote NullifyVote(Epoch epoch, View view) {
  Vote vote;
  vote.kind = VoteKind::kNullify;
  vote.epoch = epoch;
  vote.view = view;
  return vote;
}

Vote NullifyRangeVote(Epoch epoch, const ViewRange& range) {
  Vote vote;
  vote.kind = VoteKind::kNullifyRange;
  vote.epoch = epoch;
  vote.view = range.last;
  vote.first = range.first;
  return vote;
}

std::string EncodeCertificate(const LedgerId& ledger_id, const Certificate& certificate) {
  Encoder out = Start("parley/certificate/v1", ledger_id);
  fields::PutCertificate(out, certificate);
  return out.TakeString();
}

StatusOr<Certificate> DecodeCertificate(const LedgerId& ledger_id, ByteSpan bytes) {
  Decoder in(bytes);
  RETURN_IF_ERROR(Expect(in, "parley/certificate/v1", ledger_id));
  ASSIGN_OR_RETURN(Certificate out, fields::TakeCertificate(in));
  RETURN_IF_ERROR(in.Finish(), "certificate");
  return out;
}

std::string EncodeSignedVote(const LedgerId& ledger_id, const SignedVote& vote) {
  Encoder out = Start("parley/signed-vote/v1", ledger_id);
  fields::PutSignedVote(out, vote);
  return out.TakeString();
}

StatusOr<SignedVote> DecodeSignedVote(const LedgerId& ledger_id, ByteSpan bytes) {
  Decoder in(bytes);
  RETURN_IF_ERROR(Expect(in, "parley/signed-vote/v1", ledger_id));
  ASSIGN_OR_RETURN(SignedVote out, fields::TakeSignedVote(in));
  RETURN_IF_ERROR(in.Finish(), "signed vote");
  return out;
}

std::string EncodeStoredSlot(const LedgerId& ledger_id, const persist::StoredSlot& slot) {
  Encoder out = Start("parley/stored-slot/v1", ledger_id);
  fields::PutSlot(out, slot.slot);
  fields::PutJustification(out, slot.justification);
  out.Fixed(slot.proposer_signature);
  return out.TakeString();
}

StatusOr<persist::StoredSlot> DecodeStoredSlot(const LedgerId& ledger_id, ByteSpan bytes) {
  Decoder in(bytes);
  RETURN_IF_ERROR(Expect(in, "parley/stored-slot/v1", ledger_id));
  persist::StoredSlot out;
  ASSIGN_OR_RETURN(out.slot, fields::TakeSlot(in));
  ASSIGN_OR_RETURN(out.justification, fields::TakeJustification(in));
  ASSIGN_OR_RETURN(out.proposer_signature, in.Fixed<Signature>(), "proposer signature");
  RETURN_IF_ERROR(in.Finish(), "stored slot");
  return out;
}

std::string EncodeEvidence(const LedgerId& ledger_id, const Evidence& evidence) {
  Encoder out = Start("parley/evidence/v1", ledger_id);
  out.U8(static_cast<uint8_t>(evidence.kind));
  fields::PutSignedVote(out, evidence.first);
  if (evidence.second) fields::PutSignedVote(out, *evidence.second);
  if (evidence.slot) fields::PutSlot(out, *evidence.slot);
  if (evidence.justification) fields::PutJustification(out, *evidence.justification);
  if (evidence.block) out.Var(*evidence.block);
  return out.TakeString();
}

StatusOr<Evidence> DecodeEvidence(const LedgerId& ledger_id, ByteSpan bytes) {
  Decoder in(bytes);
  RETURN_IF_ERROR(Expect(in, "parley/evidence/v1", ledger_id));
  ASSIGN_OR_RETURN(const uint8_t kind, in.U8(), "evidence kind");
  if (kind < 1 || kind > 6)
    return InvalidArgument(fmt::format("evidence kind: want 1 to 6, got {}", kind));
  Evidence out;
  out.kind = static_cast<EvidenceKind>(kind);
  ASSIGN_OR_RETURN(out.first, fields::TakeSignedVote(in), "evidence, first vote");
  if (out.kind == EvidenceKind::kBadJustification) {
    ASSIGN_OR_RETURN(out.slot, fields::TakeSlot(in), "evidence");
    ASSIGN_OR_RETURN(out.justification, fields::TakeJustification(in), "evidence");
  } else if (out.kind == EvidenceKind::kBadBlock) {
    ASSIGN_OR_RETURN(const ByteSpan block, in.Var(limits::kBlockBytesMax), "evidence, block");
    out.block = std::make_shared<const std::string>(AsText(block));
  } else {
    ASSIGN_OR_RETURN(out.second, fields::TakeSignedVote(in), "evidence, second vote");
  }
  RETURN_IF_ERROR(in.Finish(), "evidence");
  return out;
}

}  // namespace parley::consensus
