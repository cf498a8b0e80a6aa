#include <algorithm>

#include "base/limits.h"
#include "ledger/record/shape.h"
#include "ledger/record/text.h"

namespace parley::record::internal {
namespace {

Status CheckAttribution(const v1::Attribution& attribution, const std::string& field) {
  RETURN_IF_ERROR(CheckEnum(attribution.responsibility(), v1::Responsibility_IsValid, false,
                            field + ".responsibility"));
  switch (attribution.to_case()) {
    case v1::Attribution::kMember:
      return CheckMember(attribution.member(), field + ".member");
    case v1::Attribution::kThirdPartyGroup:
      return CheckText(attribution.third_party_group(), field + ".third_party_group",
                       kShortTextRequired);
    case v1::Attribution::kUnattributed:
      return attribution.unattributed()
                 ? absl::OkStatus()
                 : InvalidArgument(field + ".unattributed: can only be true");
    case v1::Attribution::TO_NOT_SET:
      break;
  }
  return InvalidArgument(field + ": names nobody; say member, third_party_group or unattributed");
}

Status CheckRemedyOne(const v1::Remedy& remedy, const std::string& field) {
  RETURN_IF_ERROR(CheckText(remedy.what(), field + ".what", kFreeTextRequired));
  RETURN_IF_ERROR(CheckMember(remedy.who(), field + ".who"));
  RETURN_IF_ERROR(CheckTime(remedy.due_ms(), field + ".due_ms"));
  RETURN_IF_ERROR(CheckText(remedy.proof(), field + ".proof", kFreeText));
  RETURN_IF_ERROR(CheckMember(remedy.checker(), field + ".checker"));
  if (remedy.who() == remedy.checker())
    return InvalidArgument(field + ".checker: nobody checks its own remedy");
  return absl::OkStatus();
}

// The four questions are kept apart, but answers that exclude each other are refused.
Status CheckDetermination(const v1::Verdict& verdict) {
  RETURN_IF_ERROR(CheckEnum(verdict.fact(), v1::Fact_IsValid, true, "verdict.fact"));
  RETURN_IF_ERROR(
      CheckEnum(verdict.determination(), v1::Determination_IsValid, true, "verdict.determination"));
  const bool violation = verdict.determination() == v1::VIOLATION;
  const bool undetermined = verdict.determination() == v1::UNDETERMINED;
  RETURN_IF_ERROR(
      CheckEnum(verdict.severity(), v1::Severity_IsValid, violation, "verdict.severity"));
  if (!violation && verdict.severity() != v1::SEVERITY_UNSPECIFIED)
    return InvalidArgument("verdict.severity: only a VIOLATION has one");
  if (violation && verdict.fact() != v1::ESTABLISHED && verdict.fact() != v1::PARTLY_ESTABLISHED)
    return InvalidArgument(
        "verdict.fact: a VIOLATION needs facts that are ESTABLISHED or PARTLY_ESTABLISHED");
  RETURN_IF_ERROR(
      CheckEnum(verdict.standard(), v1::StandardOfProof_IsValid, violation, "verdict.standard"));
  RETURN_IF_ERROR(CheckEnum(verdict.undetermined_reason(), v1::UndeterminedReason_IsValid,
                            undetermined, "verdict.undetermined_reason"));
  if (!undetermined && verdict.undetermined_reason() != v1::UNDETERMINED_REASON_UNSPECIFIED)
    return InvalidArgument("verdict.undetermined_reason: only for UNDETERMINED");
  return absl::OkStatus();
}

}  // namespace

Status CheckVerdict(const v1::Verdict& verdict) {
  RETURN_IF_ERROR(CheckDetermination(verdict));
  RETURN_IF_ERROR(CheckListSize(verdict.attributions_size(), "verdict.attributions"));
  for (int i = 0; i < verdict.attributions_size(); ++i)
    RETURN_IF_ERROR(
        CheckAttribution(verdict.attributions(i), fmt::format("verdict.attributions[{}]", i)));
  RETURN_IF_ERROR(
      CheckEnumList(verdict.mitigation(), v1::Mitigation_IsValid, "verdict.mitigation"));
  RETURN_IF_ERROR(CheckText(verdict.reasons(), "verdict.reasons", kFreeTextRequired));
  RETURN_IF_ERROR(CheckListSize(verdict.remedies_size(), "verdict.remedies"));
  for (int i = 0; i < verdict.remedies_size(); ++i)
    RETURN_IF_ERROR(CheckRemedyOne(verdict.remedies(i), fmt::format("verdict.remedies[{}]", i)));
  return absl::OkStatus();
}

Status CheckProposeVerdict(const v1::ProposeVerdict& act) {
  if (!act.has_verdict()) return InvalidArgument("verdict: missing");
  return CheckVerdict(act.verdict());
}

Status CheckDecideAppeal(const v1::DecideAppeal& act) {
  RETURN_IF_ERROR(CheckEnum(act.outcome(), v1::DecideAppeal::Outcome_IsValid, true, "outcome"));
  RETURN_IF_ERROR(CheckText(act.reasons(), "reasons", kFreeTextRequired));
  const bool varied = act.outcome() == v1::DecideAppeal::VARIED;
  if (varied != act.has_verdict())
    return InvalidArgument(varied ? "verdict: missing; VARIED needs the new verdict"
                                  : "verdict: only for VARIED");
  return varied ? CheckVerdict(act.verdict()) : absl::OkStatus();
}

}  // namespace parley::record::internal
