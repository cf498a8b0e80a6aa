#include "ledger/record/record.h"

#include "base/limits.h"
#include "crypto/dsse.h"

namespace parley::record {
namespace {

// A 32-byte field that may be empty stands for all zero then.
template <class T>
StatusOr<T> FixedOrZero(const std::string& field) {
  if (field.empty()) return T();
  return T::FromBytes(field);
}

}  // namespace

StatusOr<ParsedRecord> ParsedRecord::Parse(std::string envelope) {
  if (envelope.size() > limits::kEnvelopeBytesMax)
    return InvalidArgument(fmt::format("record: {} bytes, at most {} are allowed", envelope.size(),
                                       limits::kEnvelopeBytesMax));
  v1::Envelope parts;
  RETURN_IF_ERROR(ParseCanonical(envelope, &parts, "record envelope"));
  ParsedRecord out;
  ASSIGN_OR_RETURN(out.key_id_, KeyId::FromBytes(parts.key_id()), "record envelope");
  ASSIGN_OR_RETURN(out.signature_, Signature::FromBytes(parts.signature()), "record envelope");
  RETURN_IF_ERROR(ParseCanonical(parts.payload(), &out.record_, "record payload"));
  RETURN_IF_ERROR(CheckShape(out.record_), "record");
  out.envelope_ = std::move(envelope);
  out.payload_ = std::move(*parts.mutable_payload());
  out.id_ = Sha256<RecordId>(out.SignedBytes());
  ASSIGN_OR_RETURN(out.previous_, FixedOrZero<RecordId>(out.record_.previous()), "record");
  ASSIGN_OR_RETURN(out.ledger_id_, LedgerId::FromBytes(out.record_.ledger_id()), "record");
  ASSIGN_OR_RETURN(out.charter_, CharterHash::FromBytes(out.record_.charter()), "record");
  return out;
}

Bytes ParsedRecord::SignedBytes() const { return PreAuthEncoding(kPayloadType, AsBytes(payload_)); }

bool VerifySignature(const ParsedRecord& record, const PublicKey& key) {
  return KeyIdOf(key) == record.key_id() && Verify(key, record.SignedBytes(), record.signature());
}

StatusOr<std::string> SignRecord(const v1::Record& record, const SecretKey& key) {
  RETURN_IF_ERROR(CheckShape(record), "record");
  v1::Envelope envelope;
  envelope.set_payload(CanonicalBytes(record));
  envelope.set_key_id(KeyIdOf(key.public_key()).ToString());
  const Bytes signed_bytes = PreAuthEncoding(kPayloadType, AsBytes(envelope.payload()));
  envelope.set_signature(key.Sign(signed_bytes).ToString());
  std::string bytes = CanonicalBytes(envelope);
  if (bytes.size() > limits::kEnvelopeBytesMax)
    return InvalidArgument(fmt::format("record: {} bytes when signed, at most {} are allowed",
                                       bytes.size(), limits::kEnvelopeBytesMax));
  return bytes;
}

std::string_view ActName(const v1::Record& record) {
  using R = v1::Record;
  switch (record.act_case()) {
    case R::kReportIncident:
      return "ReportIncident";
    case R::kAmendReport:
      return "AmendReport";
    case R::kWithdrawReport:
      return "WithdrawReport";
    case R::kScreenCase:
      return "ScreenCase";
    case R::kRespond:
      return "Respond";
    case R::kComment:
      return "Comment";
    case R::kProposeVerdict:
      return "ProposeVerdict";
    case R::kEndorse:
      return "Endorse";
    case R::kAppeal:
      return "Appeal";
    case R::kDecideAppeal:
      return "DecideAppeal";
    case R::kReportRemedy:
      return "ReportRemedy";
    case R::kCheckRemedy:
      return "CheckRemedy";
    case R::kCloseCase:
      return "CloseCase";
    case R::kEnrolKey:
      return "EnrolKey";
    case R::kRevokeKey:
      return "RevokeKey";
    case R::kProposeCharter:
      return "ProposeCharter";
    case R::ACT_NOT_SET:
      break;
  }
  return "none";
}

}  // namespace parley::record
