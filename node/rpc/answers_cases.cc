// Answers about cases and obligations: what the rules' queries say, on the wire.

#include "base/limits.h"
#include "ledger/rules/queries.h"
#include "node/rpc/answers.h"

namespace parley::rpc {
namespace {

constexpr size_t kCaseBytesMax = 4 << 20;

void Fill(const rules::CaseView& from, v1::CaseSummary* to) {
  to->set_case_id(from.case_id);
  to->set_state(from.state);
  to->set_event_type(from.event_type);
  to->set_reporter(from.reporter);
  to->mutable_alleged()->Add(from.alleged.begin(), from.alleged.end());
  to->set_opened_at_ms(ToInt(from.opened_at));
  to->set_updated_at_ms(ToInt(from.updated_at));
  to->set_entries(from.entries);
  to->mutable_flags()->Add(from.flags.begin(), from.flags.end());
  to->set_place(from.place);
  to->set_urgency(from.urgency);
}

void Fill(const rules::ObligationView& from, v1::Obligation* to) {
  to->set_case_id(from.case_id);
  to->set_kind(from.kind);
  to->set_member(from.member);
  to->set_due_ms(ToInt(from.due));
}

}  // namespace

Status Answer(const LedgerView& view, const v1::ListCasesRequest& request,
              v1::ListCasesResponse* out) {
  const store::StoredState state(view.latest->snapshot);
  const size_t wanted = request.count_max() == 0 ? limits::kListPageMax : request.count_max();
  ASSIGN_OR_RETURN(const auto cases,
                   rules::ListCases(state, request.state(), request.after(), wanted));
  for (const rules::CaseView& c : cases) Fill(c, out->add_cases());
  out->set_size(view.latest->tip.size);
  return absl::OkStatus();
}

Status Answer(const LedgerView& view, const v1::GetCaseRequest& request, v1::GetCaseResponse* out) {
  const store::StoredState state(view.latest->snapshot);
  const std::string& id = request.case_id();
  ASSIGN_OR_RETURN(const rules::CaseView summary, rules::GetCase(state, id));
  Fill(summary, out->mutable_summary());
  const store::LedgerReader reader(view.latest->snapshot);
  ASSIGN_OR_RETURN(const std::vector<uint64_t> indexes, reader.CaseEntries(id));
  out->mutable_indexes()->Add(indexes.begin(), indexes.end());
  size_t bytes = 0;
  for (const uint64_t index : indexes) {
    ASSIGN_OR_RETURN(std::string entry, reader.Entry(index), "case {}", id);
    bytes += entry.size();
    if (bytes > kCaseBytesMax) break;
    out->add_entries(std::move(entry));
  }
  ASSIGN_OR_RETURN(const auto obligations, rules::CaseObligations(state, id));
  for (const rules::ObligationView& o : obligations) Fill(o, out->add_obligations());
  ASSIGN_OR_RETURN(const auto charter, rules::CharterOfCase(state, view.charter, id));
  ASSIGN_OR_RETURN(const auto acts, rules::LegalActs(state, *charter, id));
  for (const std::string& act : acts) out->add_legal_acts(act);
  out->set_size(view.latest->tip.size);
  return absl::OkStatus();
}

Status Answer(const LedgerView& view, const v1::ListObligationsRequest& request,
              v1::ListObligationsResponse* out) {
  if (!request.member().empty() && view.charter.FindMember(request.member()) == nullptr)
    return NotFound(fmt::format("there is no member '{}'", request.member()));
  const store::StoredState state(view.latest->snapshot);
  const size_t wanted = request.count_max() == 0 ? limits::kListPageMax : request.count_max();
  ASSIGN_OR_RETURN(
      rules::ObligationPage page,
      rules::ListObligations(state, view.charter, request.member(), request.after(), wanted));
  for (const rules::ObligationView& o : page.obligations) Fill(o, out->add_obligations());
  out->set_next(std::move(page.next));
  out->set_size(view.latest->tip.size);
  return absl::OkStatus();
}

}  // namespace parley::rpc
