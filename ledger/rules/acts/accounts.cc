// ReportIncident, AmendReport, WithdrawReport. Two accounts of one event are equal: the first one
// names the case and nothing more.

#include "base/limits.h"
#include "ledger/record/names.h"
#include "ledger/rules/acts/act.h"
#include "ledger/rules/flow.h"
#include "ledger/rules/obligations.h"
#include "ledger/rules/parties.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

// Authors' clocks and coarse times ("that day") run ahead of ledger time; more is a mistake.
constexpr uint64_t kFutureMaxMs = 24ULL * 3'600'000;

// What needs the charter and the ledger's time to be judged.
Status CheckFactsAgainstCharter(const Act& act, const v1::IncidentFacts& facts) {
  const Charter& charter = act.step.charter;
  if (charter.FindEventType(facts.event_type()) == nullptr)
    return InvalidArgument(
        fmt::format("facts.event_type: {} is not in the charter's catalogue", facts.event_type()));
  for (int i = 0; i < facts.alleged_size(); ++i)
    if (facts.alleged(i).has_member() && charter.FindMember(facts.alleged(i).member()) == nullptr)
      return InvalidArgument(
          fmt::format("facts.alleged[{}]: there is no member '{}'", i, facts.alleged(i).member()));
  if (facts.from_ms() > ToInt(act.step.now) + kFutureMaxMs)
    return InvalidArgument(fmt::format("facts.from_ms: {} lies in the future",
                                       FormatTime(static_cast<TimeMs>(facts.from_ms()))));
  return absl::OkStatus();
}

void SetAlleged(const v1::IncidentFacts& facts, v1::AccountState* account) {
  MemberSet members;
  for (const v1::Alleged& alleged : facts.alleged())
    if (alleged.has_member()) members.insert(alleged.member());
  account->clear_alleged();
  for (const std::string& member : members) account->add_alleged(member);
}

void SetHeading(const v1::IncidentFacts& facts, v1::CaseState* file) {
  file->set_event_type(facts.event_type());
  file->set_place(facts.place());
}

// Seconds from the end of the incident to the ledger time of the report.
uint64_t AgeSeconds(const Act& act, const v1::IncidentFacts& facts) {
  const uint64_t now_ms = ToInt(act.step.now);
  return now_ms > facts.to_ms() ? (now_ms - facts.to_ms()) / 1'000 : 0;
}

Status AddAccount(const Act& act, const v1::IncidentFacts& facts) {
  if (static_cast<size_t>(act.file->accounts_size()) >= limits::kListItemsMax)
    return FailedPrecondition(
        fmt::format("the case has {} accounts, the most there can be", limits::kListItemsMax));
  v1::AccountState* account = act.file->add_accounts();
  account->set_record_id(act.record.id().ToString());
  account->set_member(act.member());
  account->set_index(act.step.index);
  SetAlleged(facts, account);
  if (AgeSeconds(act, facts) > act.step.deadlines().late_after_s()) AddFlag(act.file, "LATE");
  return absl::OkStatus();
}

StatusOr<std::string> NextCaseId(const Step& step) {
  const int year = YearOf(step.now);
  ASSIGN_OR_RETURN(const std::optional<v1::CounterState> held,
                   ReadState<v1::CounterState>(step.state, keys::Counter(year)));
  v1::CounterState counter = held.value_or(v1::CounterState());
  if (counter.value() >= record::kCaseNumberMax)
    return FailedPrecondition(fmt::format("the case numbers of {} are used up", year));
  counter.set_value(counter.value() + 1);
  step.state.Put(keys::Counter(year), counter);
  return record::CaseNumber{static_cast<uint32_t>(year), static_cast<uint32_t>(counter.value())}
      .ToString();
}

// The account that the act names; it must be the member's own and stand.
StatusOr<v1::AccountState*> OwnAccount(const Act& act, const std::string& report) {
  v1::AccountState* account = FindAccount(act.file, report);
  if (account == nullptr)
    return NotFound(fmt::format("report: {} is no account in case {}", HexEncode(AsBytes(report)),
                                act.file->case_id()));
  if (account->member() != act.member())
    return PermissionDenied(fmt::format("the account is {}'s, and only {} may change it",
                                        account->member(), account->member()));
  if (account->withdrawn()) return FailedPrecondition("the account was withdrawn");
  return account;
}

}  // namespace

Status OpenCase(const Act& act) {
  const v1::IncidentFacts& facts = act.body().report_incident().facts();
  RETURN_IF_ERROR(CheckFactsAgainstCharter(act, facts));
  v1::CaseState* file = act.file;
  ASSIGN_OR_RETURN(const std::string case_id, NextCaseId(act.step));
  file->set_case_id(case_id);
  file->set_stage(v1::CaseState::REPORTED);
  file->set_charter_version(act.step.charter.proto().version());
  SetHeading(facts, file);
  const bool flash = facts.urgency() == v1::FLASH;
  file->set_urgency(facts.urgency() == v1::URGENCY_UNSPECIFIED ? v1::ROUTINE : facts.urgency());
  file->set_reporter(act.member());
  file->set_opened_at_ms(ToInt(act.step.now));
  RETURN_IF_ERROR(AddAccount(act, facts));
  UpdateParties(act.step.charter, file);
  const v1::Deadlines& deadlines = act.step.deadlines();
  // A report this old is not admitted by a lapse: a mediator must look at it.
  if (AgeSeconds(act, facts) > deadlines.stale_after_s()) AddFlag(file, "STALE");
  return AddObligation(&act.step.state, case_id, kind::kScreen, kMediators,
                       act.step.After(flash ? deadlines.screen_flash_s() : deadlines.screen_s()));
}

Status MayReport(const Charter&, const v1::CaseState& file, const std::string& member) {
  if (!HasLiveAccount(file, member)) return absl::OkStatus();
  return FailedPrecondition(
      fmt::format("{} has an account in this case; it can be amended or withdrawn", member));
}

Status ApplySecondAccount(const Act& act) {
  const v1::IncidentFacts& facts = act.body().report_incident().facts();
  RETURN_IF_ERROR(CheckFactsAgainstCharter(act, facts));
  RETURN_IF_ERROR(AddAccount(act, facts));
  return Advance(act.step, act.file);
}

Status MayAmend(const Charter&, const v1::CaseState& file, const std::string& member) {
  if (HasLiveAccount(file, member)) return absl::OkStatus();
  return PermissionDenied(fmt::format("{} has no account in this case", member));
}

Status ApplyAmendReport(const Act& act) {
  const v1::AmendReport& amend = act.body().amend_report();
  ASSIGN_OR_RETURN(v1::AccountState * account, OwnAccount(act, amend.report()));
  RETURN_IF_ERROR(CheckFactsAgainstCharter(act, amend.facts()));
  SetAlleged(amend.facts(), account);
  account->set_latest(act.record.id().ToString());
  account->set_amendments(account->amendments() + 1);
  AddFlag(act.file, "AMENDED");
  if (account == act.file->mutable_accounts(0)) SetHeading(amend.facts(), act.file);
  return Advance(act.step, act.file);
}

Status ApplyWithdrawReport(const Act& act) {
  ASSIGN_OR_RETURN(v1::AccountState * account,
                   OwnAccount(act, act.body().withdraw_report().report()));
  account->set_withdrawn(true);
  AddFlag(act.file, "ACCOUNT_WITHDRAWN");
  return Advance(act.step, act.file);
}

}  // namespace parley::rules
