#include "ledger/rules/apply.h"

#include <algorithm>

#include "ledger/rules/queries.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

// Remembers the key among the case's authors: a stolen key's writing can be found again.
void NoteAuthor(const Step& step, const record::ParsedRecord& record, v1::CaseState* file) {
  const std::string key_id = record.key_id().ToString();
  for (v1::AuthorState& author : *file->mutable_authors()) {
    if (author.key_id() != key_id) continue;
    author.set_last_ms(ToInt(step.now));
    return;
  }
  v1::AuthorState* author = file->add_authors();
  author->set_key_id(key_id);
  author->set_last_ms(ToInt(step.now));
  std::sort(
      file->mutable_authors()->begin(), file->mutable_authors()->end(),
      [](const v1::AuthorState& a, const v1::AuthorState& b) { return a.key_id() < b.key_id(); });
}

// "rule Respond: case 2025-0001 is REPORTED; <why>; legal now: ...". Looks at the state before the
// act: `file` is the case as it was.
Status Refuse(const Step& step, const ActRule& rule, const v1::CaseState& file, const Status& why) {
  if (why.code() != absl::StatusCode::kFailedPrecondition &&
      why.code() != absl::StatusCode::kPermissionDenied)
    return Annotate(why, fmt::format("rule {}", rule.name));
  ASSIGN_OR_RETURN(const std::vector<std::string> legal,
                   LegalActs(step.state, step.charter, file.case_id()));
  std::string list;
  for (const std::string& act : legal) list += (list.empty() ? "" : ", ") + act;
  return Status(why.code(), fmt::format("rule {}: case {} is {}; {}; legal now: {}", rule.name,
                                        file.case_id(), StageName(file.stage()), MessageOf(why),
                                        list.empty() ? "nothing" : list));
}

// `step` has the rules that the case keeps.
StatusOr<CaseLink> ApplyUnderCaseRules(const Step& step, const ActRule* rule,
                                       const v1::CaseState& before,
                                       const record::ParsedRecord& record) {
  const v1::Record& body = record.record();
  if (!rule->stages.Has(before.stage()))
    return Refuse(step, *rule, before, FailedPrecondition("not legal in this stage"));
  if (const Status may = rule->may(step.charter, before, body.member()); !may.ok())
    return Refuse(step, *rule, before, may);
  Workspace trial = Workspace::On(step.state);
  const Step inner{step.charter, step.book, trial, step.now, step.height, step.index};
  v1::CaseState file = before;
  if (const Status applied = rule->apply({inner, record, &file}); !applied.ok())
    return Refuse(step, *rule, before, applied);
  NoteAuthor(step, record, &file);
  trial.MoveInto(&step.state);
  return LinkEntry(step, &file);
}

StatusOr<CaseLink> ApplyCaseAct(const Step& step, const record::ParsedRecord& record) {
  const v1::Record& body = record.record();
  const ActRule* rule = FindCaseAct(body.act_case());
  if (rule == nullptr)
    return InvalidArgument(fmt::format("act {} concerns no case", record::ActName(body)));
  ASSIGN_OR_RETURN(const v1::CaseState before, ReadCase(step.state, body.case_id()), "rule {}",
                   rule->name);
  ASSIGN_OR_RETURN(const auto charter, step.book.ForCase(step.state, before.charter_version()));
  return ApplyUnderCaseRules({*charter, step.book, step.state, step.now, step.height, step.index},
                             rule, before, record);
}

StatusOr<CaseLink> ApplyOpening(const Step& step, const record::ParsedRecord& record) {
  v1::CaseState file;
  RETURN_IF_ERROR(OpenCase({step, record, &file}), "rule ReportIncident");
  NoteAuthor(step, record, &file);
  return LinkEntry(step, &file);
}

}  // namespace

CaseLink LinkEntry(const Step& step, v1::CaseState* file) {
  CaseLink link{file->case_id(), file->last_entry_plus_1()};
  file->set_entries(file->entries() + 1);
  file->set_last_entry_plus_1(step.index + 1);
  file->set_updated_at_ms(ToInt(step.now));
  step.state.Put(keys::Case(file->case_id()), *file);
  return link;
}

StatusOr<CaseLink> ApplyAct(const Step& step, const record::ParsedRecord& record) {
  const v1::Record& body = record.record();
  switch (body.act_case()) {
    case v1::Record::kEnrolKey:
      RETURN_IF_ERROR(ApplyEnrolKey({step, record, nullptr}), "rule EnrolKey");
      return CaseLink();
    case v1::Record::kRevokeKey:
      RETURN_IF_ERROR(ApplyRevokeKey({step, record, nullptr}), "rule RevokeKey");
      return CaseLink();
    case v1::Record::kProposeCharter:
      RETURN_IF_ERROR(ApplyProposeCharter({step, record, nullptr}), "rule ProposeCharter");
      return CaseLink();
    case v1::Record::kReportIncident:
      if (body.case_id().empty()) return ApplyOpening(step, record);
      return ApplyCaseAct(step, record);
    default:
      return ApplyCaseAct(step, record);
  }
}

}  // namespace parley::rules
