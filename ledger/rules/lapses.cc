#include "ledger/rules/lapses.h"

#include <string_view>

#include "ledger/rules/flow.h"
#include "ledger/rules/motions.h"
#include "ledger/rules/obligations.h"
#include "ledger/rules/parties.h"

namespace parley::rules {
namespace {

// A lapse admits, except what was reported so late that a mediator must look at it.
Status LapseScreen(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  AddFlag(file, "SCREENING_LAPSED");
  return HasFlag(*file, "STALE") ? absl::OkStatus() : Admit(step, file);
}

Status LapseRespond(const Step& step, const v1::ObligationState& owed, v1::CaseState* file) {
  AddFlag(file, "NO_ANSWER");
  if (v1::PartyState* party = FindParty(file, owed.member()); party != nullptr)
    party->set_respond_lapsed(true);
  return Advance(step, file);
}

Status LapseTask(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  AddFlag(file, "NOT_VERIFIED");
  return EnterFound(step, file);
}

Status LapseFindings(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  AddFlag(file, "NOT_VERIFIED");
  return EnterFound(step, file);
}

Status LapseComment(const Step& step, const v1::ObligationState& owed, v1::CaseState* file) {
  AddFlag(file, "NO_COMMENT");
  if (v1::PartyState* party = FindParty(file, owed.member()); party != nullptr)
    party->set_comment_lapsed(true);
  return Advance(step, file);
}

Status LapseVerdict(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  AddFlag(file, "NO_VERDICT_IN_TIME");
  return EnterDeadlocked(step, file);
}

// Every member's silence is recorded; the last one's ends the waiting.
Status LapseEndorse(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  AddFlag(file, "NO_ENDORSEMENT");
  ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> open,
                   ObligationsOfCase(step.state, file->case_id()));
  for (const v1::ObligationState& obligation : open)
    if (obligation.kind() == kind::kEndorse) return absl::OkStatus();
  return file->has_motion() ? FailMotion(step, file) : absl::OkStatus();
}

Status LapseStepUp(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  return DecideUndetermined(step, file);
}

Status LapseAppealWindow(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  return EnterFinal(step, file);
}

Status LapseDecideAppeal(const Step& step, const v1::ObligationState&, v1::CaseState* file) {
  AddFlag(file, "APPEAL_UNDECIDED");
  return EnterFinal(step, file);
}

Status LapseRemedy(const Step& step, const v1::ObligationState& owed, v1::CaseState* file) {
  AddFlag(file, "REMEDY_OVERDUE");
  const std::optional<size_t> number = KindNumber(owed.kind());
  auto* remedies = file->mutable_verdict()->mutable_remedies();
  if (number && *number < static_cast<size_t>(remedies->size()))
    remedies->Mutable(static_cast<int>(*number))->set_overdue(true);
  return UpdateRemedyStage(step, file);
}

// The remedy is not held against who carried it out; any mediator may check it now.
Status LapseCheck(const Step&, const v1::ObligationState& owed, v1::CaseState* file) {
  AddFlag(file, "REMEDY_UNCHECKED");
  const std::optional<size_t> number = KindNumber(owed.kind());
  auto* remedies = file->mutable_verdict()->mutable_remedies();
  if (number && *number < static_cast<size_t>(remedies->size()))
    remedies->Mutable(static_cast<int>(*number))->set_check_lapsed(true);
  return absl::OkStatus();
}

struct LapseRule {
  std::string_view kind;
  Status (*apply)(const Step&, const v1::ObligationState&, v1::CaseState*);
};

constexpr LapseRule kLapseRules[] = {
    {kind::kScreen, LapseScreen},
    {kind::kRespond, LapseRespond},
    {kind::kTask, LapseTask},
    {kind::kFindings, LapseFindings},
    {kind::kComment, LapseComment},
    {kind::kVerdict, LapseVerdict},
    {kind::kEndorse, LapseEndorse},
    {kind::kStepUp, LapseStepUp},
    {kind::kAppealWindow, LapseAppealWindow},
    {kind::kDecideAppeal, LapseDecideAppeal},
    {kind::kRemedy, LapseRemedy},
    {kind::kCheck, LapseCheck},
};

}  // namespace

Status ApplyLapse(const Step& step, const v1::ObligationState& obligation, v1::CaseState* file) {
  for (const LapseRule& rule : kLapseRules)
    if (rule.kind == PlainKind(obligation.kind())) return rule.apply(step, obligation, file);
  return DataLoss(fmt::format("state: obligation of unknown kind '{}'", obligation.kind()));
}

v1::Lapse LapseEvent(const v1::ObligationState& obligation) {
  v1::Lapse out;
  out.set_obligation(obligation.kind());
  if (obligation.member() != kMediators) out.set_member(obligation.member());
  out.set_due_ms(obligation.due_ms());
  out.set_case_id(obligation.case_id());
  return out;
}

}  // namespace parley::rules
