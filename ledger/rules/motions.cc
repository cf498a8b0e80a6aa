#include "ledger/rules/motions.h"

#include <algorithm>

#include "ledger/rules/acts/screening.h"
#include "ledger/rules/flow.h"
#include "ledger/rules/obligations.h"
#include "ledger/rules/parties.h"

namespace parley::rules {
namespace {

using R = v1::Record;

MemberSet ToSet(const google::protobuf::RepeatedPtrField<std::string>& list) {
  return {list.begin(), list.end()};
}

void InsertSorted(google::protobuf::RepeatedPtrField<std::string>* list, const std::string& name) {
  list->Add(std::string(name));
  std::sort(list->begin(), list->end());
}

// Whether the consent of `approving` adopts the motion. Who proposed the first verdict does not
// alone decide its appeal: somebody else whom the policy names must approve as well.
bool Adopts(const Step& step, const v1::CaseState& file, const MemberSet& approving) {
  const v1::MotionState& motion = file.motion();
  const v1::Policy& policy = MotionPolicy(step.charter, motion);
  if (!PolicyMet(policy, step.charter, approving)) return false;
  if (motion.act() != R::kDecideAppeal) return true;
  const MemberSet named = PolicyMembers(policy, step.charter);
  return std::any_of(approving.begin(), approving.end(), [&](const std::string& member) {
    return named.count(member) > 0 && member != file.first_proposer();
  });
}

// Whom the policy names and who is a member still: a case keeps the policy that it began under,
// which may name somebody who has left.
MemberSet NamedMembers(const Step& step, const v1::MotionState& motion) {
  MemberSet out = PolicyMembers(MotionPolicy(step.charter, motion), step.charter);
  std::erase_if(out, [&](const std::string& m) { return step.charter.FindMember(m) == nullptr; });
  return out;
}

// Everybody of these who has not dissented.
MemberSet StillPossible(const Step& step, const v1::MotionState& motion) {
  MemberSet out = NamedMembers(step, motion);
  for (const std::string& member : motion.dissents()) out.erase(member);
  return out;
}

Status AdoptAppealDecision(const Step& step, v1::CaseState* file, const v1::MotionState& motion) {
  switch (motion.outcome()) {
    case v1::DecideAppeal::SET_ASIDE:
      return SetAside(step, file);
    case v1::DecideAppeal::VARIED:
      AddFlag(file, "VARIED");
      *file->mutable_verdict() = motion.verdict();
      return EnterFinal(step, file);
    default:
      return EnterFinal(step, file);
  }
}

Status Adopt(const Step& step, v1::CaseState* file) {
  const v1::MotionState motion = file->motion();
  switch (motion.act()) {
    case R::kScreenCase:
      return AdoptScreening(step, file, motion);
    case R::kProposeVerdict:
      return EnterDecided(step, file, motion.verdict());
    case R::kDecideAppeal:
      return AdoptAppealDecision(step, file, motion);
    case R::kCloseCase:
      return Close(step, file);
    default:
      return Internal(fmt::format("a motion of act {} has no effect", motion.act()));
  }
}

Status Resolve(const Step& step, v1::CaseState* file) {
  if (Adopts(step, *file, ToSet(file->motion().approvals()))) return Adopt(step, file);
  if (!Adopts(step, *file, StillPossible(step, file->motion()))) return FailMotion(step, file);
  return absl::OkStatus();
}

}  // namespace

const v1::Policy& MotionPolicy(const Charter& charter, const v1::MotionState& motion) {
  const v1::Policies& policies = charter.proto().policies();
  switch (motion.act()) {
    case R::kScreenCase:
      return policies.screen();
    case R::kDecideAppeal:
      return policies.appeal();
    case R::kCloseCase:
      return policies.close();
    default:
      return policies.verdict();
  }
}

bool MayEndorse(const Charter& charter, const v1::CaseState& file, const std::string& member) {
  return IsConcerned(file, member) ||
         PolicyMembers(MotionPolicy(charter, file.motion()), charter).count(member) > 0;
}

Status OpenMotion(const Step& step, v1::CaseState* file, v1::MotionState motion) {
  InsertSorted(motion.mutable_approvals(), motion.proposer());
  *file->mutable_motion() = std::move(motion);
  // With everybody whom the policy names, whoever of them is still a member: what only somebody who
  // has left could carry is dropped at once, by Resolve.
  if (!Adopts(step, *file, PolicyMembers(MotionPolicy(step.charter, file->motion()), step.charter)))
    return FailedPrecondition(fmt::format(
        "the policy ({}) cannot be met: who proposed the verdict does not alone decide its appeal",
        DescribePolicy(MotionPolicy(step.charter, file->motion()))));
  for (const std::string& member : NamedMembers(step, file->motion()))
    if (member != file->motion().proposer())
      RETURN_IF_ERROR(AddObligation(&step.state, file->case_id(), kind::kEndorse, member,
                                    step.After(step.deadlines().endorse_s())));
  return Resolve(step, file);
}

Status EndorseMotion(const Step& step, v1::CaseState* file, const std::string& member,
                     v1::Endorse::Choice choice) {
  v1::MotionState* motion = file->mutable_motion();
  InsertSorted(
      choice == v1::Endorse::APPROVE ? motion->mutable_approvals() : motion->mutable_dissents(),
      member);
  RETURN_IF_ERROR(DropObligation(&step.state, file->case_id(), kind::kEndorse, member));
  return Resolve(step, file);
}

Status ReviewMotion(const Step& step, v1::CaseState* file) {
  if (!file->has_motion()) return absl::OkStatus();
  const std::string motion = file->motion().record_id();
  RETURN_IF_ERROR(Resolve(step, file));
  if (!file->has_motion() || file->motion().record_id() != motion) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> open,
                   ObligationsOfCase(step.state, file->case_id()));
  for (const v1::ObligationState& obligation : open)
    if (obligation.kind() == kind::kEndorse) return absl::OkStatus();
  return FailMotion(step, file);
}

Status FailMotion(const Step& step, v1::CaseState* file) {
  if (file->motion().act() != R::kProposeVerdict) return DropMotion(step, file);
  file->add_drafts(file->motion().record_id());
  return EnterDeadlocked(step, file);
}

}  // namespace parley::rules
