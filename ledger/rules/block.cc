#include "ledger/rules/block.h"

#include "base/limits.h"
#include "crypto/encoding.h"

namespace parley::rules {
namespace {

constexpr std::string_view kDomain = "parley/block/v1";
constexpr size_t kHeaderBytesMax = 512;  // the encoding has one fixed size, well below

}  // namespace

Bytes BlockHeader::Encode(const LedgerId& ledger) const {
  return Encoder(kDomain)
      .Fixed(ledger)
      .U64(epoch)
      .U64(height)
      .Fixed(parent)
      .U64(ToInt(time))
      .U64(first_entry)
      .U32(entry_count)
      .U8(seal ? 1 : 0)
      .Fixed(records_digest)
      .Fixed(tree_root)
      .Fixed(state_digest)
      .Take();
}

StatusOr<BlockHeader> BlockHeader::Decode(const LedgerId& ledger, ByteSpan bytes) {
  Decoder in(bytes);
  RETURN_IF_ERROR(in.Domain(kDomain), "block header");
  ASSIGN_OR_RETURN(const LedgerId of, in.Fixed<LedgerId>(), "block header");
  if (of != ledger)
    return InvalidArgument(fmt::format("block header: of ledger {}, not {}", of, ledger));
  BlockHeader out;
  ASSIGN_OR_RETURN(out.epoch, in.U64(), "block header");
  ASSIGN_OR_RETURN(out.height, in.U64(), "block header");
  ASSIGN_OR_RETURN(out.parent, in.Fixed<BlockId>(), "block header");
  ASSIGN_OR_RETURN(const uint64_t time_ms, in.U64(), "block header");
  if (time_ms > ToInt(kTimeMax))
    return InvalidArgument(fmt::format("block header: time {} lies after the year 9999", time_ms));
  out.time = static_cast<TimeMs>(time_ms);
  ASSIGN_OR_RETURN(out.first_entry, in.U64(), "block header");
  ASSIGN_OR_RETURN(out.entry_count, in.U32(), "block header");
  ASSIGN_OR_RETURN(const uint8_t seal, in.U8(), "block header");
  if (seal > 1) return InvalidArgument(fmt::format("block header: seal is {}, not 0 or 1", seal));
  out.seal = seal == 1;
  ASSIGN_OR_RETURN(out.records_digest, in.Fixed<Hash>(), "block header");
  ASSIGN_OR_RETURN(out.tree_root, in.Fixed<Hash>(), "block header");
  ASSIGN_OR_RETURN(out.state_digest, in.Fixed<StateDigest>(), "block header");
  RETURN_IF_ERROR(in.Finish(), "block header");
  return out;
}

BlockId BlockHeader::Id(const LedgerId& ledger) const { return Sha256<BlockId>(Encode(ledger)); }

std::string EncodeBody(const std::vector<std::string>& envelopes,
                       const std::vector<std::string>& proofs) {
  Encoder out;
  out.U32(static_cast<uint32_t>(envelopes.size()));
  for (const std::string& envelope : envelopes) out.Var(envelope);
  if (proofs.empty()) return out.TakeString();
  out.U32(static_cast<uint32_t>(proofs.size()));
  for (const std::string& proof : proofs) out.Var(proof);
  return out.TakeString();
}

std::string RawBlock::Encode(const LedgerId& ledger) const {
  Encoder out;
  out.Var(header.Encode(ledger)).Raw(AsBytes(EncodeBody(envelopes, proofs)));
  return out.TakeString();
}

namespace {

Status TakeProofs(Decoder& in, std::vector<std::string>* out) {
  if (in.remaining() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const uint32_t count, in.U32(), "block");
  if (count == 0 || count > limits::kBlockProofsMax)
    return InvalidArgument(
        fmt::format("block: {} proofs, 1 to {} are allowed", count, limits::kBlockProofsMax));
  for (uint32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const ByteSpan proof, in.Var(limits::kProofBytesMax), "block: proof {}", i);
    out->emplace_back(AsText(proof));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<RawBlock> RawBlock::Decode(const LedgerId& ledger, std::string_view bytes) {
  if (bytes.size() > limits::kBlockBytesMax)
    return InvalidArgument(fmt::format("block: {} bytes, at most {} are allowed", bytes.size(),
                                       limits::kBlockBytesMax));
  Decoder in(AsBytes(bytes));
  ASSIGN_OR_RETURN(const ByteSpan header, in.Var(kHeaderBytesMax), "block");
  RawBlock out;
  ASSIGN_OR_RETURN(out.header, BlockHeader::Decode(ledger, header));
  ASSIGN_OR_RETURN(const uint32_t count, in.U32(), "block");
  if (count > limits::kBlockRecordsMax)
    return InvalidArgument(
        fmt::format("block: {} records, at most {} are allowed", count, limits::kBlockRecordsMax));
  for (uint32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const ByteSpan envelope, in.Var(limits::kEnvelopeBytesMax), "block: record {}",
                     i);
    out.envelopes.emplace_back(AsText(envelope));
  }
  RETURN_IF_ERROR(TakeProofs(in, &out.proofs));
  RETURN_IF_ERROR(in.Finish(), "block");
  if (RecordsDigest(out.envelopes, out.proofs) != out.header.records_digest)
    return InvalidArgument("block: the records are not those that the header commits to");
  return out;
}

Hash RecordsDigest(const std::vector<std::string>& envelopes,
                   const std::vector<std::string>& proofs) {
  constexpr uint32_t kProofsFollow = 0xffff'ffff;  // longer than any envelope
  Sha256Stream hash;
  const auto add = [&hash](const std::string& part) {
    hash.Update(Encoder().U32(static_cast<uint32_t>(part.size())).bytes());
    hash.Update(AsBytes(part));
  };
  for (const std::string& envelope : envelopes) add(envelope);
  if (!proofs.empty()) hash.Update(Encoder().U32(kProofsFollow).bytes());
  for (const std::string& proof : proofs) add(proof);
  return hash.Finish();
}

}  // namespace parley::rules
