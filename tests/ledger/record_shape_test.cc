// Shapes of acts: for each rule one record that breaks it and nothing else.

#include <gtest/gtest.h>

#include <functional>

#include "ledger/record/names.h"
#include "ledger/record/record.h"
#include "ledger/record/text.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

constexpr TimeMs kTime = static_cast<TimeMs>(1'760'000'000'000);

v1::Record Complete(v1::Record out) {
  out.set_ledger_id(std::string(32, 'l'));
  out.set_charter(std::string(32, 'c'));
  out.set_member("party-a");
  out.set_officer("desk");
  out.set_sequence(1);
  out.set_declared_at_ms(ToInt(kTime));
  out.set_nonce(std::string(16, 'n'));
  return out;
}

v1::Record FullVerdict() {
  v1::Verdict verdict = Violation();
  AddRemedy(&verdict, "party-a", "party-b", kTime);
  verdict.add_attributions()->set_member("party-b");
  return Propose(kCase, verdict);
}

v1::Record Enrolment() {
  v1::Record out;
  out.mutable_enrol_key()->set_officer("night");
  out.mutable_enrol_key()->set_public_key(std::string(32, 'k'));
  out.mutable_enrol_key()->set_possession(std::string(64, 's'));
  return out;
}

TEST(RecordShapeTest, CompleteActsAreAccepted) {
  v1::Record revoke;
  revoke.mutable_revoke_key()->set_key_id("12345678");
  for (const v1::Record& act :
       {Report(kTime, {"party-b"}), Report(kTime, {}, kCase), Amend(kCase, RecordId(), kTime, {}),
        Withdraw(kCase, RecordId()), Screen(kCase, v1::ScreenCase::ADMIT), Respond(kCase),
        Comment(kCase), FullVerdict(), EndorseRecord(kCase, RecordId()), AppealCase(kCase),
        Decide(kCase, v1::DecideAppeal::VARIED), RemedyDone(kCase, 0), Check(kCase, 0, false),
        CloseIt(kCase), Enrolment(), revoke})
    EXPECT_OK(record::CheckShape(Complete(act))) << record::ActName(act);
}

struct BadRecord {
  const char* says;  // what the refusal must name
  v1::Record act;
  std::function<void(v1::Record*)> spoil;
};

v1::IncidentFacts* FactsOf(v1::Record* r) { return r->mutable_report_incident()->mutable_facts(); }
v1::Verdict* VerdictOf(v1::Record* r) { return r->mutable_propose_verdict()->mutable_verdict(); }

std::vector<BadRecord> BadHeaders() {
  const v1::Record report = Report(kTime, {});
  return {
      {"ledger_id: want 32", report, [](auto* r) { r->set_ledger_id("short"); }},
      {"charter: want 32", report, [](auto* r) { r->clear_charter(); }},
      {"member:", report, [](auto* r) { r->set_member("Party A"); }},
      {"officer:", report, [](auto* r) { r->set_officer("-desk"); }},
      {"sequence: counts from 1", report, [](auto* r) { r->set_sequence(0); }},
      {"previous: want 32", report, [](auto* r) { r->set_sequence(2); }},
      {"previous: a key's first", report, [](auto* r) { r->set_previous(std::string(32, 'p')); }},
      {"declared_at_ms: missing", report, [](auto* r) { r->set_declared_at_ms(0); }},
      {"declared_at_ms", report, [](auto* r) { r->set_declared_at_ms(~0ULL); }},
      {"nonce: want 16", report, [](auto* r) { r->set_nonce("n"); }},
      {"language", report, [](auto* r) { r->set_language("u"); }},
      {"language", report, [](auto* r) { r->set_language("en_US"); }},
      {"references[0].record_id", report, [](auto* r) { r->add_references()->set_role("a"); }},
      {"references[0].role", report,
       [](auto* r) { r->add_references()->set_record_id(std::string(32, 'r')); }},
      {"act: missing", report, [](auto* r) { r->clear_act(); }},
      {"case_id", report, [](auto* r) { r->set_case_id("2025-1"); }},
      {"case_id: Respond needs one", Respond(kCase), [](auto* r) { r->clear_case_id(); }},
      {"case_id: EnrolKey concerns no case", Enrolment(), [](auto* r) { r->set_case_id(kCase); }},
  };
}

std::vector<BadRecord> BadFacts() {
  const v1::Record report = Report(kTime, {"party-b"});
  return {
      {"facts: missing", report, [](auto* r) { r->mutable_report_incident()->clear_facts(); }},
      {"event_type", report, [](auto* r) { FactsOf(r)->set_event_type("fire"); }},
      {"to_ms", report, [](auto* r) { FactsOf(r)->set_from_ms(ToInt(kTime) + 1); }},
      {"from_ms: missing", report, [](auto* r) { FactsOf(r)->set_from_ms(0); }},
      {"utc_offset_minutes", report, [](auto* r) { FactsOf(r)->set_utc_offset_minutes(841); }},
      {"time_precision: missing", report, [](auto* r) { FactsOf(r)->clear_time_precision(); }},
      {"time_precision: 99", report,
       [](auto* r) { FactsOf(r)->set_time_precision(static_cast<v1::TimePrecision>(99)); }},
      {"latitude", report,
       [](auto* r) { FactsOf(r)->mutable_position()->set_latitude_e7(900'000'001); }},
      {"longitude", report,
       [](auto* r) { FactsOf(r)->mutable_position()->set_longitude_e7(-1'800'000'001); }},
      {"location_precision: missing", report, [](auto* r) { FactsOf(r)->mutable_position(); }},
      {"place", report, [](auto* r) { FactsOf(r)->set_place("two\nlines"); }},
      {"place", report, [](auto* r) { FactsOf(r)->set_place("x\xe2\x80\xaey"); }},
      {"narrative: bidirectional control", report,
       [](auto* r) { FactsOf(r)->set_narrative("x\xe2\x80\xaey"); }},
      {"admin_code", report, [](auto* r) { FactsOf(r)->set_admin_code("PK KP"); }},
      {"alleged[1]: names nobody", report, [](auto* r) { FactsOf(r)->add_alleged(); }},
      {"alleged[1]: repeats", report,
       [](auto* r) { FactsOf(r)->add_alleged()->set_member("party-b"); }},
      {"alleged[1].unknown", report,
       [](auto* r) { FactsOf(r)->add_alleged()->set_unknown(false); }},
      {"alleged: 65 items", report,
       [](auto* r) {
         for (int i = 0; i < 64; ++i)
           FactsOf(r)->add_alleged()->set_group(fmt::format("group {}", i));
       }},
      {"means[0]", report, [](auto* r) { FactsOf(r)->add_means(v1::MEANS_UNSPECIFIED); }},
      {"means[1]: repeats", report,
       [](auto* r) {
         FactsOf(r)->add_means(v1::MORTAR);
         FactsOf(r)->add_means(v1::MORTAR);
       }},
      {"count_kind: missing", report, [](auto* r) { FactsOf(r)->set_count(3); }},
      {"count: missing", report, [](auto* r) { FactsOf(r)->set_count_kind(v1::ESTIMATE); }},
      {"states none", report,
       [](auto* r) {
         FactsOf(r)->add_casualties()->set_outcome(v1::KILLED);
         FactsOf(r)->mutable_casualties(0)->set_group(v1::CIVILIAN);
       }},
      {"low <= best <= high", report,
       [](auto* r) {
         v1::Casualties* c = FactsOf(r)->add_casualties();
         c->set_outcome(v1::KILLED);
         c->set_group(v1::CIVILIAN);
         c->set_low(5);
         c->set_high(4);
       }},
      {"reliability", report, [](auto* r) { FactsOf(r)->set_reliability("G"); }},
      {"credibility", report, [](auto* r) { FactsOf(r)->set_credibility(7); }},
      {"tags[0]: missing", report, [](auto* r) { FactsOf(r)->add_tags(""); }},
      {"narrative: 8001 characters", report,
       [](auto* r) {
         std::string text;
         for (int i = 0; i < 8'001; ++i) text += "ق";
         FactsOf(r)->set_narrative(text);
       }},
      {"narrative: control character U+0007", report,
       [](auto* r) { FactsOf(r)->set_narrative("bell\x07"); }},
      {"narrative: control character U+000D", report,
       [](auto* r) { FactsOf(r)->set_narrative("a\r\nb"); }},
      {"narrative: not UTF-8 at byte 1", report,
       [](auto* r) { FactsOf(r)->set_narrative("a\xff"); }},
  };
}

std::vector<BadRecord> BadActs() {
  return {
      {"report: want 32", Amend(kCase, RecordId(), kTime, {}),
       [](auto* r) { r->mutable_amend_report()->set_report("x"); }},
      {"reason: missing", Screen(kCase, v1::ScreenCase::REJECT),
       [](auto* r) { r->mutable_screen_case()->clear_reason(); }},
      {"decision: missing", Screen(kCase, v1::ScreenCase::ADMIT),
       [](auto* r) { r->mutable_screen_case()->clear_decision(); }},
      {"merge_into", Screen(kCase, v1::ScreenCase::MERGE), [](auto*) {}},
      {"merge_into: a case cannot", Screen(kCase, v1::ScreenCase::MERGE, kCase), [](auto*) {}},
      {"merge_into: only", Screen(kCase, v1::ScreenCase::ADMIT, "2025-0002"), [](auto*) {}},
      {"answer: missing", Respond(kCase), [](auto* r) { r->mutable_respond()->clear_answer(); }},
      {"account: missing", Respond(kCase),
       [](auto* r) { r->mutable_respond()->set_answer(v1::Respond::EXPLAIN); }},
      {"mitigation[0]: a party claims", Respond(kCase),
       [](auto* r) { r->mutable_respond()->add_mitigation(v1::SELF_DEFENCE_ACCEPTED); }},
      {"stance: missing", Comment(kCase), [](auto* r) { r->mutable_comment()->clear_stance(); }},
      {"choice: missing", EndorseRecord(kCase, RecordId()),
       [](auto* r) { r->mutable_endorse()->clear_choice(); }},
      {"reasons: missing", EndorseRecord(kCase, RecordId(), v1::Endorse::DISSENT),
       [](auto* r) { r->mutable_endorse()->clear_reasons(); }},
      {"ground: missing", AppealCase(kCase), [](auto* r) { r->mutable_appeal()->clear_ground(); }},
      {"text: missing", AppealCase(kCase), [](auto* r) { r->mutable_appeal()->clear_text(); }},
      {"verdict: missing", Decide(kCase, v1::DecideAppeal::VARIED),
       [](auto* r) { r->mutable_decide_appeal()->clear_verdict(); }},
      {"verdict: only for VARIED", Decide(kCase, v1::DecideAppeal::VARIED),
       [](auto* r) { r->mutable_decide_appeal()->set_outcome(v1::DecideAppeal::UPHELD); }},
      {"remedy: 64", RemedyDone(kCase, 64), [](auto*) {}},
      {"reasons: missing", Check(kCase, 0, false),
       [](auto* r) { r->mutable_check_remedy()->clear_reasons(); }},
      {"officer: 'root'", Enrolment(),
       [](auto* r) { r->mutable_enrol_key()->set_officer("root"); }},
      {"public_key", Enrolment(), [](auto* r) { r->mutable_enrol_key()->set_public_key("k"); }},
      {"possession", Enrolment(), [](auto* r) { r->mutable_enrol_key()->clear_possession(); }},
      {"severity: missing", FullVerdict(), [](auto* r) { VerdictOf(r)->clear_severity(); }},
      {"severity: only", FullVerdict(),
       [](auto* r) { VerdictOf(r)->set_determination(v1::OUT_OF_SCOPE); }},
      {"fact: a VIOLATION", FullVerdict(), [](auto* r) { VerdictOf(r)->set_fact(v1::REFUTED); }},
      {"standard: missing", FullVerdict(), [](auto* r) { VerdictOf(r)->clear_standard(); }},
      {"undetermined_reason: only", FullVerdict(),
       [](auto* r) { VerdictOf(r)->set_undetermined_reason(v1::TOO_LATE); }},
      {"undetermined_reason: missing", FullVerdict(),
       [](auto* r) {
         VerdictOf(r)->set_determination(v1::UNDETERMINED);
         VerdictOf(r)->clear_severity();
       }},
      {"reasons: missing", FullVerdict(), [](auto* r) { VerdictOf(r)->clear_reasons(); }},
      {"attributions[1]: names nobody", FullVerdict(),
       [](auto* r) { VerdictOf(r)->add_attributions(); }},
      {"checker: nobody checks", FullVerdict(),
       [](auto* r) { VerdictOf(r)->mutable_remedies(0)->set_checker("party-a"); }},
      {"remedies[0].what: missing", FullVerdict(),
       [](auto* r) { VerdictOf(r)->mutable_remedies(0)->clear_what(); }},
  };
}

void ExpectRefused(const std::vector<BadRecord>& all) {
  for (const BadRecord& bad : all) {
    v1::Record record = Complete(bad.act);
    bad.spoil(&record);
    EXPECT_THAT(record::CheckShape(record),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(bad.says)))
        << bad.says;
  }
}

TEST(RecordShapeTest, BadHeadersAreNamed) { ExpectRefused(BadHeaders()); }
TEST(RecordShapeTest, BadFactsAreNamed) { ExpectRefused(BadFacts()); }
TEST(RecordShapeTest, BadActsAreNamed) { ExpectRefused(BadActs()); }

TEST(RecordShapeTest, NobodySignsWhatNobodyWouldAccept) {
  v1::Record bad = Complete(Report(kTime, {}));
  bad.clear_nonce();
  EXPECT_FALSE(record::SignRecord(bad, TestAccord::KeyOf("party-a", "desk")).ok());
}

TEST(RecordShapeTest, AnyScriptIsWelcome) {
  v1::Record record = Complete(Report(kTime, {}));
  FactsOf(&record)->set_narrative("اردو\tپښتو\nTürkçe İıŞş\nעברית 😶");
  EXPECT_OK(record::CheckShape(record));
}

}  // namespace
}  // namespace parley::testing
