#pragma once

// Obligations: who must do what until when. Each lies under two keys, by due time (what lapses
// next) and by case (what is open); those that name a member by member as well (who leaves). An
// obligation whose time has come becomes a Lapse entry.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ledger/rules/workspace.h"
#include "parley/v1/state.pb.h"

namespace parley::rules {

// The kinds of docs/rules.md, "Deadlines". Kinds of single remedies carry their number: "REMEDY#0".
namespace kind {
inline constexpr std::string_view kScreen = "SCREEN";
inline constexpr std::string_view kRespond = "RESPOND";
inline constexpr std::string_view kTask = "TASK";
inline constexpr std::string_view kFindings = "FINDINGS";
inline constexpr std::string_view kComment = "COMMENT";
inline constexpr std::string_view kVerdict = "VERDICT";
inline constexpr std::string_view kEndorse = "ENDORSE";
inline constexpr std::string_view kStepUp = "STEP_UP";
inline constexpr std::string_view kAppealWindow = "APPEAL_WINDOW";
inline constexpr std::string_view kDecideAppeal = "DECIDE_APPEAL";
inline constexpr std::string_view kRemedy = "REMEDY";
inline constexpr std::string_view kCheck = "CHECK";
}  // namespace kind

// Who owes what every mediator owes. Members' names are lower case: no member is called so.
inline constexpr std::string_view kMediators = "MEDIATOR";
// Who owes a mere window, in which something may be done: nobody.
inline constexpr std::string_view kNobody;  // empty

// "REMEDY#2"
std::string NumberedKind(std::string_view kind, size_t number);
// "REMEDY#2" -> "REMEDY"; a kind without number stays.
std::string_view PlainKind(std::string_view kind);
// "REMEDY#2" -> 2; nullopt without number.
std::optional<size_t> KindNumber(std::string_view kind);

// Adds an obligation; one of the same case, kind and member gets the new deadline.
Status AddObligation(Workspace* state, std::string_view case_id, std::string_view kind,
                     std::string_view member, TimeMs due);
// Removes one; there need not be one.
Status DropObligation(Workspace* state, std::string_view case_id, std::string_view kind,
                      std::string_view member);
// Removes all of one kind (numbered ones too) in a case.
Status DropObligationsOfKind(Workspace* state, std::string_view case_id, std::string_view kind);
Status DropAllObligations(Workspace* state, std::string_view case_id);

// By kind, then member.
StatusOr<std::vector<v1::ObligationState>> ObligationsOfCase(const StateView& state,
                                                             std::string_view case_id);
// The first `count_max` of those due at or before `time`, in the order in which they lapse.
StatusOr<std::vector<v1::ObligationState>> DueObligations(const StateView& state, TimeMs time,
                                                          size_t count_max);
// Those of one case that are due at or before `time`, in that order.
StatusOr<std::vector<v1::ObligationState>> DueInCase(const StateView& state,
                                                     std::string_view case_id, TimeMs time);
// True when it is there as it stands here: not fulfilled, dropped or moved since.
StatusOr<bool> IsOpen(const StateView& state, const v1::ObligationState& obligation);
// The one that lapses next, by (due, case, kind, member); nullopt when there is none.
StatusOr<std::optional<v1::ObligationState>> NextObligation(const StateView& state);

}  // namespace parley::rules
