// Appeal and DecideAppeal.

#include "ledger/rules/acts/act.h"
#include "ledger/rules/acts/verdicts.h"
#include "ledger/rules/flow.h"
#include "ledger/rules/motions.h"
#include "ledger/rules/parties.h"

namespace parley::rules {

Status MayAppeal(const Charter&, const v1::CaseState& file, const std::string& member) {
  if (IsConcerned(file, member)) return absl::OkStatus();
  return PermissionDenied(fmt::format("{} is not a party concerned", member));
}

Status ApplyAppeal(const Act& act) { return EnterAppealed(act.step, act.file); }

Status MayDecideAppeal(const Charter& charter, const v1::CaseState& file,
                       const std::string& member) {
  RETURN_IF_ERROR(MayMove(charter, file, member));
  const MemberSet named = PolicyMembers(charter.proto().policies().appeal(), charter);
  if (named == MemberSet{member} && member == file.first_proposer())
    return FailedPrecondition(
        fmt::format("{} proposed the verdict and does not alone decide its appeal", member));
  return absl::OkStatus();
}

Status ApplyDecideAppeal(const Act& act) {
  const v1::DecideAppeal& decide = act.body().decide_appeal();
  v1::MotionState motion;
  motion.set_record_id(act.record.id().ToString());
  motion.set_act(v1::Record::kDecideAppeal);
  motion.set_proposer(act.member());
  motion.set_outcome(decide.outcome());
  if (decide.outcome() == v1::DecideAppeal::VARIED) {
    ASSIGN_OR_RETURN(*motion.mutable_verdict(), ReadVerdict(act, decide.verdict()));
  }
  return OpenMotion(act.step, act.file, std::move(motion));
}

}  // namespace parley::rules
