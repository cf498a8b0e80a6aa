#include "ledger/record/intake.h"

#include "base/limits.h"
#include "crypto/encoding.h"
#include "ledger/record/names.h"

namespace parley::record {
namespace {

constexpr std::string_view kDomain = "parley/intake/v1";

Bytes SignedPart(const IntakeReceipt& r) {
  Encoder out(kDomain);
  out.Fixed(r.ledger_id).Fixed(r.record).Var(r.member);
  out.U64(ToInt(r.received_at)).U64(r.ledger_size).U64(ToInt(r.deadline));
  return out.Take();
}

StatusOr<TimeMs> TakeTime(Decoder& in, std::string_view what) {
  ASSIGN_OR_RETURN(const uint64_t ms, in.U64(), "{}", what);
  if (ms > ToInt(kTimeMax))
    return InvalidArgument(fmt::format("{}: {} ms is after the year 9999", what, ms));
  return TimeMs{ms};
}

Status TakeFields(Decoder& in, IntakeReceipt* out) {
  RETURN_IF_ERROR(in.Domain(kDomain));
  ASSIGN_OR_RETURN(out->ledger_id, in.Fixed<LedgerId>());
  ASSIGN_OR_RETURN(out->record, in.Fixed<RecordId>());
  ASSIGN_OR_RETURN(const ByteSpan member, in.Var(limits::kNameBytesMax), "member");
  out->member = std::string(AsText(member));
  if (!IsName(out->member)) return InvalidArgument("member: not a name");
  ASSIGN_OR_RETURN(out->received_at, TakeTime(in, "received_at_ms"));
  ASSIGN_OR_RETURN(out->ledger_size, in.U64(), "ledger_size");
  ASSIGN_OR_RETURN(out->deadline, TakeTime(in, "deadline_ms"));
  if (out->deadline < out->received_at)
    return InvalidArgument(
        fmt::format("deadline_ms {} is before received_at_ms {}", out->deadline, out->received_at));
  ASSIGN_OR_RETURN(out->signature, in.Fixed<Signature>());
  return in.Finish();
}

}  // namespace

std::string SignIntakeReceipt(const IntakeReceipt& receipt, const SecretKey& node_key) {
  const Bytes bytes = SignedPart(receipt);
  std::string out(AsText(bytes));
  out += node_key.Sign(bytes).ToString();
  return out;
}

StatusOr<IntakeReceipt> ParseIntakeReceipt(std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  IntakeReceipt out;
  RETURN_IF_ERROR(TakeFields(in, &out), "intake receipt");
  return out;
}

Status VerifyIntakeReceipt(const IntakeReceipt& receipt, const PublicKey& node_key) {
  if (Verify(node_key, SignedPart(receipt), receipt.signature)) return absl::OkStatus();
  return Unauthenticated(fmt::format(
      "intake receipt for record {}: the signature is not that of the node of \"{}\" ({})",
      receipt.record, receipt.member, FingerprintOf(node_key)));
}

}  // namespace parley::record
