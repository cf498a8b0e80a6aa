#include "ledger/rules/flow.h"

#include <algorithm>

#include "ledger/rules/obligations.h"
#include "ledger/rules/parties.h"

namespace parley::rules {
namespace {

using S = v1::CaseState;

// Whoever is no member any more is not waited for.
bool HasLeft(const Step& step, const v1::PartyState& party) {
  return step.charter.FindMember(party.member()) == nullptr;
}

// Every alleged party has its own deadline, set when it is first alleged against: to withdraw and
// repeat an allegation does not start the clock again.
Status AskAnswers(const Step& step, v1::CaseState* file) {
  for (v1::PartyState& party : *file->mutable_parties()) {
    if (HasLeft(step, party)) party.set_respond_lapsed(true);
    if (!AwaitsAnswer(party)) {
      RETURN_IF_ERROR(DropObligation(&step.state, file->case_id(), kind::kRespond, party.member()));
      continue;
    }
    if (party.respond_due_ms() == 0)
      party.set_respond_due_ms(ToInt(step.After(step.deadlines().respond_s())));
    RETURN_IF_ERROR(AddObligation(&step.state, file->case_id(), kind::kRespond, party.member(),
                                  static_cast<TimeMs>(party.respond_due_ms())));
  }
  return absl::OkStatus();
}

Status AskComments(const Step& step, v1::CaseState* file) {
  for (v1::PartyState& party : *file->mutable_parties()) {
    if (HasLeft(step, party)) party.set_comment_lapsed(true);
    if (!AwaitsComment(party)) {
      RETURN_IF_ERROR(DropObligation(&step.state, file->case_id(), kind::kComment, party.member()));
      continue;
    }
    if (party.comment_due_ms() == 0)
      party.set_comment_due_ms(ToInt(step.After(step.deadlines().comment_s())));
    RETURN_IF_ERROR(AddObligation(&step.state, file->case_id(), kind::kComment, party.member(),
                                  static_cast<TimeMs>(party.comment_due_ms())));
  }
  return absl::OkStatus();
}

bool AnyParty(const v1::CaseState& file, bool (*awaits)(const v1::PartyState&)) {
  return std::any_of(file.parties().begin(), file.parties().end(), awaits);
}

Status EnterAnswered(const Step& step, v1::CaseState* file) {
  file->set_stage(S::ANSWERED);
  ResetComments(file);
  if (!VerdictNeedsVerification(step.charter)) return absl::OkStatus();
  return AddObligation(&step.state, file->case_id(), kind::kTask, kMediators,
                       step.After(step.deadlines().task_s()));
}

Status EnterCommented(const Step& step, v1::CaseState* file) {
  file->set_stage(S::COMMENTED);
  return AddObligation(&step.state, file->case_id(), kind::kVerdict, kMediators,
                       step.After(step.deadlines().verdict_s()));
}

}  // namespace

Status Advance(const Step& step, v1::CaseState* file) {
  UpdateParties(step.charter, file);
  const bool early = file->stage() == S::REPORTED || file->stage() == S::ADMITTED;
  if (early && !AnyLiveAccount(*file)) return EndCase(step, file, S::WITHDRAWN);
  if (file->stage() == S::ADMITTED) {
    RETURN_IF_ERROR(AskAnswers(step, file));
    if (AnyParty(*file, AwaitsAnswer)) return absl::OkStatus();
    RETURN_IF_ERROR(EnterAnswered(step, file));
  }
  const bool commenting = file->stage() == S::FOUND ||
                          (file->stage() == S::ANSWERED && !VerdictNeedsVerification(step.charter));
  if (!commenting) return absl::OkStatus();
  RETURN_IF_ERROR(AskComments(step, file));
  if (AnyParty(*file, AwaitsComment)) return absl::OkStatus();
  return EnterCommented(step, file);
}

Status Admit(const Step& step, v1::CaseState* file) {
  RETURN_IF_ERROR(DropMotion(step, file));
  RETURN_IF_ERROR(DropObligationsOfKind(&step.state, file->case_id(), kind::kScreen));
  file->set_stage(S::ADMITTED);
  return Advance(step, file);
}

Status EndCase(const Step& step, v1::CaseState* file, Stage stage) {
  RETURN_IF_ERROR(DropMotion(step, file));
  file->set_stage(stage);
  return DropAllObligations(&step.state, file->case_id());
}

Status EnterVerifying(const Step& step, v1::CaseState* file) {
  file->set_stage(S::VERIFYING);
  RETURN_IF_ERROR(DropObligationsOfKind(&step.state, file->case_id(), kind::kTask));
  RETURN_IF_ERROR(DropObligationsOfKind(&step.state, file->case_id(), kind::kComment));
  return AddObligation(&step.state, file->case_id(), kind::kFindings, kMediators,
                       step.After(step.deadlines().findings_s()));
}

Status EnterFound(const Step& step, v1::CaseState* file) {
  AddFlag(file, "NOTHING_ESTABLISHED");
  file->set_stage(S::FOUND);
  ResetComments(file);
  RETURN_IF_ERROR(DropObligationsOfKind(&step.state, file->case_id(), kind::kTask));
  RETURN_IF_ERROR(DropObligationsOfKind(&step.state, file->case_id(), kind::kFindings));
  return Advance(step, file);
}

Status EnterDrafted(const Step& step, v1::CaseState* file) {
  file->set_stage(S::DRAFTED);
  for (const std::string_view ended : {kind::kComment, kind::kTask, kind::kVerdict, kind::kStepUp})
    RETURN_IF_ERROR(DropObligationsOfKind(&step.state, file->case_id(), ended));
  return absl::OkStatus();
}

Status EnterDeadlocked(const Step& step, v1::CaseState* file) {
  RETURN_IF_ERROR(DropMotion(step, file));
  RETURN_IF_ERROR(DropObligationsOfKind(&step.state, file->case_id(), kind::kVerdict));
  file->set_stage(S::DEADLOCKED);
  if (file->step_up_due_ms() == 0)
    file->set_step_up_due_ms(ToInt(step.After(step.deadlines().step_up_s())));
  return AddObligation(&step.state, file->case_id(), kind::kStepUp, kMediators,
                       static_cast<TimeMs>(file->step_up_due_ms()));
}

Status EnterDecided(const Step& step, v1::CaseState* file, const v1::VerdictState& verdict) {
  RETURN_IF_ERROR(DropMotion(step, file));
  RETURN_IF_ERROR(DropAllObligations(&step.state, file->case_id()));
  file->set_stage(S::DECIDED);
  *file->mutable_verdict() = verdict;
  file->set_first_proposer(verdict.proposer());
  return AddObligation(&step.state, file->case_id(), kind::kAppealWindow, kNobody,
                       step.After(step.deadlines().appeal_s()));
}

Status DecideUndetermined(const Step& step, v1::CaseState* file) {
  AddFlag(file, "UNDETERMINED_BY_LAPSE");
  v1::VerdictState verdict;
  verdict.set_fact(v1::NOT_ESTABLISHED);
  verdict.set_determination(v1::UNDETERMINED);
  verdict.set_undetermined_reason(file->drafts().empty() ? v1::INSUFFICIENT : v1::CONFLICTING);
  return EnterDecided(step, file, verdict);
}

Status EnterAppealed(const Step& step, v1::CaseState* file) {
  RETURN_IF_ERROR(DropAllObligations(&step.state, file->case_id()));
  AddFlag(file, "APPEALED");
  file->set_stage(S::APPEALED);
  return AddObligation(&step.state, file->case_id(), kind::kDecideAppeal, kMediators,
                       step.After(step.deadlines().decide_appeal_s()));
}

Status EnterFinal(const Step& step, v1::CaseState* file) {
  RETURN_IF_ERROR(DropMotion(step, file));
  RETURN_IF_ERROR(DropAllObligations(&step.state, file->case_id()));
  file->set_stage(S::FINAL);
  if (file->verdict().remedies().empty()) return absl::OkStatus();
  file->set_stage(S::REMEDY_DUE);
  // The appeal may have taken longer than the date allowed: who owes a remedy has at least as long
  // as for an answer.
  const uint64_t earliest_ms = ToInt(step.After(step.deadlines().respond_s()));
  size_t number = 0;
  for (v1::RemedyState& remedy : *file->mutable_verdict()->mutable_remedies()) {
    remedy.set_due_ms(std::max(remedy.due_ms(), earliest_ms));
    RETURN_IF_ERROR(AddObligation(&step.state, file->case_id(),
                                  NumberedKind(kind::kRemedy, number++), remedy.who(),
                                  static_cast<TimeMs>(remedy.due_ms())));
  }
  return absl::OkStatus();
}

Status SetAside(const Step& step, v1::CaseState* file) {
  RETURN_IF_ERROR(DropMotion(step, file));
  RETURN_IF_ERROR(DropAllObligations(&step.state, file->case_id()));
  AddFlag(file, "SET_ASIDE");
  file->clear_verdict();
  file->clear_drafts();
  file->clear_step_up_due_ms();
  return EnterVerifying(step, file);
}

Status UpdateRemedyStage(const Step& step, v1::CaseState* file) {
  bool open = false;
  bool overdue = false;
  for (const v1::RemedyState& remedy : file->verdict().remedies()) {
    open = open || !remedy.accepted();
    overdue = overdue || (!remedy.accepted() && remedy.overdue());
  }
  if (!open) return Close(step, file);
  file->set_stage(overdue ? S::REMEDY_OVERDUE : S::REMEDY_DUE);
  return absl::OkStatus();
}

Status Close(const Step& step, v1::CaseState* file) { return EndCase(step, file, S::CLOSED); }

Status DropMotion(const Step& step, v1::CaseState* file) {
  file->clear_motion();
  return DropObligationsOfKind(&step.state, file->case_id(), kind::kEndorse);
}

}  // namespace parley::rules
