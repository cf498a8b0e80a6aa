// Deadlines: what the ledger does by itself when they pass. No case can get stuck.

#include "ledger/rules/block.h"
#include "parley/v1/entry.pb.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using ::testing::Contains;
using ::testing::HasSubstr;

// "SCREEN", "RESPOND party-b", ...: the lapses of the last block, in order.
std::vector<std::string> Lapses(const World& w) {
  std::vector<std::string> out;
  for (const std::string& bytes : w.ledger.last().entries) {
    v1::Entry entry;
    EXPECT_TRUE(entry.ParseFromString(bytes));
    if (!entry.event().has_lapse()) continue;
    const v1::Lapse& lapse = entry.event().lapse();
    EXPECT_LE(lapse.due_ms(), entry.time_ms());
    EXPECT_EQ(lapse.case_id(), entry.case_id());
    out.push_back(lapse.obligation() + (lapse.member().empty() ? "" : " " + lapse.member()));
  }
  return out;
}

TEST(RulesLapseTest, SilenceStopsNothing) {
  World w(3, 2);
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b", "party-c"})));
  const std::tuple<int, std::vector<std::string>, std::string> steps[] = {
      {24, {"SCREEN"}, "ADMITTED"},
      {48, {"RESPOND party-b", "RESPOND party-c"}, "ANSWERED"},
      {72, {"COMMENT party-a", "COMMENT party-b", "COMMENT party-c"}, "COMMENTED"},
      {5 * 24, {"VERDICT"}, "DEADLOCKED"},
      {7 * 24, {"STEP_UP"}, "DECIDED"},
      {7 * 24, {"APPEAL_WINDOW"}, "FINAL"}};
  for (const auto& [time, lapses, stage] : steps) {
    ASSERT_OK(w.Wait(hours(time))) << stage;
    EXPECT_EQ(Lapses(w), lapses);
    EXPECT_EQ(w.State(), stage);
  }
  EXPECT_THAT(w.Case().flags, Contains("UNDETERMINED_BY_LAPSE"));
  EXPECT_THAT(w.Case().flags, Contains("NO_ANSWER"));
  EXPECT_EQ(w.Open(), "");
}

TEST(RulesLapseTest, NothingLapsesBeforeItsTime) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  const auto due = w.ledger.executor().NextDue(w.ledger.state());
  ASSERT_OK(due);
  ASSERT_TRUE(due->has_value());
  const TimeMs before = static_cast<TimeMs>(ToInt(**due) - 1);
  EXPECT_THAT(w.ledger.Lapse(before),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("nothing is due")));
  ASSERT_OK(w.ledger.Lapse(**due));
  EXPECT_EQ(w.State(), "ADMITTED");
}

TEST(RulesLapseTest, FlashReportsAreScreenedInTwoHours) {
  World w;
  v1::Record report = Report(w.now, {"party-b"});
  report.mutable_report_incident()->mutable_facts()->set_urgency(v1::FLASH);
  ASSERT_OK(w.Do("party-a", report));
  ASSERT_OK(w.Wait(hours(2)));
  EXPECT_EQ(w.State(), "ADMITTED");
}

TEST(RulesLapseTest, WithoutAVerificationTheLedgerFindsNothingEstablished) {
  AccordOptions options;
  options.verdict_without_verification = false;
  World w(2, 2, options);
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  ASSERT_OK(w.Do("med-a", Screen(kCase, v1::ScreenCase::ADMIT)));
  ASSERT_OK(w.Do("party-b", Respond(kCase)));
  EXPECT_EQ(w.Open(), "TASK MEDIATOR");
  EXPECT_THAT(w.Do("party-a", Comment(kCase)),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("verification")));
  EXPECT_THAT(w.Do("med-a", Propose(kCase)),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("verification")));
  ASSERT_OK(w.Wait(hours(72)));
  EXPECT_EQ(w.State(), "FOUND");
  EXPECT_THAT(w.Case().flags, Contains("NOT_VERIFIED"));
  EXPECT_EQ(w.Open(), "COMMENT party-a, COMMENT party-b");
  ASSERT_OK(w.Do("party-a", Comment(kCase)));
  ASSERT_OK(w.Do("party-b", Comment(kCase)));
  EXPECT_EQ(w.State(), "COMMENTED");
}

TEST(RulesLapseTest, SilenceOfMediatorsDeadlocksADraftAndEveryOneIsNamed) {
  World w(2, 3);
  BringTo(&w, "DRAFTED");
  ASSERT_OK(w.Wait(hours(48)));
  EXPECT_EQ(Lapses(w), (std::vector<std::string>{"ENDORSE med-b", "ENDORSE med-c"}));
  EXPECT_EQ(w.State(), "DEADLOCKED");
}

TEST(RulesLapseTest, RedraftingDoesNotLengthenADeadlock) {
  World w;
  BringTo(&w, "DEADLOCKED");
  const TimeMs due = rules::CaseObligations(w.ledger.state(), kCase)->front().due;
  w.now = due + (-hours(1));
  ASSERT_OK(w.Do("med-a", Propose(kCase)));
  const RecordId draft = w.last_id;
  w.now = due + minutes(1);
  // Nor when dissent and new draft come in one block, before the lapse can.
  const record::ParsedRecord dissent = w.accord->SignOnly(
      w.accord->Author("med-b"), EndorseRecord(kCase, draft, v1::Endorse::DISSENT));
  EXPECT_THAT(
      w.ledger.Add(w.now, {dissent, w.accord->SignOnly(w.accord->Author("med-a"), Propose(kCase))}),
      StatusIs(StatusCode::kFailedPrecondition, HasSubstr("has passed")));
  ASSERT_OK(w.ledger.Add(w.now, {dissent}));
  EXPECT_EQ(w.State(), "DEADLOCKED");
  ASSERT_OK(w.Wait(minutes(1)));
  EXPECT_EQ(w.State(), "DECIDED");
}

TEST(RulesLapseTest, AnAppealThatNobodyDecidesLeavesTheFirstVerdict) {
  World w;
  BringTo(&w, "APPEALED");
  ASSERT_OK(w.Do("med-a", Decide(kCase, v1::DecideAppeal::SET_ASIDE)));
  ASSERT_OK(w.Wait(hours(48)));
  EXPECT_EQ(Lapses(w), (std::vector<std::string>{"ENDORSE med-b"}));
  EXPECT_EQ(w.State(), "APPEALED");  // the proposal is dropped, the time runs on
  ASSERT_OK(w.Wait(hours(14 * 24)));
  EXPECT_EQ(w.State(), "FINAL");
  EXPECT_THAT(w.Case().flags, Contains("APPEAL_UNDECIDED"));
}

TEST(RulesLapseTest, AfterSettingAsideFindingsThatNobodyMakesLeadOn) {
  World w;
  BringTo(&w, "APPEALED");
  ASSERT_OK(w.Do("med-a", Decide(kCase, v1::DecideAppeal::SET_ASIDE)));
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, w.last_id)));
  EXPECT_EQ(w.Open(), "FINDINGS MEDIATOR");
  ASSERT_OK(w.Wait(hours(7 * 24)));
  EXPECT_EQ(w.State(), "FOUND");
  EXPECT_EQ(w.Open(), "COMMENT party-a, COMMENT party-b");  // a new round
}

TEST(RulesLapseTest, ARemedyIsOverdueAndACheckerWhoSleepsCanBeReplaced) {
  World w;
  BringTo(&w, "COMMENTED");
  v1::Verdict verdict = Violation();
  AddRemedy(&verdict, "party-b", "party-a", w.now + hours(8 * 24));
  ASSERT_OK(w.Do("med-a", Propose(kCase, verdict)));
  ASSERT_OK(w.Do("med-b", EndorseRecord(kCase, w.last_id)));
  ASSERT_OK(w.Wait(hours(7 * 24)));
  ASSERT_OK(w.Wait(hours(48)));
  EXPECT_EQ(Lapses(w), (std::vector<std::string>{"REMEDY#0 party-b"}));
  EXPECT_EQ(w.State(), "REMEDY_OVERDUE");
  ASSERT_OK(w.Do("party-b", RemedyDone(kCase, 0)));
  EXPECT_THAT(w.Do("med-b", Check(kCase, 0, true)), StatusIs(StatusCode::kPermissionDenied));
  ASSERT_OK(w.Wait(hours(48)));
  EXPECT_EQ(Lapses(w), (std::vector<std::string>{"CHECK#0 party-a"}));
  ASSERT_OK(w.Do("med-b", Check(kCase, 0, true)));
  EXPECT_EQ(w.State(), "CLOSED");
}

TEST(RulesLapseTest, ALateAnswerIsHeardAndFlagged) {
  World w;
  BringTo(&w, "ADMITTED");
  ASSERT_OK(w.Wait(hours(48)));
  EXPECT_EQ(w.State(), "ANSWERED");
  ASSERT_OK(w.Do("party-b", Respond(kCase)));
  EXPECT_EQ(w.State(), "ANSWERED");
  EXPECT_THAT(w.Case().flags, Contains("LATE_ANSWER"));
  EXPECT_THAT(w.Do("party-b", Respond(kCase)), StatusIs(StatusCode::kFailedPrecondition));
}

TEST(RulesLapseTest, LapsesOfManyCasesComeByDueTimeThenCaseThenKind) {
  World w;
  ASSERT_OK(w.Do("party-a", Report(w.now, {"party-b"})));
  ASSERT_OK(w.Do("party-b", Report(w.now, {"party-a"})));
  ASSERT_OK(w.Do("med-a", Screen("2025-0002", v1::ScreenCase::ADMIT)));
  // After a long silence one block holds everything, and what the lapses themselves set off.
  ASSERT_OK(w.Wait(hours(24 * 365)));
  EXPECT_EQ(Lapses(w).front(), "SCREEN");
  EXPECT_EQ(w.State("2025-0001"), "ADMITTED");  // its new obligations begin now
  EXPECT_EQ(w.State("2025-0002"), "ANSWERED");
  EXPECT_TRUE(w.ledger.last().records.empty());
}

TEST(RulesLapseTest, LapsesComeBeforeRecordsOfTheSameBlock) {
  World w;
  BringTo(&w, "REPORTED");
  w.now = w.now + hours(24);
  // Legal only because the screening lapses first, in this very block.
  ASSERT_OK(w.Do("party-b", Respond(kCase)));
  EXPECT_EQ(Lapses(w), (std::vector<std::string>{"SCREEN"}));
  EXPECT_EQ(w.State(), "ANSWERED");
  EXPECT_THAT(w.Do("med-a", Screen(kCase, v1::ScreenCase::REJECT)),
              StatusIs(StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace parley::testing
