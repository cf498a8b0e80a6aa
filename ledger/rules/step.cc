#include "ledger/rules/step.h"

#include <algorithm>

#include "ledger/rules/state_keys.h"

namespace parley::rules {

TimeMs Step::After(uint64_t seconds) const {
  return static_cast<TimeMs>(std::min(ToInt(now) + seconds * 1'000, ToInt(kTimeMax)));
}

std::string StageName(Stage stage) { return v1::CaseState::Stage_Name(stage); }

bool IsMediator(const Charter& charter, std::string_view member) {
  const CharterMember* found = charter.FindMember(member);
  return found != nullptr && found->role == v1::MEDIATOR;
}

void AddFlag(v1::CaseState* file, std::string_view flag) {
  if (HasFlag(*file, flag)) return;
  file->add_flags(std::string(flag));
  std::sort(file->mutable_flags()->begin(), file->mutable_flags()->end());
}

bool HasFlag(const v1::CaseState& file, std::string_view flag) { return Holds(file.flags(), flag); }

StatusOr<v1::CaseState> ReadCase(const StateView& state, std::string_view case_id) {
  ASSIGN_OR_RETURN(std::optional<v1::CaseState> file,
                   ReadState<v1::CaseState>(state, keys::Case(case_id)));
  if (!file) return NotFound(fmt::format("there is no case {}", case_id));
  return *std::move(file);
}

bool VerdictNeedsVerification(const Charter& charter) {
  return !charter.proto().case_rules().verdict_without_verification();
}

}  // namespace parley::rules
