#include "node/consensus/codec_fields.h"

#include "base/limits.h"
#include "node/consensus/codec.h"

namespace parley::consensus::fields {

void PutVote(Encoder& out, const Vote& vote) {
  out.U8(static_cast<uint8_t>(vote.kind)).U64(ToInt(vote.epoch)).U64(ToInt(vote.view));
  // A range has no height; its first view stands in that place.
  const bool is_range = vote.kind == VoteKind::kNullifyRange;
  out.Fixed(vote.slot).U64(is_range ? ToInt(vote.first) : ToInt(vote.height)).Fixed(vote.block);
}

void PutSignedVote(Encoder& out, const SignedVote& vote) {
  PutVote(out, vote.vote);
  out.U8(static_cast<uint8_t>(vote.signer)).Fixed(vote.signature);
}

void PutCertificate(Encoder& out, const Certificate& certificate) {
  PutVote(out, certificate.vote);
  out.U8(static_cast<uint8_t>(certificate.signers.size()));
  for (const Certificate::Signer& s : certificate.signers)
    out.U8(static_cast<uint8_t>(s.member)).Fixed(s.signature);
}

void PutJustification(Encoder& out, const Justification& justification) {
  out.U8(justification.parent ? 1 : 0);
  if (justification.parent) PutCertificate(out, *justification.parent);
  out.U32(static_cast<uint32_t>(justification.skips.size()));
  for (const Certificate& skip : justification.skips) PutCertificate(out, skip);
}

void PutSlot(Encoder& out, const Slot& slot) {
  out.U64(ToInt(slot.epoch)).U64(ToInt(slot.view)).U8(static_cast<uint8_t>(slot.kind));
  out.U64(ToInt(slot.height)).Fixed(slot.block);
  out.U64(ToInt(slot.parent_view)).Fixed(slot.parent_slot).Fixed(slot.justification);
}

StatusOr<bool> TakeFlag(Decoder& in, const char* what) {
  ASSIGN_OR_RETURN(const uint8_t flag, in.U8(), "{}", what);
  if (flag > 1) return InvalidArgument(fmt::format("{}: want 0 or 1, got {}", what, flag));
  return flag == 1;
}

StatusOr<Vote> TakeVote(Decoder& in) {
  Vote vote;
  ASSIGN_OR_RETURN(const uint8_t kind, in.U8(), "vote kind");
  if (kind < 1 || kind > 4)
    return InvalidArgument(fmt::format("vote kind: want 1 to 4, got {}", kind));
  vote.kind = static_cast<VoteKind>(kind);
  ASSIGN_OR_RETURN(const uint64_t epoch, in.U64(), "vote epoch");
  vote.epoch = Epoch{epoch};
  ASSIGN_OR_RETURN(const uint64_t view, in.U64(), "vote view");
  vote.view = View{view};
  ASSIGN_OR_RETURN(vote.slot, in.Fixed<SlotId>(), "vote slot");
  ASSIGN_OR_RETURN(const uint64_t height, in.U64(), "vote height");
  if (vote.kind == VoteKind::kNullifyRange) {
    vote.first = View{height};
  } else {
    vote.height = Height{height};
  }
  ASSIGN_OR_RETURN(vote.block, in.Fixed<BlockId>(), "vote block");
  if (!IsWellFormed(vote))
    return InvalidArgument(
        "vote: view 0, a nullify vote that names a slot, height or block, or views that are no "
        "range");
  return vote;
}

StatusOr<SignedVote> TakeSignedVote(Decoder& in) {
  SignedVote out;
  ASSIGN_OR_RETURN(out.vote, TakeVote(in));
  ASSIGN_OR_RETURN(const uint8_t signer, in.U8(), "vote signer");
  if (signer >= limits::kMembersMax)
    return InvalidArgument(
        fmt::format("vote signer: want below {}, got {}", limits::kMembersMax, signer));
  out.signer = MemberIndex{signer};
  ASSIGN_OR_RETURN(out.signature, in.Fixed<Signature>(), "vote signature");
  return out;
}

StatusOr<Certificate> TakeCertificate(Decoder& in) {
  Certificate out;
  ASSIGN_OR_RETURN(out.vote, TakeVote(in), "certificate");
  ASSIGN_OR_RETURN(const uint8_t count, in.U8(), "certificate signers");
  if (count == 0 || count > limits::kMembersMax)
    return InvalidArgument(
        fmt::format("certificate signers: want 1 to {}, got {}", limits::kMembersMax, count));
  for (uint8_t i = 0; i < count; ++i) {
    Certificate::Signer signer;
    ASSIGN_OR_RETURN(const uint8_t member, in.U8(), "certificate signer {}", i);
    signer.member = MemberIndex{member};
    ASSIGN_OR_RETURN(signer.signature, in.Fixed<Signature>(), "certificate signer {}", i);
    out.signers.push_back(signer);
  }
  if (!IsWellFormed(out))
    return InvalidArgument("certificate: signers are not distinct members in ascending order");
  return out;
}

StatusOr<Justification> TakeJustification(Decoder& in) {
  Justification out;
  ASSIGN_OR_RETURN(const bool has_parent, TakeFlag(in, "justification parent"));
  if (has_parent) {
    ASSIGN_OR_RETURN(out.parent, TakeCertificate(in), "justification parent");
  }
  ASSIGN_OR_RETURN(const uint32_t skips, in.U32(), "justification skips");
  if (skips > limits::kSkipsMax)
    return InvalidArgument(
        fmt::format("justification skips: want at most {}, got {}", limits::kSkipsMax, skips));
  for (uint32_t i = 0; i < skips; ++i) {
    ASSIGN_OR_RETURN(Certificate skip, TakeCertificate(in), "justification skip {}", i);
    out.skips.push_back(std::move(skip));
  }
  return out;
}

StatusOr<Slot> TakeSlot(Decoder& in) {
  Slot slot;
  ASSIGN_OR_RETURN(const uint64_t epoch, in.U64(), "slot epoch");
  slot.epoch = Epoch{epoch};
  ASSIGN_OR_RETURN(const uint64_t view, in.U64(), "slot view");
  slot.view = View{view};
  ASSIGN_OR_RETURN(const uint8_t kind, in.U8(), "slot kind");
  if (kind < 1 || kind > 2)
    return InvalidArgument(fmt::format("slot kind: want 1 or 2, got {}", kind));
  slot.kind = static_cast<SlotKind>(kind);
  ASSIGN_OR_RETURN(const uint64_t height, in.U64(), "slot height");
  slot.height = Height{height};
  ASSIGN_OR_RETURN(slot.block, in.Fixed<BlockId>(), "slot block");
  ASSIGN_OR_RETURN(const uint64_t parent_view, in.U64(), "slot parent view");
  slot.parent_view = View{parent_view};
  ASSIGN_OR_RETURN(slot.parent_slot, in.Fixed<SlotId>(), "slot parent");
  ASSIGN_OR_RETURN(slot.justification, in.Fixed<Hash>(), "slot justification");
  return slot;
}

}  // namespace parley::consensus::fields
