#pragma once

// Internal to this folder: the parts of CheckShape, one function for each group of acts, and small
// checks that they share. All return OK or INVALID_ARGUMENT, whose text begins with the field, and
// look at nothing but their arguments: whether an act is legal now is for ledger/rules to say.
// Every limit is in base/limits.h; none of these may accept more than docs/rules.md, section 6,
// allows, because what they accept can be signed and then stays for ever.

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/time.h"
#include "parley/v1/record.pb.h"

namespace parley::record::internal {

// One for each act, named like it. `case_id` is the record's, already checked itself.
Status CheckReportIncident(const v1::ReportIncident& act);
Status CheckAmendReport(const v1::AmendReport& act);
Status CheckWithdrawReport(const v1::WithdrawReport& act);
Status CheckScreenCase(const v1::ScreenCase& act, const std::string& case_id);
Status CheckRespond(const v1::Respond& act);
Status CheckComment(const v1::Comment& act);
Status CheckProposeVerdict(const v1::ProposeVerdict& act);
Status CheckEndorse(const v1::Endorse& act);
Status CheckAppeal(const v1::Appeal& act);
Status CheckDecideAppeal(const v1::DecideAppeal& act);
Status CheckReportRemedy(const v1::ReportRemedy& act);
Status CheckCheckRemedy(const v1::CheckRemedy& act);
Status CheckCloseCase(const v1::CloseCase& act);
Status CheckEnrolKey(const v1::EnrolKey& act);
Status CheckRevokeKey(const v1::RevokeKey& act);
Status CheckProposeCharter(const v1::ProposeCharter& act);

// What reports and amendments, and verdicts and decisions on appeal, have in common.
Status CheckFacts(const v1::IncidentFacts& facts);
Status CheckVerdict(const v1::Verdict& verdict);

// Exactly `size` bytes.
Status CheckSize(const std::string& bytes, size_t size, std::string_view field);
// Milliseconds since the epoch, from 1 to the end of the year 9999.
Status CheckTime(uint64_t time_ms, std::string_view field);
// A name of a member or officer: 1 to 32 of a-z, 0-9 and '-', not beginning with '-'. Whether there
// is such a member the charter says.
Status CheckMember(std::string_view name, std::string_view field);
// At most kListItemsMax items; none is fine.
Status CheckListSize(int size, std::string_view field);

// A value that the protocol names. UNSPECIFIED (0) only when it is not required.
template <class Enum>
Status CheckEnum(Enum value, bool (*is_valid)(int), bool required, std::string_view field) {
  if (!is_valid(static_cast<int>(value)))
    return InvalidArgument(
        fmt::format("{}: {} is not a known value", field, static_cast<int>(value)));
  if (required && static_cast<int>(value) == 0)
    return InvalidArgument(fmt::format("{}: missing", field));
  return absl::OkStatus();
}

// A list of named values without repetition, within the limit of list items.
template <class List>
Status CheckEnumList(const List& list, bool (*is_valid)(int), std::string_view field) {
  RETURN_IF_ERROR(CheckListSize(list.size(), field));
  for (int i = 0; i < list.size(); ++i) {
    if (list.Get(i) == 0 || !is_valid(list.Get(i)))
      return InvalidArgument(
          fmt::format("{}[{}]: {} is not a known value", field, i, static_cast<int>(list.Get(i))));
    for (int j = 0; j < i; ++j)
      if (list.Get(i) == list.Get(j))
        return InvalidArgument(fmt::format("{}[{}]: repeats item {}", field, i, j));
  }
  return absl::OkStatus();
}

}  // namespace parley::record::internal
