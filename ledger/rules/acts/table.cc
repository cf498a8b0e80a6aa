#include "ledger/rules/acts/act.h"
#include "ledger/rules/obligations.h"

namespace parley::rules {
namespace {

using R = v1::Record;
using S = v1::CaseState;

// Accounts may be added, corrected and withdrawn until a verdict is decided.
constexpr Stages kOpenToAccounts = {S::REPORTED,  S::ADMITTED,       S::ANSWERED,
                                    S::VERIFYING, S::ACCESS_BLOCKED, S::FOUND,
                                    S::COMMENTED, S::DRAFTED,        S::DEADLOCKED};
// A party that let its time pass may still answer until a verdict is drafted.
constexpr Stages kOpenToAnswers = {S::ADMITTED,       S::ANSWERED, S::VERIFYING,
                                   S::ACCESS_BLOCKED, S::FOUND,    S::COMMENTED};
constexpr Stages kOpenToEndorsement = {S::REPORTED, S::DRAFTED, S::APPEALED, S::FINAL, S::SETTLED};

const ActRule kCaseActs[] = {
    {R::kReportIncident, "ReportIncident", kOpenToAccounts, "", MayReport, ApplySecondAccount},
    {R::kAmendReport, "AmendReport", kOpenToAccounts, "", MayAmend, ApplyAmendReport},
    {R::kWithdrawReport, "WithdrawReport", kOpenToAccounts, "", MayAmend, ApplyWithdrawReport},
    {R::kScreenCase, "ScreenCase", {S::REPORTED}, kind::kScreen, MayMove, ApplyScreenCase},
    {R::kRespond, "Respond", kOpenToAnswers, kind::kRespond, MayRespond, ApplyRespond},
    {R::kComment,
     "Comment",
     {S::ANSWERED, S::FOUND, S::COMMENTED},
     kind::kComment,
     MayComment,
     ApplyComment},
    {R::kProposeVerdict,
     "ProposeVerdict",
     {S::ANSWERED, S::COMMENTED, S::DEADLOCKED},
     kind::kVerdict,
     MayProposeVerdict,
     ApplyProposeVerdict},
    {R::kEndorse, "Endorse", kOpenToEndorsement, kind::kEndorse, MayEndorseNow, ApplyEndorse},
    {R::kAppeal, "Appeal", {S::DECIDED}, kind::kAppealWindow, MayAppeal, ApplyAppeal},
    {R::kDecideAppeal,
     "DecideAppeal",
     {S::APPEALED},
     kind::kDecideAppeal,
     MayDecideAppeal,
     ApplyDecideAppeal},
    {R::kReportRemedy,
     "ReportRemedy",
     {S::REMEDY_DUE, S::REMEDY_OVERDUE},
     kind::kRemedy,
     MayReportRemedy,
     ApplyReportRemedy},
    {R::kCheckRemedy,
     "CheckRemedy",
     {S::REMEDY_DUE, S::REMEDY_OVERDUE},
     kind::kCheck,
     MayCheckRemedy,
     ApplyCheckRemedy},
    {R::kCloseCase, "CloseCase", {S::FINAL, S::SETTLED}, "", MayMove, ApplyCloseCase},
};

}  // namespace

std::span<const ActRule> CaseActs() { return kCaseActs; }

const ActRule* FindCaseAct(v1::Record::ActCase act) {
  for (const ActRule& rule : kCaseActs)
    if (rule.act == act) return &rule;
  return nullptr;
}

Status MayAnyone(const Charter&, const v1::CaseState&, const std::string&) {
  return absl::OkStatus();
}

Status MayMediator(const Charter& charter, const v1::CaseState&, const std::string& member) {
  if (IsMediator(charter, member)) return absl::OkStatus();
  return PermissionDenied(fmt::format("{} is not a mediator", member));
}

Status MayMove(const Charter& charter, const v1::CaseState& file, const std::string& member) {
  RETURN_IF_ERROR(MayMediator(charter, file, member));
  if (file.has_motion())
    return FailedPrecondition(
        fmt::format("a record of {} still waits for endorsement", file.motion().proposer()));
  return absl::OkStatus();
}

}  // namespace parley::rules
