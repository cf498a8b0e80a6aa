#include <algorithm>

#include "base/limits.h"
#include "crypto/sign.h"
#include "ledger/record/names.h"
#include "ledger/record/shape.h"
#include "ledger/record/text.h"

namespace parley::record::internal {

Status CheckScreenCase(const v1::ScreenCase& act, const std::string& case_id) {
  RETURN_IF_ERROR(CheckEnum(act.decision(), v1::ScreenCase::Decision_IsValid, true, "decision"));
  const bool reject = act.decision() == v1::ScreenCase::REJECT;
  RETURN_IF_ERROR(CheckText(act.reason(), "reason", reject ? kFreeTextRequired : kFreeText));
  if (act.decision() != v1::ScreenCase::MERGE) {
    if (!act.merge_into().empty()) return InvalidArgument("merge_into: only for MERGE");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CaseNumber::Parse(act.merge_into()).status(), "merge_into");
  if (act.merge_into() == case_id)
    return InvalidArgument("merge_into: a case cannot be merged into itself");
  return absl::OkStatus();
}

Status CheckRespond(const v1::Respond& act) {
  RETURN_IF_ERROR(CheckEnum(act.answer(), v1::Respond::Answer_IsValid, true, "answer"));
  const bool explains =
      act.answer() == v1::Respond::EXPLAIN || act.answer() == v1::Respond::COUNTER_CLAIM;
  RETURN_IF_ERROR(CheckText(act.account(), "account", explains ? kFreeTextRequired : kFreeText));
  RETURN_IF_ERROR(CheckEnumList(act.mitigation(), v1::Mitigation_IsValid, "mitigation"));
  for (int i = 0; i < act.mitigation_size(); ++i) {
    const auto claim = act.mitigation(i);
    if (claim == v1::SELF_DEFENCE_ACCEPTED || claim == v1::SELF_DEFENCE_REJECTED)
      return InvalidArgument(fmt::format(
          "mitigation[{}]: a party claims self-defence; a verdict accepts or rejects it", i));
  }
  return absl::OkStatus();
}

Status CheckComment(const v1::Comment& act) {
  RETURN_IF_ERROR(CheckEnum(act.stance(), v1::Comment::Stance_IsValid, true, "stance"));
  return CheckText(act.text(), "text", kFreeText);
}

Status CheckEndorse(const v1::Endorse& act) {
  RETURN_IF_ERROR(CheckSize(act.record(), RecordId::kSize, "record"));
  RETURN_IF_ERROR(CheckEnum(act.choice(), v1::Endorse::Choice_IsValid, true, "choice"));
  const bool dissent = act.choice() == v1::Endorse::DISSENT;
  return CheckText(act.reasons(), "reasons", dissent ? kFreeTextRequired : kFreeText);
}

Status CheckAppeal(const v1::Appeal& act) {
  RETURN_IF_ERROR(CheckEnum(act.ground(), v1::Appeal::Ground_IsValid, true, "ground"));
  return CheckText(act.text(), "text", kFreeTextRequired);
}

Status CheckReportRemedy(const v1::ReportRemedy& act) {
  if (act.remedy() >= limits::kListItemsMax)
    return InvalidArgument(fmt::format("remedy: {} is no index of a remedy", act.remedy()));
  return CheckText(act.account(), "account", kFreeTextRequired);
}

Status CheckCheckRemedy(const v1::CheckRemedy& act) {
  if (act.remedy() >= limits::kListItemsMax)
    return InvalidArgument(fmt::format("remedy: {} is no index of a remedy", act.remedy()));
  return CheckText(act.reasons(), "reasons", act.accepted() ? kFreeText : kFreeTextRequired);
}

Status CheckCloseCase(const v1::CloseCase& act) {
  return CheckText(act.reason(), "reason", kFreeText);
}

Status CheckEnrolKey(const v1::EnrolKey& act) {
  RETURN_IF_ERROR(CheckMember(act.officer(), "officer"));
  if (act.officer() == kRootOfficer)
    return InvalidArgument("officer: 'root' is the name of the member's root key");
  RETURN_IF_ERROR(CheckSize(act.public_key(), PublicKey::kSize, "public_key"));
  RETURN_IF_ERROR(CheckEnumList(act.capabilities(), v1::Capability_IsValid, "capabilities"));
  if (!std::is_sorted(act.capabilities().begin(), act.capabilities().end()))
    return InvalidArgument("capabilities: want ascending order");
  return CheckSize(act.possession(), Signature::kSize, "possession");
}

Status CheckRevokeKey(const v1::RevokeKey& act) {
  RETURN_IF_ERROR(CheckSize(act.key_id(), KeyId::kSize, "key_id"));
  if (act.suspect_since_ms() > ToInt(kTimeMax))
    return InvalidArgument("suspect_since_ms: lies after the year 9999");
  return CheckText(act.reason(), "reason", kFreeText);
}

// What the note says is for the rules to judge.
Status CheckProposeCharter(const v1::ProposeCharter& act) {
  if (act.charter_note().empty()) return InvalidArgument("charter_note: missing");
  if (act.charter_note().size() > limits::kCharterNoteBytesMax)
    return InvalidArgument(fmt::format("charter_note: {} bytes, at most {} are allowed",
                                       act.charter_note().size(), limits::kCharterNoteBytesMax));
  return absl::OkStatus();
}

}  // namespace parley::record::internal
