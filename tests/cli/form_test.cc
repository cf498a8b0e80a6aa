#include "tools/parley/form.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::StatusIs;

StatusOr<v1::Record> Fill(std::string_view json, const std::string& act = "report_incident") {
  ASSIGN_OR_RETURN(const Json form, ParseJsonForm(json, "form.json"));
  v1::Record record;
  RETURN_IF_ERROR(FillFromForm(form, act, &record));
  return record;
}

TEST(FormTest, ReadsTimesPositionsAndShortNames) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Record record,
      Fill(R"({"case_id": "2025-0042", "language": "tr", "event_type": "FIRE_INDIRECT",
               "from": "2025-10-15T20:41+04:30", "to": "2025-10-15T16:30Z",
               "position": "34.10512,71.08433", "means": ["MORTAR", "IED"],
               "direction": "UNDETERMINED", "narrative": "Köprü",
               "casualties": [{"outcome": "KILLED", "group": "UNKNOWN", "low": 0}]})"));
  const v1::IncidentFacts& facts = record.report_incident().facts();
  EXPECT_EQ(record.case_id(), "2025-0042");
  EXPECT_EQ(record.language(), "tr");
  EXPECT_EQ(facts.from_ms(), 1'760'544'660'000U);
  EXPECT_EQ(facts.utc_offset_minutes(), 270);  // of "from"
  EXPECT_EQ(facts.to_ms(), 1'760'545'800'000U);
  EXPECT_EQ(facts.position().latitude_e7(), 341'051'200);
  EXPECT_EQ(facts.means(1), v1::MEANS_IED);
  EXPECT_EQ(facts.direction(), v1::DIRECTION_UNDETERMINED);
  EXPECT_EQ(facts.narrative(), "Köprü");
  EXPECT_EQ(facts.casualties(0).group(), v1::GROUP_UNKNOWN);
  EXPECT_TRUE(facts.casualties(0).has_low());    // stated as zero ...
  EXPECT_FALSE(facts.casualties(0).has_best());  // ... and not stated
}

TEST(FormTest, ReadsHexAndNestedTimes) {
  const std::string id(64, 'a');
  ASSERT_OK_AND_ASSIGN(const v1::Record endorse,
                       Fill(R"({"record": ")" + id + R"(", "choice": "APPROVE"})", "endorse"));
  EXPECT_EQ(endorse.endorse().record(), std::string(32, '\xaa'));
  ASSERT_OK_AND_ASSIGN(
      const v1::Record verdict,
      Fill(R"({"fact": "ESTABLISHED", "remedies": [{"due": "2026-01-01T00:00Z"}]})",
           "propose_verdict"));
  EXPECT_EQ(verdict.propose_verdict().verdict().remedies(0).due_ms(), 1'767'225'600'000U);
}

TEST(FormTest, ReadsReferences) {
  ASSERT_OK_AND_ASSIGN(const v1::Record record,
                       Fill(R"({"answer": "DENY", "references": [{"record_id": ")" +
                                std::string(64, '1') + R"(", "role": "answers"}]})",
                            "respond"));
  EXPECT_EQ(record.references(0).record_id(), std::string(32, '\x11'));
}

struct FormRefusal {
  const char* name;
  const char* json;
  const char* act;
  const char* why;
};
class FormRefusesTest : public ::testing::TestWithParam<FormRefusal> {};
TEST_P(FormRefusesTest, AndSaysWhy) {
  EXPECT_THAT(Fill(GetParam().json, GetParam().act),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr(GetParam().why)));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, FormRefusesTest,
    ::testing::Values(
        FormRefusal{"NoJson", "{", "respond", "form.json: the JSON ends too early"},
        FormRefusal{"BadPlace", "{\n \"a\": x}", "respond",
                    "form.json:2:7: not JSON at this place"},
        FormRefusal{"NoUtf8", "{\"account\": \"\xff\"}", "respond",
                    "form.json: not UTF-8 at byte 13"},
        FormRefusal{"HugeNumber", R"({"count": 1e999})", "report_incident", "form.json"},
        FormRefusal{"TextForNumber", R"({"count": "many"})", "report_incident",
                    "facts.count: want a whole number"},
        FormRefusal{"NegativeCount", R"({"count": -1})", "report_incident", "from 0 to 4294967295"},
        FormRefusal{"NumberForText", R"({"account": 3})", "respond",
                    "account: want a text in quotes"},
        FormRefusal{"NumberForBool", R"({"accepted": 1})", "check_remedy", "want true or false"},
        FormRefusal{"NoObject", "[]", "respond", "want a JSON object"},
        FormRefusal{"Twice", R"({"answer": "DENY", "answer": "ADMIT"})", "respond",
                    "'answer' stands"},
        FormRefusal{"TwiceInside", R"({"facts": {"place": "a", "place": "b"}})", "report_incident",
                    "'place' stands"},
        FormRefusal{"UnknownField", R"({"anser": "DENY"})", "respond", "there are answer"},
        FormRefusal{"UnknownEnum", R"({"answer": "MAYBE"})", "respond", "'MAYBE' is none of ADMIT"},
        FormRefusal{"EnumNumber", R"({"answer": 1})", "respond", "want a name in quotes"},
        FormRefusal{"NotTheSuffix", R"({"mitigation": ["ACCEPTED"]})", "respond", "is none of"},
        FormRefusal{"Float", R"({"count": 1.5})", "report_incident", "count: 1.5: no fractions"},
        FormRefusal{"FloatPosition", R"({"position": {"latitude": 34.5, "longitude": 1}})",
                    "report_incident", "position"},
        FormRefusal{"BadTime", R"({"from": "yesterday"})", "report_incident",
                    "from: time 'yesterday'"},
        FormRefusal{"BothTimes", R"({"to_ms": 1, "to": "2025-10-15T16:30Z"})", "report_incident",
                    "either to or to_ms"},
        FormRefusal{"NoHex", R"({"record": "xyz"})", "endorse", "record"},
        FormRefusal{"NotAList", R"({"means": "MORTAR"})", "report_incident", "want a list"}),
    [](const auto& c) { return c.param.name; });

TEST(FormTest, RefusesDeepNestingWithoutFollowingIt) {
  std::string deep = R"({"a":)";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  EXPECT_THAT(ParseJsonForm(deep, "f"), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseJsonForm(std::string(2 << 20, ' '), "f"),
              StatusIs(StatusCode::kResourceExhausted));
}

// What is handed in past the parser is not replaced by U+FFFD either.
TEST(FormTest, MalformedTextIsRefusedNotReplaced) {
  Json form = Json::object();
  form["account"] = "\xff\xfe";
  v1::Record record;
  EXPECT_THAT(FillFromForm(form, "respond", &record),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("not UTF-8")));
}

TEST(ActToJsonTest, WritesHexEnumsByNameAndNumbersAsNumbers) {
  v1::Record record;
  record.mutable_endorse()->set_record(std::string(32, '\xab'));
  record.mutable_endorse()->set_choice(v1::Endorse::DISSENT);
  const Json json = ActToJson(record);
  EXPECT_EQ(json["endorse"]["choice"], "DISSENT");
  EXPECT_EQ(json["endorse"]["record"].get<std::string>().substr(0, 4), "abab");
  EXPECT_EQ(json["endorse"]["reasons"].get<std::string>(), "");
}

}  // namespace
}  // namespace parley::cli
