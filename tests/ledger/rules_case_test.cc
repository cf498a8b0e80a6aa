// A case's way, stage by stage: every row of the table of docs/rules.md that this version reaches,
// by acts.

#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RulesCaseTest, FromTwoOpposedAccountsToACosignedVerdict) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  EXPECT_EQ(w.State(), "REPORTED");
  EXPECT_EQ(w.Open(), "SCREEN MEDIATOR");
  ASSERT_OK(w.Do("party-b", Report(w.now, {"party-a"}, kCase)));
  ASSERT_OK(w.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
  EXPECT_EQ(w.State(), "ADMITTED");
  EXPECT_EQ(w.Open(), "RESPOND party-a, RESPOND party-b");
  ASSERT_OK(w.Do("party-a", Respond(kCase)));
  EXPECT_EQ(w.State(), "ADMITTED");
  ASSERT_OK(w.Do("party-b", Respond(kCase)));
  EXPECT_EQ(w.State(), "ANSWERED");
  EXPECT_EQ(w.Open(), "COMMENT party-a, COMMENT party-b");
  ASSERT_OK(w.Do("party-a", Comment(kCase)));
  ASSERT_OK(w.Do("party-b", Comment(kCase)));
  EXPECT_EQ(w.State(), "COMMENTED");
  EXPECT_EQ(w.Open(), "VERDICT MEDIATOR");
  ASSERT_OK(w.Do("med-b", Propose(kCase)));
  EXPECT_EQ(w.State(), "DRAFTED");
  EXPECT_EQ(w.Open(), "ENDORSE med-a");  // to propose is to approve
  ASSERT_OK(w.Do("med-a", EndorseRecord(kCase, w.last_id)));
  EXPECT_EQ(w.State(), "DECIDED");
  EXPECT_EQ(w.Open(), "APPEAL_WINDOW");
  ASSERT_OK(w.Wait(hours(7 * 24)));
  EXPECT_EQ(w.State(), "FINAL");
  EXPECT_EQ(w.Open(), "");
  ASSERT_OK(w.Do("med-a", CloseIt(kCase)));
  EXPECT_EQ(w.State(), "FINAL");
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, w.last_id)));
  EXPECT_EQ(w.State(), "CLOSED");
  EXPECT_EQ(w.Case().entries, 12U);
  EXPECT_EQ(w.Case().last_entry_plus_1, w.ledger.tip().size);
}

TEST(RulesCaseTest, ScreeningRejectsOrMerges) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  ASSERT_OK(w.Do("party-b", Report(w.now, {"party-a"})));
  ASSERT_OK(w.Do("party-a", Report(w.now, {})));
  EXPECT_THAT(w.Do("med-a", Screen("2025-0002", v1::ScreenCase::MERGE, "2025-0009")),
              StatusIs(StatusCode::kNotFound));
  ASSERT_OK(w.Do("med-a", Screen("2025-0002", v1::ScreenCase::MERGE, "2025-0001")));
  EXPECT_EQ(w.State("2025-0002"), "MERGED");
  EXPECT_EQ(w.Open("2025-0002"), "");
  EXPECT_THAT(w.Case().alleged, ElementsAre("party-a", "party-b"));
  ASSERT_OK(w.Do("med-a", Screen("2025-0003", v1::ScreenCase::REJECT)));
  EXPECT_EQ(w.State("2025-0003"), "REJECTED");
  EXPECT_THAT(w.Do("party-a", Report(w.now, {}, "2025-0003")),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("2025-0003 is REJECTED")));
  EXPECT_THAT(w.Do("med-b", Screen(kCase, v1::ScreenCase::MERGE, "2025-0003")),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("takes no more accounts")));
}

TEST(RulesCaseTest, AccountsAreAmendedAndWithdrawnByTheirAuthorsMemberOnly) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  const RecordId report = w.last_id;
  EXPECT_THAT(w.Do("party-b", Amend(kCase, report, w.now, {})),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("rule AmendReport")));
  EXPECT_THAT(w.Do("party-a", Report(w.now, {}, kCase)),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("has an account")));
  EXPECT_THAT(w.Do("party-a", Amend(kCase, RecordId(), w.now, {})),
              StatusIs(StatusCode::kNotFound));
  ASSERT_OK(w.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
  EXPECT_EQ(w.Open(), "RESPOND party-b");
  ASSERT_OK(w.Do("party-b", Report(w.now, {"party-a"}, kCase)));
  EXPECT_THAT(w.Do("party-b", Withdraw(kCase, report)),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("party-a's")));
  ASSERT_OK(w.Do("party-a", Withdraw(kCase, report)));
  EXPECT_EQ(w.State(), "ADMITTED");
  EXPECT_EQ(w.Open(), "RESPOND party-a");
  EXPECT_THAT(w.Do("party-a", Amend(kCase, report, w.now, {})),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST(RulesCaseTest, WithoutAccountsACaseIsWithdrawn) {
  for (const bool admit : {false, true}) {
    World w;
    ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
    const RecordId report = w.last_id;
    if (admit) {
      ASSERT_OK(w.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
    }
    ASSERT_OK(w.Do("party-a", Withdraw(kCase, report)));
    EXPECT_EQ(w.State(), "WITHDRAWN");
    EXPECT_EQ(w.Open(), "");
  }
}

TEST(RulesCaseTest, RepeatingAnAllegationDoesNotStartTheClockAgain) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  const RecordId report = w.last_id;
  ASSERT_OK(w.Do("party-b", Report(w.now, {"party-a"}, kCase)));
  ASSERT_OK(w.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
  const TimeMs due = rules::CaseObligations(w.ledger.state(), kCase)->back().due;
  w.now = w.now + hours(40);
  ASSERT_OK(w.Do("party-a", Amend(kCase, report, w.now, {})));
  EXPECT_EQ(w.Open(), "RESPOND party-a");
  ASSERT_OK(w.Do("party-a", Amend(kCase, report, w.now, {"party-b"})));
  EXPECT_EQ(rules::CaseObligations(w.ledger.state(), kCase)->back().due, due);
}

TEST(RulesCaseTest, WithNobodyAllegedThereIsNothingToAnswer) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {})));
  ASSERT_OK(w.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
  EXPECT_EQ(w.State(), "ANSWERED");
  World of_mediator;
  ASSERT_OK(of_mediator.Do("med-a", Report(of_mediator.now, {})));
  ASSERT_OK(of_mediator.Do("med-b", Screen(kCase, v1::ScreenCase::ADMIT)));
  EXPECT_EQ(of_mediator.State(), "COMMENTED");  // no party is concerned
}

TEST(RulesCaseTest, ADissentOfAMediatorDeadlocksAndOfAPartyDoesNot) {
  World w;
  BringTo(&w, "DRAFTED");
  const RecordId draft = w.last_id;
  ASSERT_OK(w.Do("party-b", EndorseRecord(kCase, draft, v1::Endorse::DISSENT)));
  EXPECT_EQ(w.State(), "DRAFTED");
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, draft, v1::Endorse::DISSENT)));
  EXPECT_EQ(w.State(), "DEADLOCKED");
  EXPECT_EQ(w.Open(), "STEP_UP MEDIATOR");
  ASSERT_OK(w.Do("med-b", Propose(kCase)));
  EXPECT_EQ(w.State(), "DRAFTED");
  EXPECT_THAT(w.Do("med-a", EndorseRecord(kCase, draft)),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("does not wait")));
}

TEST(RulesCaseTest, EachEndorsementCountsOncePerMember) {
  World w(2, 3);
  BringTo(&w, "DRAFTED");
  const RecordId draft = w.last_id;
  EXPECT_THAT(w.Do("med-a", EndorseRecord(kCase, draft)),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("counts once")));
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, draft)));
  EXPECT_THAT(w.Do("med-b", EndorseRecord(kCase, draft)),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("counts once")));
  ASSERT_OK(w.Do("party-a", EndorseRecord(kCase, draft)));
  EXPECT_EQ(w.State(), "DRAFTED");
  ASSERT_OK(w.Do("med-c", EndorseRecord(kCase, draft)));
  EXPECT_EQ(w.State(), "DECIDED");
}

TEST(RulesCaseTest, ATwoOfThreePolicyNeedsTwoDistinctMediators) {
  AccordOptions options;
  options.policies = "verdict { role { role: MEDIATOR k: 2 } }";
  World w(2, 3, options);
  BringTo(&w, "DRAFTED");
  const RecordId draft = w.last_id;
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, draft, v1::Endorse::DISSENT)));
  EXPECT_EQ(w.State(), "DRAFTED");  // still possible
  ASSERT_OK(w.Do("med-c", EndorseRecord(kCase, draft)));
  EXPECT_EQ(w.State(), "DECIDED");
}

TEST(RulesCaseTest, AppealsAreUpheldVariedOrSetAside) {
  const std::pair<v1::DecideAppeal::Outcome, std::string> rows[] = {
      {v1::DecideAppeal::UPHELD, "FINAL"},
      {v1::DecideAppeal::VARIED, "FINAL"},
      {v1::DecideAppeal::SET_ASIDE, "VERIFYING"}};
  for (const auto& [outcome, stage] : rows) {
    World w;
    BringTo(&w, "APPEALED");
    ASSERT_OK(w.Do("med-b", Decide(kCase, outcome)));
    EXPECT_EQ(w.State(), "APPEALED");
    ASSERT_OK(w.Do("med-a", EndorseRecord(kCase, w.last_id)));
    EXPECT_EQ(w.State(), stage);
  }
}

TEST(RulesCaseTest, WhoProposedTheVerdictDoesNotAloneDecideItsAppeal) {
  AccordOptions options;
  options.policies =
      "verdict { role { role: MEDIATOR k: 1 } } appeal { role { role: MEDIATOR k: 1 } }";
  World w(2, 2, options);
  ASSERT_OK(w.Do("party-a", Report(w.now, {})));
  ASSERT_OK(w.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
  ASSERT_OK(w.Do("med-a", Propose(kCase)));
  EXPECT_EQ(w.State(), "DECIDED");  // the proposer alone satisfies the policy
  ASSERT_OK(w.Do("party-a", AppealCase(kCase)));
  ASSERT_OK(w.Do("med-a", Decide(kCase, v1::DecideAppeal::UPHELD)));
  EXPECT_EQ(w.State(), "APPEALED");
  EXPECT_EQ(w.Open(), "ENDORSE med-b, DECIDE_APPEAL MEDIATOR");
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, w.last_id)));
  EXPECT_EQ(w.State(), "FINAL");

  World single(1, 1);
  ASSERT_OK(single.Do("party-a", Report(single.now, {})));
  ASSERT_OK(single.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
  ASSERT_OK(single.Do("med-a", Propose(kCase)));
  ASSERT_OK(single.Do("party-a", AppealCase(kCase)));
  EXPECT_THAT(single.Do("med-a", Decide(kCase, v1::DecideAppeal::UPHELD)),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("does not alone decide")));
  ASSERT_OK(single.Wait(hours(14 * 24)));
  EXPECT_EQ(single.State(), "FINAL");
}

TEST(RulesCaseTest, RemediesAreReportedAndChecked) {
  World w;
  BringTo(&w, "COMMENTED");
  v1::Verdict verdict = Violation();
  AddRemedy(&verdict, "party-b", "party-a", w.now + hours(20 * 24));
  AddRemedy(&verdict, "party-a", "med-a", w.now + hours(25 * 24));
  ASSERT_OK(w.Do("med-a", Propose(kCase, verdict)));
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, w.last_id)));
  ASSERT_OK(w.Wait(hours(7 * 24)));
  EXPECT_EQ(w.State(), "REMEDY_DUE");
  EXPECT_EQ(w.Open(), "REMEDY#0 party-b, REMEDY#1 party-a");
  EXPECT_THAT(w.Do("party-a", RemedyDone(kCase, 0)), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(w.Do("party-a", RemedyDone(kCase, 2)), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(w.Do("party-b", Check(kCase, 0, true)), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(w.Do("med-a", CloseIt(kCase)), StatusIs(StatusCode::kFailedPrecondition));
  ASSERT_OK(w.Do("party-b", RemedyDone(kCase, 0)));
  EXPECT_EQ(w.Open(), "CHECK#0 party-a, REMEDY#1 party-a");
  ASSERT_OK(w.Do("party-a", Check(kCase, 0, false)));
  EXPECT_EQ(w.Open(), "REMEDY#0 party-b, REMEDY#1 party-a");  // owed again, until the same date
  ASSERT_OK(w.Do("party-b", RemedyDone(kCase, 0)));
  ASSERT_OK(w.Do("party-a", Check(kCase, 0, true)));
  EXPECT_THAT(w.Do("party-a", Check(kCase, 0, true)), StatusIs(StatusCode::kPermissionDenied));
  ASSERT_OK(w.Wait(hours(30 * 24)));
  EXPECT_EQ(w.State(), "REMEDY_OVERDUE");
  ASSERT_OK(w.Do("party-a", RemedyDone(kCase, 1)));
  ASSERT_OK(w.Do("med-a", Check(kCase, 1, true)));
  EXPECT_EQ(w.State(), "CLOSED");
}

TEST(RulesCaseTest, VerdictsNameMembersAndDatesThatTheCharterAllows) {
  World w;
  BringTo(&w, "COMMENTED");
  v1::Verdict stranger = Violation();
  stranger.add_attributions()->set_member("nobody");
  EXPECT_THAT(w.Do("med-a", Propose(kCase, stranger)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("no member 'nobody'")));
  v1::Verdict late = Violation();
  AddRemedy(&late, "party-b", "party-a", w.now + hours(31 * 24));
  EXPECT_THAT(w.Do("med-a", Propose(kCase, late)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("due_ms")));
  EXPECT_THAT(w.Do("party-a", Propose(kCase)), StatusIs(StatusCode::kPermissionDenied));
}

TEST(RulesCaseTest, ReportsAgainstTheCharterAreRefused) {
  World w;
  EXPECT_THAT(w.Do("party-a", Report(w.now, {"party-z"})),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("party-z")));
  v1::Record unknown = Report(w.now, {});
  unknown.mutable_report_incident()->mutable_facts()->set_event_type("WEATHER");
  EXPECT_THAT(w.Do("party-a", unknown),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("catalogue")));
  EXPECT_THAT(w.Do("party-a", Report(w.now + hours(30), {})),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("future")));
  EXPECT_THAT(w.Do("party-a", Report(w.now, {}, "2025-0042")),
              StatusIs(StatusCode::kNotFound, HasSubstr("2025-0042")));
}

TEST(RulesCaseTest, LateAndStaleReportsAreFlagged) {
  World w;
  const TimeMs event = w.now;
  w.now = w.now + hours(25);
  ASSERT_OK(w.Do("party-a", Report(event, {"party-b"})));
  EXPECT_THAT(w.Case().flags, ElementsAre("LATE"));
  w.now = w.now + hours(30 * 24);
  ASSERT_OK(w.Do("party-a", Report(event, {"party-b"})));
  EXPECT_THAT(w.Case("2025-0002").flags, ElementsAre("LATE", "STALE"));
  ASSERT_OK(w.Wait(hours(24)));
  EXPECT_EQ(w.State("2025-0002"), "REPORTED");  // waits for a mediator
  ASSERT_OK(w.Do("med-a", Screen("2025-0002", v1::ScreenCase::ADMIT)));
  EXPECT_EQ(w.State("2025-0002"), "ADMITTED");
}

// Every act in every stage that acts can reach: legal exactly as the table says.
struct Row {
  const char* stage;
  const char* legal;  // act names, as LegalActs lists them
};

class RulesTableTest : public ::testing::TestWithParam<Row> {};

TEST_P(RulesTableTest, OnlyWhatTheTableNamesIsLegal) {
  World w;
  BringTo(&w, GetParam().stage);
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> legal,
                       rules::LegalActs(w.ledger.state(), w.accord->charter(), kCase));
  std::string names;
  for (const std::string& line : legal)
    names += (names.empty() ? "" : " ") + line.substr(0, line.find(' '));
  EXPECT_EQ(names, GetParam().legal);

  const std::pair<const char*, v1::Record> acts[] = {
      {"ReportIncident", Report(w.now, {}, kCase)},
      {"ScreenCase", Screen(kCase, v1::ScreenCase::ADMIT)},
      {"Respond", Respond(kCase)},
      {"Comment", Comment(kCase)},
      {"ProposeVerdict", Propose(kCase)},
      {"Endorse", EndorseRecord(kCase, w.last_id)},
      {"Appeal", AppealCase(kCase)},
      {"DecideAppeal", Decide(kCase, v1::DecideAppeal::UPHELD)},
      {"ReportRemedy", RemedyDone(kCase, 0)},
      {"CheckRemedy", Check(kCase, 0, true)},
      {"CloseCase", CloseIt(kCase)}};
  for (const auto& [name, body] : acts) {
    const bool listed =
        (" " + names + " ").find(" " + std::string(name) + " ") != std::string::npos;
    bool accepted = false;
    for (const rules::CharterMember& member : w.accord->charter().members()) {
      TestAuthor& author = w.accord->Author(member.name);
      const Status checked = w.ledger.executor().CheckRecord(
          w.ledger.tip(), w.ledger.state(), w.now + minutes(1), w.accord->SignOnly(author, body));
      accepted = accepted || checked.ok();
      if (checked.ok() || listed) continue;
      EXPECT_THAT(MessageOf(checked),
                  HasSubstr(fmt::format("rule {}: case {} is {}", name, kCase, GetParam().stage)));
      EXPECT_THAT(checked.code(), AnyOf(StatusCode::kFailedPrecondition,  // not now
                                        StatusCode::kPermissionDenied));  // not this member
    }
    EXPECT_EQ(accepted, listed) << name << " in " << GetParam().stage;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Stages, RulesTableTest,
    ::testing::Values(Row{"REPORTED", "ReportIncident AmendReport WithdrawReport ScreenCase"},
                      Row{"ADMITTED", "ReportIncident AmendReport WithdrawReport Respond"},
                      Row{"ANSWERED",
                          "ReportIncident AmendReport WithdrawReport Comment ProposeVerdict"},
                      Row{"COMMENTED", "ReportIncident AmendReport WithdrawReport ProposeVerdict"},
                      Row{"DRAFTED", "ReportIncident AmendReport WithdrawReport Endorse"},
                      Row{"DEADLOCKED", "ReportIncident AmendReport WithdrawReport ProposeVerdict"},
                      Row{"DECIDED", "Appeal"}, Row{"APPEALED", "DecideAppeal"},
                      Row{"FINAL", "CloseCase"}, Row{"CLOSED", ""}),
    [](const ::testing::TestParamInfo<Row>& row) { return std::string(row.param.stage); });

TEST(RulesCaseTest, ARefusalSaysRuleStageAndWhatWouldBeLegal) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  const Status refused = w.Do("party-b", Respond(kCase));
  EXPECT_THAT(refused,
              StatusIs(StatusCode::kFailedPrecondition,
                       HasSubstr("rule Respond: case 2025-0001 is REPORTED; not legal in this "
                                 "stage; legal now: ReportIncident by med-a or med-b or party-b")));
  EXPECT_THAT(MessageOf(refused),
              HasSubstr("ScreenCase by med-a (until 2025-10-20T12:01:00.000Z)"));
}

}  // namespace
}  // namespace parley::testing
