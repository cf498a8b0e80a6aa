#include "ledger/rules/obligations.h"

#include <algorithm>

#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

bool NamesMember(const v1::ObligationState& obligation) {
  return obligation.member() != kMediators && obligation.member() != kNobody;
}

void Erase(Workspace* state, const v1::ObligationState& obligation) {
  state->Erase(keys::Due(obligation));
  state->Erase(keys::Obligation(obligation.case_id(), obligation.kind(), obligation.member()));
  if (NamesMember(obligation)) state->Erase(keys::OwedBy(obligation));
}

}  // namespace

std::string NumberedKind(std::string_view kind, size_t number) {
  return fmt::format("{}#{}", kind, number);
}

std::string_view PlainKind(std::string_view kind) { return kind.substr(0, kind.find('#')); }

std::optional<size_t> KindNumber(std::string_view kind) {
  const size_t hash = kind.find('#');
  if (hash == std::string_view::npos) return std::nullopt;
  size_t number = 0;
  for (const char c : kind.substr(hash + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<size_t>(c - '0');
  }
  return number;
}

Status AddObligation(Workspace* state, std::string_view case_id, std::string_view kind,
                     std::string_view member, TimeMs due) {
  RETURN_IF_ERROR(DropObligation(state, case_id, kind, member));
  v1::ObligationState obligation;
  obligation.set_case_id(std::string(case_id));
  obligation.set_kind(std::string(kind));
  obligation.set_member(std::string(member));
  obligation.set_due_ms(std::min(ToInt(due), ToInt(kTimeMax)));
  state->Put(keys::Due(obligation), obligation);
  state->Put(keys::Obligation(case_id, kind, member), obligation);
  if (NamesMember(obligation)) state->Put(keys::OwedBy(obligation), obligation);
  return absl::OkStatus();
}

Status DropObligation(Workspace* state, std::string_view case_id, std::string_view kind,
                      std::string_view member) {
  ASSIGN_OR_RETURN(const std::optional<v1::ObligationState> held,
                   ReadState<v1::ObligationState>(*state, keys::Obligation(case_id, kind, member)));
  if (held) Erase(state, *held);
  return absl::OkStatus();
}

Status DropObligationsOfKind(Workspace* state, std::string_view case_id, std::string_view kind) {
  ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> all, ObligationsOfCase(*state, case_id));
  for (const v1::ObligationState& obligation : all)
    if (PlainKind(obligation.kind()) == kind) Erase(state, obligation);
  return absl::OkStatus();
}

Status DropAllObligations(Workspace* state, std::string_view case_id) {
  ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> all, ObligationsOfCase(*state, case_id));
  for (const v1::ObligationState& obligation : all) Erase(state, obligation);
  return absl::OkStatus();
}

StatusOr<std::vector<v1::ObligationState>> ObligationsOfCase(const StateView& state,
                                                             std::string_view case_id) {
  std::vector<v1::ObligationState> out;
  bool readable = true;
  RETURN_IF_ERROR(
      state.Scan(keys::ObligationPrefix(case_id), [&](std::string_view, std::string_view value) {
        readable = out.emplace_back().ParseFromString(std::string(value));
        return readable;
      }));
  if (!readable) return DataLoss(fmt::format("state: an obligation of {} is damaged", case_id));
  return out;
}

StatusOr<std::vector<v1::ObligationState>> DueObligations(const StateView& state, TimeMs time,
                                                          size_t count_max) {
  std::vector<v1::ObligationState> out;
  bool readable = true;
  RETURN_IF_ERROR(state.Scan(keys::kDuePrefix, [&](std::string_view, std::string_view value) {
    if (out.size() >= count_max) return false;
    v1::ObligationState next;
    readable = next.ParseFromString(std::string(value));
    if (!readable || next.due_ms() > ToInt(time)) return false;
    out.push_back(std::move(next));
    return true;
  }));
  if (!readable) return DataLoss("state: an obligation that is due is damaged");
  return out;
}

StatusOr<std::vector<v1::ObligationState>> DueInCase(const StateView& state,
                                                     std::string_view case_id, TimeMs time) {
  ASSIGN_OR_RETURN(std::vector<v1::ObligationState> out, ObligationsOfCase(state, case_id));
  std::erase_if(out, [&](const v1::ObligationState& o) { return o.due_ms() > ToInt(time); });
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.due_ms() < b.due_ms();  // they come by kind and member
  });
  return out;
}

StatusOr<bool> IsOpen(const StateView& state, const v1::ObligationState& obligation) {
  ASSIGN_OR_RETURN(
      const std::optional<v1::ObligationState> held,
      ReadState<v1::ObligationState>(
          state, keys::Obligation(obligation.case_id(), obligation.kind(), obligation.member())));
  return held.has_value() && held->due_ms() == obligation.due_ms();
}

StatusOr<std::optional<v1::ObligationState>> NextObligation(const StateView& state) {
  std::optional<v1::ObligationState> out;
  bool readable = true;
  RETURN_IF_ERROR(state.Scan(keys::kDuePrefix, [&](std::string_view, std::string_view value) {
    readable = out.emplace().ParseFromString(std::string(value));
    return false;
  }));
  if (!readable) return DataLoss("state: the next obligation is damaged");
  return out;
}

}  // namespace parley::rules
