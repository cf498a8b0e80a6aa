// ProposeVerdict and Endorse.

#include "base/limits.h"
#include "ledger/rules/acts/act.h"
#include "ledger/rules/acts/verdicts.h"
#include "ledger/rules/flow.h"
#include "ledger/rules/motions.h"
#include "ledger/rules/parties.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

Status CheckMember(const Act& act, const std::string& member, const std::string& field) {
  if (act.step.charter.FindMember(member) != nullptr) return absl::OkStatus();
  return InvalidArgument(fmt::format("{}: there is no member '{}'", field, member));
}

Status AddRemedy(const Act& act, const v1::Remedy& remedy, const std::string& field,
                 v1::VerdictState* out) {
  RETURN_IF_ERROR(CheckMember(act, remedy.who(), field + ".who"));
  RETURN_IF_ERROR(CheckMember(act, remedy.checker(), field + ".checker"));
  const TimeMs latest = act.step.After(act.step.deadlines().remedy_max_s());
  if (remedy.due_ms() <= ToInt(act.step.now) || remedy.due_ms() > ToInt(latest))
    return InvalidArgument(fmt::format(
        "{}.due_ms: {} does not lie between ledger time and {}, the latest that the charter allows",
        field, FormatTime(static_cast<TimeMs>(remedy.due_ms())), FormatTime(latest)));
  v1::RemedyState* kept = out->add_remedies();
  kept->set_who(remedy.who());
  kept->set_checker(remedy.checker());
  kept->set_due_ms(remedy.due_ms());
  return absl::OkStatus();
}

}  // namespace

StatusOr<v1::VerdictState> ReadVerdict(const Act& act, const v1::Verdict& verdict) {
  for (int i = 0; i < verdict.attributions_size(); ++i)
    if (verdict.attributions(i).has_member())
      RETURN_IF_ERROR(CheckMember(act, verdict.attributions(i).member(),
                                  fmt::format("verdict.attributions[{}].member", i)));
  v1::VerdictState out;
  out.set_record_id(act.record.id().ToString());
  out.set_proposer(act.member());
  out.set_fact(verdict.fact());
  out.set_determination(verdict.determination());
  out.set_severity(verdict.severity());
  out.set_undetermined_reason(verdict.undetermined_reason());
  for (int i = 0; i < verdict.remedies_size(); ++i)
    RETURN_IF_ERROR(
        AddRemedy(act, verdict.remedies(i), fmt::format("verdict.remedies[{}]", i), &out));
  return out;
}

Status MayProposeVerdict(const Charter& charter, const v1::CaseState& file,
                         const std::string& member) {
  RETURN_IF_ERROR(MayMediator(charter, file, member));
  if (file.stage() == v1::CaseState::ANSWERED && VerdictNeedsVerification(charter))
    return FailedPrecondition("a verdict follows a verification under this charter");
  if (static_cast<size_t>(file.drafts_size()) >= limits::kListItemsMax)
    return FailedPrecondition(
        fmt::format("{} drafts found no policy; the step-up deadline decides", file.drafts_size()));
  return absl::OkStatus();
}

Status ApplyProposeVerdict(const Act& act) {
  v1::CaseState* file = act.file;
  if (file->stage() == v1::CaseState::DEADLOCKED && ToInt(act.step.now) >= file->step_up_due_ms())
    return FailedPrecondition("the time to resolve the deadlock has passed");
  ASSIGN_OR_RETURN(v1::VerdictState verdict,
                   ReadVerdict(act, act.body().propose_verdict().verdict()));
  v1::MotionState motion;
  motion.set_record_id(act.record.id().ToString());
  motion.set_act(v1::Record::kProposeVerdict);
  motion.set_proposer(act.member());
  *motion.mutable_verdict() = std::move(verdict);
  RETURN_IF_ERROR(EnterDrafted(act.step, file));
  return OpenMotion(act.step, file, std::move(motion));
}

Status MayEndorseNow(const Charter& charter, const v1::CaseState& file, const std::string& member) {
  if (!file.has_motion()) return FailedPrecondition("nothing waits for endorsement");
  if (!MayEndorse(charter, file, member))
    return PermissionDenied(
        fmt::format("the policy ({}) does not name {}, which is not a party concerned either",
                    DescribePolicy(MotionPolicy(charter, file.motion())), member));
  if (Holds(file.motion().approvals(), member) || Holds(file.motion().dissents(), member))
    return FailedPrecondition(
        fmt::format("{} has endorsed already; each member counts once", member));
  return absl::OkStatus();
}

Status ApplyEndorse(const Act& act) {
  const v1::Endorse& endorse = act.body().endorse();
  if (endorse.record() == act.file->motion().record_id())
    return EndorseMotion(act.step, act.file, act.member(), endorse.choice());
  ASSIGN_OR_RETURN(const RecordId wanted, RecordId::FromBytes(endorse.record()));
  ASSIGN_OR_RETURN(const std::optional<v1::RecordState> held,
                   ReadState<v1::RecordState>(act.step.state, keys::Record(wanted)));
  if (!held) return NotFound(fmt::format("record: there is no record {}", wanted));
  return FailedPrecondition(fmt::format("record {} does not wait for endorsement; {} does", wanted,
                                        HexEncode(AsBytes(act.file->motion().record_id()))));
}

}  // namespace parley::rules
