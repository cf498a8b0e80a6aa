#pragma once

// A ledger and its people, for tests of the rules: one act in one block at a time.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "ledger/rules/queries.h"
#include "tests/support/accord.h"
#include "tests/support/status_matchers.h"

namespace parley::testing {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr const char* kCase = "2025-0001";  // the first of a ledger

class World {
 public:
  explicit World(size_t parties = 2, size_t mediators = 2, const AccordOptions& options = {},
                 rules::ProofCheck proofs = nullptr)
      : accord(TestAccord::Create(parties, mediators, options)),
        ledger(accord->charter(), std::move(proofs)),
        now(accord->charter().founded_at() + hours(12)) {}

  // One minute later, the act in a block of its own. When refused, the author's chain is as before.
  Status Do(const std::string& member, v1::Record body) {
    return DoAs(accord->Author(member), std::move(body));
  }
  Status DoAs(TestAuthor& author, v1::Record body) {
    now = now + minutes(1);
    record::ParsedRecord record = accord->SignOnly(author, std::move(body));
    last_id = record.id();
    const Status checked = ledger.executor().CheckRecord(ledger.tip(), ledger.state(), now, record);
    const Status added = ledger.Add(now, {std::move(record)});
    EXPECT_EQ(checked.ok(), added.ok()) << checked << " / " << added;
    if (added.ok()) TestAccord::Rewind(author, ledger.state());
    return checked;
  }
  // Lets time pass, and a block of whatever fell due.
  Status Wait(std::chrono::milliseconds time) {
    now = now + time;
    return ledger.Lapse(now);
  }

  rules::CaseView Case(const std::string& id = "2025-0001") const {
    StatusOr<rules::CaseView> view = rules::GetCase(ledger.state(), id);
    EXPECT_OK(view);
    return view.ok() ? *view : rules::CaseView();
  }
  std::string State(const std::string& id = "2025-0001") const { return Case(id).state; }
  // "RESPOND party-b, SCREEN MEDIATOR": what is open in a case, by due time.
  std::string Open(const std::string& id = "2025-0001") const {
    std::string out;
    const auto all = rules::CaseObligations(ledger.state(), id);
    EXPECT_OK(all);
    for (const rules::ObligationView& o : all.value_or(std::vector<rules::ObligationView>()))
      out += (out.empty() ? "" : ", ") + o.kind + (o.member.empty() ? "" : " " + o.member);
    return out;
  }

  std::unique_ptr<TestAccord> accord;
  TestLedger ledger;
  TimeMs now;
  RecordId last_id;  // of the last record tried
};

// Acts with the least content that their shape allows.
inline v1::Record InCase(const std::string& case_id) {
  v1::Record out;
  out.set_case_id(case_id);
  return out;
}
inline v1::Record Report(TimeMs to, const std::vector<std::string>& alleged,
                         const std::string& case_id = "") {
  v1::Record out = InCase(case_id);
  *out.mutable_report_incident()->mutable_facts() = Facts(to, alleged);
  return out;
}
inline v1::Record Amend(const std::string& case_id, const RecordId& report, TimeMs to,
                        const std::vector<std::string>& alleged) {
  v1::Record out = InCase(case_id);
  out.mutable_amend_report()->set_report(report.ToString());
  *out.mutable_amend_report()->mutable_facts() = Facts(to, alleged);
  return out;
}
inline v1::Record Withdraw(const std::string& case_id, const RecordId& report) {
  v1::Record out = InCase(case_id);
  out.mutable_withdraw_report()->set_report(report.ToString());
  return out;
}
inline v1::Record Screen(const std::string& case_id, v1::ScreenCase::Decision decision,
                         const std::string& into = "") {
  v1::Record out = InCase(case_id);
  out.mutable_screen_case()->set_decision(decision);
  out.mutable_screen_case()->set_reason("because");
  out.mutable_screen_case()->set_merge_into(into);
  return out;
}
inline v1::Record Respond(const std::string& case_id) {
  v1::Record out = InCase(case_id);
  out.mutable_respond()->set_answer(v1::Respond::DENY);
  return out;
}
inline v1::Record Comment(const std::string& case_id) {
  v1::Record out = InCase(case_id);
  out.mutable_comment()->set_stance(v1::Comment::AGREE_IN_PART);
  return out;
}
inline v1::Verdict Violation() {
  v1::Verdict out;
  out.set_fact(v1::ESTABLISHED);
  out.set_determination(v1::VIOLATION);
  out.set_severity(v1::SERIOUS);
  out.set_standard(v1::REASONABLE_GROUNDS);
  out.set_reasons("Both accounts agree on place and time.");
  return out;
}
inline void AddRemedy(v1::Verdict* verdict, const std::string& who, const std::string& checker,
                      TimeMs due) {
  v1::Remedy* remedy = verdict->add_remedies();
  remedy->set_what("Withdraw the battery");
  remedy->set_who(who);
  remedy->set_checker(checker);
  remedy->set_due_ms(ToInt(due));
}
inline v1::Record Propose(const std::string& case_id, const v1::Verdict& verdict = Violation()) {
  v1::Record out = InCase(case_id);
  *out.mutable_propose_verdict()->mutable_verdict() = verdict;
  return out;
}
inline v1::Record EndorseRecord(const std::string& case_id, const RecordId& id,
                                v1::Endorse::Choice choice = v1::Endorse::APPROVE) {
  v1::Record out = InCase(case_id);
  out.mutable_endorse()->set_record(id.ToString());
  out.mutable_endorse()->set_choice(choice);
  if (choice == v1::Endorse::DISSENT) out.mutable_endorse()->set_reasons("not shown");
  return out;
}
inline v1::Record AppealCase(const std::string& case_id) {
  v1::Record out = InCase(case_id);
  out.mutable_appeal()->set_ground(v1::Appeal::ATTRIBUTION);
  out.mutable_appeal()->set_text("It was another unit.");
  return out;
}
inline v1::Record Decide(const std::string& case_id, v1::DecideAppeal::Outcome outcome) {
  v1::Record out = InCase(case_id);
  out.mutable_decide_appeal()->set_outcome(outcome);
  out.mutable_decide_appeal()->set_reasons("heard and weighed");
  if (outcome == v1::DecideAppeal::VARIED)
    *out.mutable_decide_appeal()->mutable_verdict() = Violation();
  return out;
}
inline v1::Record RemedyDone(const std::string& case_id, uint32_t number) {
  v1::Record out = InCase(case_id);
  out.mutable_report_remedy()->set_remedy(number);
  out.mutable_report_remedy()->set_account("done");
  return out;
}
inline v1::Record Check(const std::string& case_id, uint32_t number, bool accepted) {
  v1::Record out = InCase(case_id);
  out.mutable_check_remedy()->set_remedy(number);
  out.mutable_check_remedy()->set_accepted(accepted);
  if (!accepted) out.mutable_check_remedy()->set_reasons("still there");
  return out;
}
inline v1::Record CloseIt(const std::string& case_id) {
  v1::Record out = InCase(case_id);
  out.mutable_close_case()->set_reason("nothing is owed");
  return out;
}

// Brings case 2025-0001 (party-a against party-b) to a stage, by the shortest way with acts alone.
inline void BringTo(World* w, const std::string& stage) {
  const std::string c = "2025-0001";
  const auto at = [&] { return w->State() == stage; };
  ASSERT_OK(w->Do("party-a", Report(w->now, {"party-b"})));
  if (at()) return;
  ASSERT_OK(w->Do("med-a", Screen(c, v1::ScreenCase::ADMIT)));
  if (at()) return;
  ASSERT_OK(w->Do("party-b", Respond(c)));
  if (at()) return;
  ASSERT_OK(w->Do("party-a", Comment(c)));
  ASSERT_OK(w->Do("party-b", Comment(c)));
  if (at()) return;
  ASSERT_OK(w->Do("med-a", Propose(c)));
  const RecordId draft = w->last_id;
  if (at()) return;
  if (stage == "DEADLOCKED") {
    ASSERT_OK(w->Do("med-b", EndorseRecord(c, draft, v1::Endorse::DISSENT)));
    return;
  }
  ASSERT_OK(w->Do("med-b", EndorseRecord(c, draft)));
  if (at()) return;
  if (stage == "APPEALED") {
    ASSERT_OK(w->Do("party-b", AppealCase(c)));
    return;
  }
  ASSERT_OK(w->Wait(hours(7 * 24)));
  ASSERT_EQ(w->State(), "FINAL");
  if (at()) return;
  ASSERT_OK(w->Do("med-a", CloseIt(c)));
  ASSERT_OK(w->Do("med-b", EndorseRecord(c, w->last_id)));
  ASSERT_EQ(w->State(), stage);
}

}  // namespace parley::testing
