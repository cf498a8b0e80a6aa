// ScreenCase: a mediator admits a case, rejects it with a reason, or merges it into another one.

#include "ledger/rules/acts/screening.h"

#include "base/limits.h"
#include "ledger/rules/acts/act.h"
#include "ledger/rules/flow.h"
#include "ledger/rules/motions.h"
#include "ledger/rules/parties.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

// The case that takes the accounts; it must still be open to accounts.
StatusOr<v1::CaseState> MergeTarget(const Step& step, const v1::CaseState& file,
                                    const std::string& into) {
  ASSIGN_OR_RETURN(v1::CaseState target, ReadCase(step.state, into));
  if (!FindCaseAct(v1::Record::kReportIncident)->stages.Has(target.stage()))
    return FailedPrecondition(
        fmt::format("case {} is {} and takes no more accounts", into, StageName(target.stage())));
  const auto together =
      static_cast<size_t>(target.accounts_size()) + static_cast<size_t>(file.accounts_size());
  if (together > limits::kListItemsMax)
    return FailedPrecondition(fmt::format("case {} would have {} accounts, at most {} are allowed",
                                          into, together, limits::kListItemsMax));
  return target;
}

Status Merge(const Step& step, v1::CaseState* file, const std::string& into) {
  ASSIGN_OR_RETURN(v1::CaseState target, MergeTarget(step, *file, into));
  for (const v1::AccountState& account : file->accounts()) *target.add_accounts() = account;
  AddFlag(&target, "MERGED");
  RETURN_IF_ERROR(Advance(step, &target));
  target.set_updated_at_ms(ToInt(step.now));
  step.state.Put(keys::Case(into), target);
  file->set_merged_into(into);
  return EndCase(step, file, v1::CaseState::MERGED);
}

}  // namespace

Status ApplyScreenCase(const Act& act) {
  const v1::ScreenCase& screen = act.body().screen_case();
  if (screen.decision() == v1::ScreenCase::MERGE)
    RETURN_IF_ERROR(MergeTarget(act.step, *act.file, screen.merge_into()).status());
  v1::MotionState motion;
  motion.set_record_id(act.record.id().ToString());
  motion.set_act(v1::Record::kScreenCase);
  motion.set_proposer(act.member());
  motion.set_decision(screen.decision());
  motion.set_merge_into(screen.merge_into());
  return OpenMotion(act.step, act.file, std::move(motion));
}

Status AdoptScreening(const Step& step, v1::CaseState* file, const v1::MotionState& motion) {
  switch (motion.decision()) {
    case v1::ScreenCase::REJECT:
      return EndCase(step, file, v1::CaseState::REJECTED);
    case v1::ScreenCase::MERGE:
      return Merge(step, file, motion.merge_into());
    default:
      return Admit(step, file);
  }
}

}  // namespace parley::rules
