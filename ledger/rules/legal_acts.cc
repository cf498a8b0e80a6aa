// What would be legal in a case now, read off the very table that execution uses.

#include "ledger/record/names.h"
#include "ledger/rules/acts/act.h"
#include "ledger/rules/obligations.h"
#include "ledger/rules/queries.h"

namespace parley::rules {
namespace {

using Obligations = std::vector<v1::ObligationState>;

// " (until 2026-...)" when the member owes the act, itself or by its role, or its window closes.
std::string Until(const ActRule& rule, const Charter& charter, const std::string& member,
                  const Obligations& owed) {
  if (rule.obligation.empty()) return "";
  for (const v1::ObligationState& obligation : owed) {
    const bool fulfils = PlainKind(obligation.kind()) == rule.obligation ||
                         (rule.obligation == kind::kVerdict && obligation.kind() == kind::kStepUp);
    const bool theirs = obligation.member() == member || obligation.member() == kNobody ||
                        (obligation.member() == kMediators && IsMediator(charter, member));
    if (fulfils && theirs)
      return fmt::format(" (until {})", FormatTime(static_cast<TimeMs>(obligation.due_ms())));
  }
  return "";
}

// "Respond by north (until ...), south"; empty when nobody may.
std::string Describe(const ActRule& rule, const Charter& charter, const v1::CaseState& file,
                     const Obligations& owed) {
  std::string who;
  for (const CharterMember& member : charter.members())
    if (rule.may(charter, file, member.name).ok())
      who += (who.empty() ? "" : " or ") + member.name + Until(rule, charter, member.name, owed);
  return who.empty() ? who : fmt::format("{} by {}", rule.name, who);
}

}  // namespace

StatusOr<std::vector<std::string>> LegalActs(const StateView& state, const Charter& charter,
                                             std::string_view case_id) {
  RETURN_IF_ERROR(record::CaseNumber::Parse(case_id).status(), "case id");
  ASSIGN_OR_RETURN(const v1::CaseState file, ReadCase(state, case_id));
  ASSIGN_OR_RETURN(const Obligations owed, ObligationsOfCase(state, case_id));
  std::vector<std::string> out;
  for (const ActRule& rule : CaseActs()) {
    if (!rule.stages.Has(file.stage())) continue;
    if (std::string line = Describe(rule, charter, file, owed); !line.empty())
      out.push_back(std::move(line));
  }
  return out;
}

}  // namespace parley::rules
