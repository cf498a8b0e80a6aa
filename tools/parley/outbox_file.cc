#include "tools/parley/outbox_file.h"

#include "base/limits.h"
#include "crypto/encoding.h"

namespace parley::cli {
namespace {

constexpr std::string_view kFileDomain = "parley/outbox/v1";
constexpr std::string_view kHeadDomain = "parley/outbox-head/v1";

// That `record` may stand after `before` (null: it is the first of the file).
Status CheckOrder(const record::ParsedRecord* before, const record::ParsedRecord& record) {
  if (before == nullptr || before->key_id() < record.key_id()) return absl::OkStatus();
  if (record.key_id() < before->key_id())
    return InvalidArgument("stands before a record of a smaller key id");
  if (record.sequence() != before->sequence() + 1)
    return InvalidArgument(fmt::format("has sequence number {}, the one before has {}",
                                       record.sequence(), before->sequence()));
  if (record.previous() != before->id())
    return InvalidArgument("does not name the record before it");
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::vector<record::ParsedRecord>> ParseOutboxFile(std::string_view bytes) {
  if (bytes.size() > kOutboxBytesMax)
    return ResourceExhausted(fmt::format("outbox file: longer than {} bytes", kOutboxBytesMax));
  Decoder in(AsBytes(bytes));
  RETURN_IF_ERROR(in.Domain(kFileDomain), "outbox file");
  ASSIGN_OR_RETURN(const LedgerId ledger, in.Fixed<LedgerId>(), "outbox file");
  ASSIGN_OR_RETURN(const uint32_t count, in.U32(), "outbox file");
  if (count == 0 || count > kOutboxRecordsMax)
    return InvalidArgument(
        fmt::format("outbox file: {} records, want 1 to {}", count, kOutboxRecordsMax));
  std::vector<record::ParsedRecord> records;
  for (uint32_t i = 1; i <= count; ++i) {
    ASSIGN_OR_RETURN(const ByteSpan envelope, in.Var(limits::kEnvelopeBytesMax),
                     "outbox file: record {}", i);
    ASSIGN_OR_RETURN(record::ParsedRecord record,
                     record::ParsedRecord::Parse(std::string(AsText(envelope))),
                     "outbox file: record {}", i);
    if (record.ledger_id() != ledger)
      return InvalidArgument(fmt::format("outbox file: record {} is of another ledger", i));
    RETURN_IF_ERROR(CheckOrder(records.empty() ? nullptr : &records.back(), record),
                    "outbox file: record {}", i);
    records.push_back(std::move(record));
  }
  RETURN_IF_ERROR(in.Finish(), "outbox file");
  return records;
}

std::string SerializeOutboxFile(const std::vector<record::ParsedRecord>& records) {
  Encoder out(kFileDomain);
  out.Fixed(records.front().ledger_id()).U32(static_cast<uint32_t>(records.size()));
  for (const record::ParsedRecord& record : records) out.Var(record.envelope());
  return out.TakeString();
}

StatusOr<AuthorHead> ParseAuthorHead(std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  AuthorHead head;
  RETURN_IF_ERROR(in.Domain(kHeadDomain), "author head");
  ASSIGN_OR_RETURN(head.ledger, in.Fixed<LedgerId>(), "author head");
  ASSIGN_OR_RETURN(head.key, in.Fixed<KeyId>(), "author head");
  ASSIGN_OR_RETURN(head.sequence, in.U64(), "author head");
  ASSIGN_OR_RETURN(head.previous, in.Fixed<RecordId>(), "author head");
  RETURN_IF_ERROR(in.Finish(), "author head");
  if ((head.sequence == 0) != head.previous.IsZero())
    return InvalidArgument("author head: sequence and record id do not go together");
  return head;
}

std::string SerializeAuthorHead(const AuthorHead& head) {
  return Encoder(kHeadDomain)
      .Fixed(head.ledger)
      .Fixed(head.key)
      .U64(head.sequence)
      .Fixed(head.previous)
      .TakeString();
}

}  // namespace parley::cli
