#include "ledger/record/shape.h"

#include "base/limits.h"
#include "crypto/identity.h"
#include "ledger/record/names.h"
#include "ledger/record/record.h"

namespace parley::record {
namespace internal {

Status CheckSize(const std::string& bytes, size_t size, std::string_view field) {
  if (bytes.size() == size) return absl::OkStatus();
  return InvalidArgument(fmt::format("{}: want {} bytes, got {}", field, size, bytes.size()));
}

Status CheckTime(uint64_t time_ms, std::string_view field) {
  if (time_ms == 0) return InvalidArgument(fmt::format("{}: missing", field));
  if (time_ms > ToInt(kTimeMax))
    return InvalidArgument(fmt::format("{}: {} ms lies after the year 9999", field, time_ms));
  return absl::OkStatus();
}

Status CheckMember(std::string_view name, std::string_view field) {
  if (IsName(name)) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("{}: a name has 1 to {} of a-z, 0-9 and '-' and does not begin with '-'", field,
                  limits::kNameBytesMax));
}

Status CheckListSize(int size, std::string_view field) {
  if (static_cast<size_t>(size) <= limits::kListItemsMax) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("{}: {} items, at most {} are allowed", field, size, limits::kListItemsMax));
}

}  // namespace internal

namespace {

using internal::CheckSize;

Status CheckReferences(const v1::Record& record) {
  RETURN_IF_ERROR(internal::CheckListSize(record.references_size(), "references"));
  for (int i = 0; i < record.references_size(); ++i) {
    const v1::Reference& reference = record.references(i);
    const std::string field = fmt::format("references[{}]", i);
    RETURN_IF_ERROR(CheckSize(reference.record_id(), RecordId::kSize, field + ".record_id"));
    if (!IsReferenceRole(reference.role()))
      return InvalidArgument(field + ".role: a role has 1 to 32 of a-z, 0-9 and '-'");
    for (int j = 0; j < i; ++j)
      if (record.references(j).record_id() == reference.record_id() &&
          record.references(j).role() == reference.role())
        return InvalidArgument(fmt::format("{}: repeats references[{}]", field, j));
  }
  return absl::OkStatus();
}

Status CheckChain(const v1::Record& record) {
  if (record.sequence() == 0) return InvalidArgument("sequence: counts from 1");
  if (record.sequence() == 1 && !record.previous().empty())
    return InvalidArgument("previous: a key's first record has none");
  if (record.sequence() == 1) return absl::OkStatus();
  return CheckSize(record.previous(), RecordId::kSize, "previous");
}

enum class CaseField { kNone, kOptional, kRequired };

CaseField CaseFieldOf(const v1::Record& record) {
  switch (record.act_case()) {
    case v1::Record::kEnrolKey:
    case v1::Record::kRevokeKey:
    case v1::Record::kProposeCharter:
      return CaseField::kNone;
    case v1::Record::kReportIncident:
      return CaseField::kOptional;
    default:
      return CaseField::kRequired;
  }
}

Status CheckCaseId(const v1::Record& record) {
  const CaseField want = CaseFieldOf(record);
  if (record.case_id().empty()) {
    if (want == CaseField::kRequired)
      return InvalidArgument(fmt::format("case_id: {} needs one", ActName(record)));
    return absl::OkStatus();
  }
  if (want == CaseField::kNone)
    return InvalidArgument(fmt::format("case_id: {} concerns no case", ActName(record)));
  return Annotate(CaseNumber::Parse(record.case_id()).status(), "case_id");
}

Status CheckAct(const v1::Record& record) {
  using R = v1::Record;
  namespace in = internal;
  switch (record.act_case()) {
    case R::kReportIncident:
      return in::CheckReportIncident(record.report_incident());
    case R::kAmendReport:
      return in::CheckAmendReport(record.amend_report());
    case R::kWithdrawReport:
      return in::CheckWithdrawReport(record.withdraw_report());
    case R::kScreenCase:
      return in::CheckScreenCase(record.screen_case(), record.case_id());
    case R::kRespond:
      return in::CheckRespond(record.respond());
    case R::kComment:
      return in::CheckComment(record.comment());
    case R::kProposeVerdict:
      return in::CheckProposeVerdict(record.propose_verdict());
    case R::kEndorse:
      return in::CheckEndorse(record.endorse());
    case R::kAppeal:
      return in::CheckAppeal(record.appeal());
    case R::kDecideAppeal:
      return in::CheckDecideAppeal(record.decide_appeal());
    case R::kReportRemedy:
      return in::CheckReportRemedy(record.report_remedy());
    case R::kCheckRemedy:
      return in::CheckCheckRemedy(record.check_remedy());
    case R::kCloseCase:
      return in::CheckCloseCase(record.close_case());
    case R::kEnrolKey:
      return in::CheckEnrolKey(record.enrol_key());
    case R::kRevokeKey:
      return in::CheckRevokeKey(record.revoke_key());
    case R::kProposeCharter:
      return in::CheckProposeCharter(record.propose_charter());
    case R::ACT_NOT_SET:
      break;
  }
  return InvalidArgument("act: missing or not known to this version");
}

}  // namespace

Status CheckShape(const v1::Record& record) {
  RETURN_IF_ERROR(CheckSize(record.ledger_id(), LedgerId::kSize, "ledger_id"));
  RETURN_IF_ERROR(CheckSize(record.charter(), CharterHash::kSize, "charter"));
  RETURN_IF_ERROR(internal::CheckMember(record.member(), "member"));
  RETURN_IF_ERROR(internal::CheckMember(record.officer(), "officer"));
  RETURN_IF_ERROR(CheckChain(record));
  RETURN_IF_ERROR(internal::CheckTime(record.declared_at_ms(), "declared_at_ms"));
  RETURN_IF_ERROR(CheckSize(record.nonce(), 16, "nonce"));
  if (!record.language().empty() && !IsLanguageTag(record.language()))
    return InvalidArgument("language: want a BCP 47 tag such as en, ur-PK or tr");
  RETURN_IF_ERROR(CheckReferences(record));
  // The act before the case id: a record without an act is told so.
  RETURN_IF_ERROR(CheckAct(record), "{}", ActName(record));
  return CheckCaseId(record);
}

}  // namespace parley::record
