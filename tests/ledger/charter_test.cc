// Charters: what is accepted, what is refused and how it is said, and who must have signed.

#include "ledger/rules/charter.h"

#include <gtest/gtest.h>

#include "ledger/rules/policy.h"
#include "tests/support/accord.h"
#include "tests/support/status_matchers.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using rules::Charter;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Text(size_t parties = 2, size_t mediators = 2, const AccordOptions& options = {}) {
  return TestAccord::CharterText(parties, mediators, options);
}

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(CharterTest, ReadsMembersOfEverySizeAndScript) {
  for (const auto& [parties, mediators] :
       {std::pair(1U, 1U), {2U, 2U}, {3U, 2U}, {4U, 3U}, {9U, 6U}}) {
    const auto accord = TestAccord::Create(parties, mediators);
    const Charter& charter = accord->charter();
    EXPECT_EQ(charter.members().size(), parties + mediators);
    EXPECT_EQ(charter.MembersOfRole(v1::PARTY).size(), parties);
    const size_t n = parties + mediators;
    EXPECT_EQ(charter.quorum(), n - (n - 1) / 3);
    EXPECT_EQ(charter.IndexOf("med-a"), 0U);
    EXPECT_EQ(charter.FindMember("nobody"), nullptr);
    EXPECT_EQ(charter.ledger_id().ToHex(), charter.hash().ToHex());
  }
  const auto accord = TestAccord::Create(2, 2);
  EXPECT_EQ(accord->charter().members()[0].display_name, "الوفد الشمالي");
  EXPECT_EQ(accord->charter().members()[2].display_name, "Arabulucu İğdır Heyeti");
  EXPECT_EQ(accord->charter().RootKeyName("med-a"), "parley.example/test/med-a/root");
}

TEST(CharterTest, AbsentFieldsGetTheDefaults) {
  ASSERT_OK_AND_ASSIGN(const Charter charter, Charter::ParseText(Text()));
  const v1::Deadlines& d = charter.proto().deadlines();
  EXPECT_EQ(d.screen_s(), 24U * 3'600);
  EXPECT_EQ(d.screen_flash_s(), 2U * 3'600);
  EXPECT_EQ(d.respond_s(), 48U * 3'600);
  EXPECT_EQ(d.verdict_s(), 5U * 24 * 3'600);
  EXPECT_EQ(d.remedy_max_s(), 30U * 24 * 3'600);
  EXPECT_EQ(charter.proto().timing().clock_skew_max_ms(), 5'000U);
  EXPECT_EQ(charter.proto().timing().clock_lag_max_ms(), 60'000U);
  EXPECT_EQ(charter.proto().catalogue_size(), 23);
  EXPECT_NE(charter.FindEventType("CROSSING_CLOSURE"), nullptr);
  EXPECT_EQ(charter.FindEventType("WEATHER"), nullptr);
  EXPECT_TRUE(rules::PolicyMet(charter.proto().policies().screen(), charter, {"med-b"}));
  EXPECT_FALSE(rules::PolicyMet(charter.proto().policies().verdict(), charter, {"med-b"}));
  EXPECT_TRUE(rules::PolicyMet(charter.proto().policies().verdict(), charter, {"med-a", "med-b"}));
}

TEST(CharterTest, PoliciesCountDistinctMembers) {
  AccordOptions options;
  options.policies = R"(verdict { any_of {
      of { all_of { of { member: "med-a" } of { role { role: PARTY k: 2 } } } }
      of { k_of { k: 2 of { member: "med-a" } of { member: "med-b" } of { member: "med-c" } } } } })";
  ASSERT_OK_AND_ASSIGN(const Charter charter, Charter::ParseText(Text(2, 3, options)));
  const v1::Policy& policy = charter.proto().policies().verdict();
  EXPECT_TRUE(rules::PolicyMet(policy, charter, {"med-b", "med-c"}));
  EXPECT_TRUE(rules::PolicyMet(policy, charter, {"med-a", "party-a", "party-b"}));
  EXPECT_FALSE(rules::PolicyMet(policy, charter, {"med-b", "party-a", "party-b"}));
  EXPECT_FALSE(rules::PolicyMet(policy, charter, {}));
  EXPECT_EQ(rules::PolicyMembers(policy, charter).size(), 5U);
}

TEST(CharterTest, ErrorsNameLineAndColumn) {
  EXPECT_THAT(Charter::ParseText("format: 1\n\n  colour: \"red\"\n"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("line 3, column ")));
  EXPECT_THAT(Charter::ParseText("format: 1\nformat: 1\n"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("line 2")));
  EXPECT_THAT(Charter::ParseText("members {\n"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("line 2")));
}

struct BadCharter {
  const char* says;
  std::string text;
};

TEST(CharterTest, RefusesWhatMembersShouldNotSign) {
  const std::string good = Text();
  ASSERT_OK(Charter::ParseText(good));
  const std::string root_b = TestAccord::KeyOf("party-b", "root").public_key().ToHex();
  const std::string node_a = TestAccord::KeyOf("party-a", "node").public_key().ToHex();
  const std::string desk_b = TestAccord::KeyOf("party-b", "desk").public_key().ToHex();
  const std::vector<BadCharter> all = {
      {"newline", good.substr(0, good.size() - 1)},
      {"control", Replace(good, "\n", "\r\n")},
      {"control", Replace(good, "# A", "#\tA")},
      {"format: 2", Replace(good, "format: 1", "format: 2")},
      {"must have ledger_id and previous", Replace(good, "version: 1", "version: 2")},
      {"has neither ledger_id", good + "ledger_id: \"" + std::string(64, '0') + "\"\n"},
      {"origin", Replace(good, "parley.example/test", "parley example")},
      {"origin", Replace(good, "parley.example/test", "parley.example+test")},
      {"founded_at", Replace(good, "00:00:00Z", "00:00:00+05:00")},
      {"founded_at", Replace(good, "2025-10-19T00:00:00Z", "yesterday")},
      {"members[0].name", Replace(good, "\"med-a\"", "\"Med A\"")},
      {"members are sorted", Replace(good, "\"med-a\"", "\"zed\"")},
      {"members are sorted", Replace(good, "\"med-b\"", "\"med-a\"")},
      {"display_name: missing", Replace(good, "الوفد الشمالي", "")},
      {"bidirectional control", Replace(good, "الوفد الشمالي", "Nor\\342\\200\\256th")},
      {"bidirectional control", Replace(good, "الوفد الشمالي", "Nor\xe2\x81\xa6th")},
      {"display_name: control character", Replace(good, "الوفد الشمالي", "a\\nb")},
      {"display_name: not UTF-8", Replace(good, "الوفد الشمالي", "a\\377b")},
      {"role: want PARTY or MEDIATOR", Replace(good, "  role: MEDIATOR\n", "")},
      {"at least one MEDIATOR", Replace(Text(2, 1), "role: MEDIATOR", "role: PARTY")},
      {"node_key", Replace(good, node_a, node_a.substr(1))},
      {"node_key", Replace(good, node_a, "G" + node_a.substr(1))},
      {"one purpose", Replace(good, node_a, root_b)},
      {"one purpose", Replace(good, desk_b, node_a)},
      {"ca_certificate", Replace(good, "ca_certificate: \"", "ca_certificate: \"!")},
      {"would let either name", Replace(good, Base64Encode(AsBytes("\x30\x05party-b")),
                                        Base64Encode(AsBytes("\x30\x05party-a")))},
      {"officers[0].name", Replace(good, "\"desk\"", "\"root\"")},
      {"members: 16", Text(14, 2)},
      {"members: 1 ", Text(1, 0)},
  };
  for (const BadCharter& bad : all)
    EXPECT_THAT(Charter::ParseText(bad.text),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(bad.says)))
        << bad.says;
}

TEST(CharterTest, RefusesRulesThatCannotWork) {
  const std::pair<const char*, const char*> policies[] = {
      {"names no member", "verdict { member: \"nobody\" }"},
      {"there are 2", "verdict { role { role: MEDIATOR k: 3 } }"},
      {"want PARTY or MEDIATOR", "verdict { role { k: 1 } }"},
      {"empty list", "verdict { all_of { } }"},
      {"3 of 2", "close { k_of { k: 3 of { member: \"med-a\" } of { member: \"med-b\" } } }"},
      {"0 of 1", "close { k_of { of { member: \"med-a\" } } }"},
      {"says nothing", "charter_change { }"},
      {"a party had a veto", "verdict { role { role: PARTY } }"},
      {"a party had a veto",
       "appeal { all_of { of { member: \"med-a\" } of { member: \"party-a\" } } }"},
  };
  for (const auto& [says, policy] : policies) {
    AccordOptions options;
    options.policies = policy;
    EXPECT_THAT(Charter::ParseText(Text(2, 2, options)),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(says)))
        << policy;
  }
  AccordOptions options;
  options.deadlines = "respond_s: 999999999999";
  EXPECT_THAT(Charter::ParseText(Text(2, 2, options)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("deadlines.respond_s")));
  options.deadlines = "late_after_s: 100 stale_after_s: 50";
  EXPECT_THAT(Charter::ParseText(Text(2, 2, options)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("stale_after_s")));
  options.deadlines = "";
  options.timing = "heartbeat_ms: 1";
  EXPECT_THAT(Charter::ParseText(Text(2, 2, options)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("timing.heartbeat_ms")));
  EXPECT_THAT(Charter::ParseText(Text() + "catalogue { code: \"X\" }\n"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("catalogue[0].standing")));
}

TEST(CharterTest, ANoteNeedsEveryMembersSignatureInOrderAndNoOther) {
  const std::string note = TestAccord::Create(2, 2)->charter().note();
  ASSERT_OK_AND_ASSIGN(const Charter charter, Charter::ParseNote(note));
  EXPECT_EQ(charter.note(), note);
  const size_t block = note.rfind("\n\n") + 2;
  std::vector<std::string> lines;
  for (size_t at = block; at < note.size();) {
    const size_t end = note.find('\n', at) + 1;
    lines.push_back(note.substr(at, end - at));
    at = end;
  }
  ASSERT_EQ(lines.size(), 4U);
  const std::string head = note.substr(0, block);
  EXPECT_THAT(Charter::ParseNote(head + lines[0] + lines[1] + lines[3]),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("party-a")));
  EXPECT_THAT(Charter::ParseNote(head + lines[1] + lines[0] + lines[2] + lines[3]),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("order")));
  EXPECT_THAT(Charter::ParseNote("# Changed.\n" + note),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("med-a, med-b, party-a, party-b")));
  const auto other = TestAccord::Create(2, 3);
  const std::string stranger =
      other->charter().note().substr(other->charter().note().find("\n\n") + 2);
  EXPECT_FALSE(Charter::ParseNote(note + stranger).ok());
  EXPECT_FALSE(Charter::ParseNote(charter.text()).ok());
}

TEST(CharterTest, SignaturesAreAddedInAnyOrder) {
  const std::string text = Text();
  std::string note = text;
  for (const char* member : {"party-b", "med-a", "party-a", "med-b", "med-a"}) {
    ASSERT_OK_AND_ASSIGN(
        note, rules::AddCharterSignature(note, member, TestAccord::KeyOf(member, "root")));
  }
  EXPECT_EQ(note, TestAccord::Create(2, 2)->charter().note());
  EXPECT_THAT(rules::AddCharterSignature(text, "med-a", TestAccord::KeyOf("med-b", "root")),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(rules::AddCharterSignature(text, "nobody", TestAccord::KeyOf("med-b", "root")),
              StatusIs(StatusCode::kNotFound));
}

}  // namespace
}  // namespace parley::testing
