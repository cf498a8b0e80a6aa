// Respond and Comment: what the parties concerned say to what is alleged and to what was found.

#include "ledger/rules/acts/act.h"
#include "ledger/rules/flow.h"
#include "ledger/rules/parties.h"

namespace parley::rules {

Status MayRespond(const Charter&, const v1::CaseState& file, const std::string& member) {
  const v1::PartyState* party = FindParty(file, member);
  if (party == nullptr || !party->alleged())
    return PermissionDenied(fmt::format("nothing is alleged against {}", member));
  if (party->responded()) return FailedPrecondition(fmt::format("{} has answered", member));
  return absl::OkStatus();
}

Status ApplyRespond(const Act& act) {
  v1::PartyState* party = FindParty(act.file, act.member());
  if (party->respond_lapsed()) AddFlag(act.file, "LATE_ANSWER");
  party->set_responded(true);
  return Advance(act.step, act.file);
}

Status MayComment(const Charter& charter, const v1::CaseState& file, const std::string& member) {
  const v1::PartyState* party = FindParty(file, member);
  if (party == nullptr || !IsConcerned(*party))
    return PermissionDenied(fmt::format("{} is not a party concerned", member));
  if (file.stage() == v1::CaseState::ANSWERED && VerdictNeedsVerification(charter))
    return FailedPrecondition("comments follow a verification under this charter");
  if (party->commented()) return FailedPrecondition(fmt::format("{} has commented", member));
  return absl::OkStatus();
}

Status ApplyComment(const Act& act) {
  FindParty(act.file, act.member())->set_commented(true);
  return Advance(act.step, act.file);
}

}  // namespace parley::rules
