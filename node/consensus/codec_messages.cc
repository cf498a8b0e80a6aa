// The messages between members: a type byte, then the fields.

#include "base/limits.h"
#include "crypto/encoding.h"
#include "node/consensus/codec.h"
#include "node/consensus/codec_fields.h"

namespace parley::consensus {
namespace {

constexpr std::string_view kDomain = "parley/consensus/v1";
constexpr uint8_t kVotesInAnswerMax = 3;  // one of each kind

// Type bytes are the wire format: never reuse or renumber one.
enum class Type : uint8_t {
  kVote = 1,
  kCertificate = 2,
  kProposal = 3,
  kStatus = 4,
  kSlotRequest = 5,
  kSlotAnswer = 6,
  kEvidence = 7,
};

struct Writer {  // one overload per message
  const LedgerId& ledger_id;
  Encoder& out;

  void Start(Type type) { out.U8(static_cast<uint8_t>(type)); }
  void PutBlock(const std::optional<Block>& block) {
    if (block) out.Var(block->bytes ? std::string_view(*block->bytes) : std::string_view());
  }

  void operator()(const SignedVote& m) {
    Start(Type::kVote);
    fields::PutSignedVote(out, m);
  }
  void operator()(const Certificate& m) {
    Start(Type::kCertificate);
    fields::PutCertificate(out, m);
  }
  void operator()(const Proposal& m) {
    Start(Type::kProposal);
    fields::PutSlot(out, m.slot);
    fields::PutJustification(out, m.justification);
    PutBlock(m.block);
    out.Fixed(m.signature);
  }
  void operator()(const StatusMessage& m) {
    Start(Type::kStatus);
    out.U64(ToInt(m.epoch)).U64(ToInt(m.view)).U64(ToInt(m.last_final)).U64(ToInt(m.tip_height));
    out.Fixed(m.tip).U8(m.answer ? 2 : m.ask ? 1 : 0);
    if (!m.answer) return;
    out.U8(static_cast<uint8_t>(m.yours.size()));
    for (const SignedVote& vote : m.yours) fields::PutSignedVote(out, vote);
  }
  void operator()(const SlotRequest& m) {
    Start(Type::kSlotRequest);
    out.Fixed(m.id);
  }
  void operator()(const SlotAnswer& m) {
    Start(Type::kSlotAnswer);
    fields::PutSlot(out, m.slot);
    fields::PutJustification(out, m.justification);
    PutBlock(m.block);
  }
  void operator()(const EvidenceMessage& m) {
    Start(Type::kEvidence);
    out.Var(EncodeEvidence(ledger_id, m.evidence));
  }
};

// The block of an append slot; a carry slot has none.
StatusOr<std::optional<Block>> TakeBlock(Decoder& in, const Slot& slot, Application& application) {
  if (slot.kind == SlotKind::kCarry) return std::optional<Block>();
  ASSIGN_OR_RETURN(const ByteSpan bytes, in.Var(limits::kBlockBytesMax), "block");
  ASSIGN_OR_RETURN(Block block, application.Parse(std::string(AsText(bytes))), "block");
  return std::optional<Block>(std::move(block));
}

StatusOr<Message> TakeProposal(Decoder& in, Application& application) {
  Proposal m;
  ASSIGN_OR_RETURN(m.slot, fields::TakeSlot(in), "proposal");
  ASSIGN_OR_RETURN(m.justification, fields::TakeJustification(in), "proposal");
  ASSIGN_OR_RETURN(m.block, TakeBlock(in, m.slot, application), "proposal");
  ASSIGN_OR_RETURN(m.signature, in.Fixed<Signature>(), "proposal signature");
  return Message(std::move(m));
}

StatusOr<Message> TakeSlotAnswer(Decoder& in, Application& application) {
  SlotAnswer m;
  ASSIGN_OR_RETURN(m.slot, fields::TakeSlot(in), "slot answer");
  ASSIGN_OR_RETURN(m.justification, fields::TakeJustification(in), "slot answer");
  ASSIGN_OR_RETURN(m.block, TakeBlock(in, m.slot, application), "slot answer");
  return Message(std::move(m));
}

StatusOr<Message> TakeStatus(Decoder& in) {
  StatusMessage m;
  ASSIGN_OR_RETURN(const uint64_t epoch, in.U64(), "status epoch");
  m.epoch = Epoch{epoch};
  ASSIGN_OR_RETURN(const uint64_t view, in.U64(), "status view");
  m.view = View{view};
  ASSIGN_OR_RETURN(const uint64_t last_final, in.U64(), "status last final view");
  m.last_final = View{last_final};
  ASSIGN_OR_RETURN(const uint64_t height, in.U64(), "status tip height");
  m.tip_height = Height{height};
  ASSIGN_OR_RETURN(m.tip, in.Fixed<BlockId>(), "status tip");
  ASSIGN_OR_RETURN(const uint8_t ask, in.U8(), "status ask");
  if (ask > 2) return InvalidArgument(fmt::format("status ask: want 0 to 2, got {}", ask));
  m.ask = ask == 1;
  m.answer = ask == 2;
  if (!m.answer) return Message(m);
  ASSIGN_OR_RETURN(const uint8_t count, in.U8(), "status votes");
  if (count > kVotesInAnswerMax)
    return InvalidArgument(
        fmt::format("status votes: want at most {}, got {}", kVotesInAnswerMax, count));
  for (uint8_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const SignedVote vote, fields::TakeSignedVote(in), "status vote {}", i);
    m.yours.push_back(vote);
  }
  return Message(m);
}

StatusOr<Message> TakeEvidence(Decoder& in, const LedgerId& ledger_id) {
  ASSIGN_OR_RETURN(const ByteSpan bytes, in.Var(limits::kConsensusMessageBytesMax), "evidence");
  EvidenceMessage m;
  ASSIGN_OR_RETURN(m.evidence, DecodeEvidence(ledger_id, bytes));
  return Message(std::move(m));
}

StatusOr<Message> TakeBody(Decoder& in, Type type, const LedgerId& ledger_id,
                           Application& application) {
  switch (type) {
    case Type::kVote: {
      ASSIGN_OR_RETURN(const SignedVote m, fields::TakeSignedVote(in));
      return Message(m);
    }
    case Type::kCertificate: {
      ASSIGN_OR_RETURN(Certificate m, fields::TakeCertificate(in));
      return Message(std::move(m));
    }
    case Type::kProposal:
      return TakeProposal(in, application);
    case Type::kStatus:
      return TakeStatus(in);
    case Type::kSlotRequest: {
      SlotRequest m;
      ASSIGN_OR_RETURN(m.id, in.Fixed<SlotId>(), "slot request");
      return Message(m);
    }
    case Type::kSlotAnswer:
      return TakeSlotAnswer(in, application);
    case Type::kEvidence:
      return TakeEvidence(in, ledger_id);
  }
  return InvalidArgument(
      fmt::format("message type: want 1 to 7, got {}", static_cast<uint8_t>(type)));
}

struct EpochReader {
  std::optional<Epoch> operator()(const SignedVote& m) const { return m.vote.epoch; }
  std::optional<Epoch> operator()(const Certificate& m) const { return m.vote.epoch; }
  std::optional<Epoch> operator()(const Proposal& m) const { return m.slot.epoch; }
  std::optional<Epoch> operator()(const StatusMessage& m) const { return m.epoch; }
  std::optional<Epoch> operator()(const SlotRequest&) const { return std::nullopt; }
  std::optional<Epoch> operator()(const SlotAnswer& m) const { return m.slot.epoch; }
  std::optional<Epoch> operator()(const EvidenceMessage& m) const {
    return m.evidence.first.vote.epoch;
  }
};

}  // namespace

std::optional<Epoch> EpochOf(const Message& message) { return std::visit(EpochReader(), message); }

std::string EncodeMessage(const LedgerId& ledger_id, const Message& message) {
  Encoder out(kDomain);
  out.Fixed(ledger_id);
  std::visit(Writer{ledger_id, out}, message);
  return out.TakeString();
}

StatusOr<Message> DecodeMessage(const LedgerId& ledger_id, ByteSpan bytes,
                                Application& application) {
  if (bytes.size() > limits::kConsensusMessageBytesMax)
    return InvalidArgument(fmt::format("consensus message: {} bytes are over the limit of {}",
                                       bytes.size(), limits::kConsensusMessageBytesMax));
  Decoder in(bytes);
  RETURN_IF_ERROR(in.Domain(kDomain), "consensus message");
  ASSIGN_OR_RETURN(const LedgerId got, in.Fixed<LedgerId>(), "consensus message: ledger id");
  if (got != ledger_id)
    return InvalidArgument(
        fmt::format("consensus message: ledger id: want {}, got {}", ledger_id, got));
  ASSIGN_OR_RETURN(const uint8_t type, in.U8(), "consensus message: type");
  ASSIGN_OR_RETURN(Message out, TakeBody(in, static_cast<Type>(type), ledger_id, application),
                   "consensus message");
  RETURN_IF_ERROR(in.Finish(), "consensus message");
  return out;
}

}  // namespace parley::consensus
