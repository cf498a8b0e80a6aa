#include "ledger/rules/departures.h"

#include <vector>

#include "ledger/rules/flow.h"
#include "ledger/rules/motions.h"
#include "ledger/rules/obligations.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

StatusOr<std::vector<v1::ObligationState>> OwedBy(const StateView& state,
                                                  const std::string& member) {
  std::vector<v1::ObligationState> out;
  bool readable = true;
  RETURN_IF_ERROR(
      state.Scan(keys::OwedByPrefix(member), [&](std::string_view, std::string_view value) {
        readable = out.emplace_back().ParseFromString(std::string(value));
        return readable;
      }));
  if (!readable) return DataLoss(fmt::format("state: an obligation of {} is damaged", member));
  return out;
}

// What would have waited for the member goes on without it.
Status PassOver(const Step& step, const v1::ObligationState& owed, v1::CaseState* file) {
  const std::string_view plain = PlainKind(owed.kind());
  if (plain == kind::kEndorse) return ReviewMotion(step, file);
  if (plain == kind::kCheck) {
    const std::optional<size_t> number = KindNumber(owed.kind());
    auto* remedies = file->mutable_verdict()->mutable_remedies();
    if (number && *number < static_cast<size_t>(remedies->size()))
      remedies->Mutable(static_cast<int>(*number))->set_check_lapsed(true);
    return absl::OkStatus();
  }
  const bool waited = plain == kind::kRespond || plain == kind::kComment;
  return waited ? Advance(step, file) : absl::OkStatus();
}

}  // namespace

Status ReleaseDeparted(const Step& step, const std::string& member) {
  ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> owed, OwedBy(step.state, member));
  for (const v1::ObligationState& obligation : owed) {
    ASSIGN_OR_RETURN(const bool open, IsOpen(step.state, obligation));
    if (!open) continue;  // ended by one before it
    RETURN_IF_ERROR(DropObligation(&step.state, obligation.case_id(), obligation.kind(), member));
    ASSIGN_OR_RETURN(v1::CaseState file, ReadCase(step.state, obligation.case_id()));
    ASSIGN_OR_RETURN(const auto charter, step.book.ForCase(step.state, file.charter_version()));
    const Step in_case{*charter, step.book, step.state, step.now, step.height, step.index};
    AddFlag(&file, "MEMBER_LEFT");
    RETURN_IF_ERROR(PassOver(in_case, obligation, &file), "{} of {} in {}", obligation.kind(),
                    member, obligation.case_id());
    step.state.Put(keys::Case(file.case_id()), file);
  }
  return absl::OkStatus();
}

}  // namespace parley::rules
