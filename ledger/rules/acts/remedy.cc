// ReportRemedy, CheckRemedy and CloseCase.

#include <algorithm>

#include "ledger/rules/acts/act.h"
#include "ledger/rules/flow.h"
#include "ledger/rules/motions.h"
#include "ledger/rules/obligations.h"

namespace parley::rules {
namespace {

bool MayCheck(const Charter& charter, const v1::RemedyState& remedy, const std::string& member) {
  if (remedy.checker() == member) return true;
  // The checker let its time pass: a remedy that was carried out must not wait for it.
  return remedy.check_lapsed() && remedy.who() != member && IsMediator(charter, member);
}

StatusOr<v1::RemedyState*> FindRemedy(const Act& act, uint32_t number) {
  auto* remedies = act.file->mutable_verdict()->mutable_remedies();
  if (number >= static_cast<uint32_t>(remedies->size()))
    return NotFound(fmt::format("remedy: the verdict has {} of them, counted from 0; got {}",
                                remedies->size(), number));
  return remedies->Mutable(static_cast<int>(number));
}

Status DropRemedyObligations(const Act& act, uint32_t number, const v1::RemedyState& remedy) {
  const std::string& case_id = act.file->case_id();
  RETURN_IF_ERROR(
      DropObligation(&act.step.state, case_id, NumberedKind(kind::kRemedy, number), remedy.who()));
  return DropObligation(&act.step.state, case_id, NumberedKind(kind::kCheck, number),
                        remedy.checker());
}

}  // namespace

Status MayReportRemedy(const Charter&, const v1::CaseState& file, const std::string& member) {
  const auto& remedies = file.verdict().remedies();
  const auto owed = [&](const v1::RemedyState& remedy) { return remedy.who() == member; };
  const auto open = [&](const v1::RemedyState& remedy) {
    return owed(remedy) && !remedy.accepted() && !remedy.reported();
  };
  if (std::none_of(remedies.begin(), remedies.end(), owed))
    return PermissionDenied(fmt::format("{} owes no remedy", member));
  if (std::none_of(remedies.begin(), remedies.end(), open))
    return FailedPrecondition(fmt::format("{} has reported all its remedies", member));
  return absl::OkStatus();
}

Status ApplyReportRemedy(const Act& act) {
  const uint32_t number = act.body().report_remedy().remedy();
  ASSIGN_OR_RETURN(v1::RemedyState * remedy, FindRemedy(act, number));
  if (remedy->who() != act.member())
    return PermissionDenied(fmt::format("remedy {} is owed by {}", number, remedy->who()));
  if (remedy->reported() || remedy->accepted())
    return FailedPrecondition(fmt::format("remedy {} is reported already", number));
  remedy->set_reported(true);
  remedy->set_check_lapsed(false);
  RETURN_IF_ERROR(DropRemedyObligations(act, number, *remedy));
  return AddObligation(&act.step.state, act.file->case_id(), NumberedKind(kind::kCheck, number),
                       remedy->checker(), act.step.After(act.step.deadlines().endorse_s()));
}

Status MayCheckRemedy(const Charter& charter, const v1::CaseState& file,
                      const std::string& member) {
  const auto& remedies = file.verdict().remedies();
  const bool any =
      std::any_of(remedies.begin(), remedies.end(), [&](const v1::RemedyState& remedy) {
        return !remedy.accepted() && MayCheck(charter, remedy, member);
      });
  if (any) return absl::OkStatus();
  return PermissionDenied(fmt::format("{} has no remedy to check", member));
}

Status ApplyCheckRemedy(const Act& act) {
  const v1::CheckRemedy& check = act.body().check_remedy();
  ASSIGN_OR_RETURN(v1::RemedyState * remedy, FindRemedy(act, check.remedy()));
  if (!MayCheck(act.step.charter, *remedy, act.member()))
    return PermissionDenied(
        fmt::format("remedy {} is checked by {}", check.remedy(), remedy->checker()));
  if (remedy->accepted())
    return FailedPrecondition(fmt::format("remedy {} is accepted already", check.remedy()));
  if (!check.accepted() && !remedy->reported())
    return FailedPrecondition(
        fmt::format("remedy {} is not reported yet: there is nothing to refuse", check.remedy()));
  RETURN_IF_ERROR(DropRemedyObligations(act, check.remedy(), *remedy));
  remedy->set_accepted(check.accepted());
  remedy->set_reported(check.accepted() && remedy->reported());
  // Not accepted: owed again, until the same date; when that has passed it lapses at once.
  if (!check.accepted() && !remedy->overdue())
    RETURN_IF_ERROR(AddObligation(&act.step.state, act.file->case_id(),
                                  NumberedKind(kind::kRemedy, check.remedy()), remedy->who(),
                                  static_cast<TimeMs>(remedy->due_ms())));
  return UpdateRemedyStage(act.step, act.file);
}

Status ApplyCloseCase(const Act& act) {
  v1::MotionState motion;
  motion.set_record_id(act.record.id().ToString());
  motion.set_act(v1::Record::kCloseCase);
  motion.set_proposer(act.member());
  return OpenMotion(act.step, act.file, std::move(motion));
}

}  // namespace parley::rules
