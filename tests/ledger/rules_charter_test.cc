// One charter replacing another through the ledger: whose consent it takes, what seals a block, and
// what counts afterwards.

#include "ledger/rules/charter_change.h"
#include "ledger/rules/state_keys.h"
#include "parley/v1/entry.pb.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::Not;

class CharterChangeTest : public ::testing::Test {
 protected:
  explicit CharterChangeTest(const AccordOptions& options = {}, size_t mediators = 2)
      : world(2, mediators, options) {
    current = world.accord->charter().note();
  }

  const rules::Charter& Now() {
    in_force = *world.ledger.executor().charters().InForce(world.ledger.state());
    return *in_force;
  }
  // `text` made to follow the charter in force, signed by these members' present root keys.
  std::string Signed(const std::string& text, const std::vector<std::string>& members,
                     bool follow = true) {
    StatusOr<std::string> note = follow ? rules::FollowingText(Now(), text) : text;
    EXPECT_OK(note);
    for (const std::string& m : members) {
      note = rules::AddSuccessorSignature(Now(), *note, m, TestAccord::KeyOf(m, "root"));
      EXPECT_OK(note);
      if (!note.ok()) return "";
    }
    return *note;
  }
  std::string Rotated(const std::string& member, const std::string& purpose,
                      const std::string& signer) {
    rules::RotatedKeys keys;
    const PublicKey key = TestAccord::KeyOf(member, purpose).public_key();
    (purpose.starts_with("node") ? keys.node : keys.cosigner) = key;
    const auto text = rules::RotatedText(Now(), member, keys);
    EXPECT_OK(text);
    return Signed(*text, {signer}, /*follow=*/false);
  }
  Status Propose(const std::string& member, const std::string& note) {
    v1::Record body;
    body.mutable_propose_charter()->set_charter_note(note);
    return world.Do(member, std::move(body));
  }
  Status ReportBy(const std::string& member, const std::vector<std::string>& alleged = {}) {
    return world.Do(member, Report(world.now, alleged));
  }
  const std::vector<std::string> kEveryone = {"med-a", "med-b", "party-a", "party-b"};

  World world;
  std::string current;
  std::shared_ptr<const rules::Charter> in_force;
};

TEST_F(CharterChangeTest, AMemberChangesItsNodeKeyAlone) {
  const std::string before = Now().text();
  ASSERT_OK(Propose("med-a", Rotated("party-a", "node-2", "party-a")));
  EXPECT_EQ(Now().version(), 2u);
  EXPECT_EQ(Now().FindMember("party-a")->node_key,
            TestAccord::KeyOf("party-a", "node-2").public_key());
  EXPECT_EQ(Now().ledger_id(), world.accord->charter().ledger_id());
  EXPECT_THAT(Now().text(), HasSubstr("# A charter for tests."));
  const rules::ExecutedBlock& block = world.ledger.last();
  EXPECT_TRUE(block.header.seal);
  EXPECT_EQ(block.header.epoch, 1u);
  v1::Entry entry;
  ASSERT_TRUE(entry.ParseFromString(block.entries.back()));
  EXPECT_EQ(entry.event().charter_adopted().charter_note(), Now().note());
  // The next block belongs to the next epoch.
  ASSERT_OK(ReportBy("party-a"));
  EXPECT_EQ(world.ledger.last().header.epoch, 2u);
  EXPECT_FALSE(world.ledger.last().header.seal);
}

TEST_F(CharterChangeTest, NobodyChangesAnothersNodeKey) {
  const auto text = rules::RotatedText(
      Now(), "party-a", {TestAccord::KeyOf("party-a", "node-2").public_key(), std::nullopt});
  ASSERT_OK(text);
  EXPECT_OK(Propose("party-b", Signed(*text, {"party-b"}, false)));  // it waits for the others
  EXPECT_EQ(Now().version(), 1u);
  EXPECT_OK(Propose("med-a", Signed(*text, {"med-a", "med-b"}, false)));
  EXPECT_EQ(Now().version(), 1u) << "all but the member itself";
}

TEST_F(CharterChangeTest, ARotationChangesNothingElse) {
  auto text = rules::RotatedText(
      Now(), "party-a", {TestAccord::KeyOf("party-a", "node-2").public_key(), std::nullopt});
  ASSERT_OK(text);
  ASSERT_OK(Propose("party-a", Signed("# All others are liars.\n" + *text, {"party-a"}, false)));
  EXPECT_EQ(Now().version(), 1u) << "a comment is part of what members sign";
}

TEST_F(CharterChangeTest, AMemberChangesItsKeysAloneAtAPace) {
  ASSERT_OK(Propose("party-a", Rotated("party-a", "node-2", "party-a")));
  EXPECT_EQ(Now().version(), 2u) << "the first time at once: a stolen key cannot wait";
  const std::string again = Rotated("party-a", "node-3", "party-a");
  ASSERT_OK(Propose("party-a", again));
  EXPECT_EQ(Now().version(), 2u) << "it is proposed, and waits for the others' consent";
  EXPECT_THAT(Propose("party-a", again),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("may do so again from")));
  // Another member's pace is its own.
  ASSERT_OK(Propose("med-a", Rotated("med-a", "node-2", "med-a")));
  EXPECT_EQ(Now().version(), 3u);
  world.now = world.now + std::chrono::hours(24);
  const std::string later = Rotated("party-a", "node-3", "party-a");
  ASSERT_OK(Propose("party-a", later));
  EXPECT_EQ(Now().version(), 4u);
  ASSERT_OK(Propose("party-a", Rotated("party-a", "cosigner-2", "party-a")));
  EXPECT_EQ(Now().version(), 4u) << "whichever of its keys";
}

TEST_F(CharterChangeTest, WhatWaitsForItsPaceIsAdoptedWhenItIsHandedInAgain) {
  ASSERT_OK(Propose("party-a", Rotated("party-a", "node-2", "party-a")));
  const std::string again = Rotated("party-a", "node-3", "party-a");
  ASSERT_OK(Propose("party-a", again));
  EXPECT_EQ(Now().version(), 2u);
  world.now = world.now + std::chrono::hours(24);
  ASSERT_OK(Propose("party-a", again));
  EXPECT_EQ(Now().version(), 3u);
}

TEST_F(CharterChangeTest, WithTheOthersConsentAChangeOfKeysDoesNotWait) {
  ASSERT_OK(Propose("party-a", Rotated("party-a", "node-2", "party-a")));
  const auto text = rules::RotatedText(
      Now(), "party-a", {TestAccord::KeyOf("party-a", "node-3").public_key(), std::nullopt});
  ASSERT_OK(text);
  ASSERT_OK(Propose("party-a", Signed(*text, {"party-a"}, false)));
  EXPECT_EQ(Now().version(), 2u);
  ASSERT_OK(Propose("med-a", Signed(*text, {"med-a", "med-b", "party-b"}, false)));
  EXPECT_EQ(Now().version(), 3u);
}

TEST_F(CharterChangeTest, AReplacedKeyNeverComesBack) {
  ASSERT_OK(Propose("party-a", Rotated("party-a", "node-2", "party-a")));
  world.now = world.now + std::chrono::hours(24);
  EXPECT_THAT(Propose("party-a", Rotated("party-a", "node", "party-a")),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr("charter version 1")));
  EXPECT_EQ(Now().version(), 2u);
}

TEST_F(CharterChangeTest, SignaturesAreCollectedUntilThePolicyIsMet) {
  AccordOptions options;
  options.deadlines = "respond_s: 60";
  const std::string text = TestAccord::CharterText(2, 2, options);
  ASSERT_OK(Propose("party-a", Signed(text, {"party-a", "party-b"})));
  EXPECT_EQ(Now().version(), 1u);
  EXPECT_FALSE(world.ledger.last().header.seal);
  EXPECT_THAT(Propose("party-b", Signed(text, {"party-b"})),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr("adds no signature")));
  ASSERT_OK(Propose("med-a", Signed(text, {"med-a"})));
  EXPECT_EQ(Now().version(), 1u);
  ASSERT_OK(Propose("party-a", Signed(text, {"med-b"})));  // whoever hands it in
  EXPECT_EQ(Now().version(), 2u);
  EXPECT_EQ(Now().proto().deadlines().respond_s(), 60u);
  const auto dropped = world.ledger.state().Get(rules::keys::Proposal("party-a"));
  EXPECT_FALSE(dropped->has_value());
  EXPECT_OK(rules::Charter::ParseAdopted(Now().note(), world.accord->charter()));
}

TEST_F(CharterChangeTest, ANewMemberMustHaveSigned) {
  const std::string text = TestAccord::CharterText(3, 2, {});
  ASSERT_OK(Propose("party-a", Signed(text, kEveryone)));
  EXPECT_EQ(Now().version(), 1u) << "party-c has not shown that it holds its keys";
  ASSERT_OK(Propose("party-a", Signed(text, {"party-c"})));
  EXPECT_EQ(Now().version(), 2u);
  EXPECT_EQ(Now().members().size(), 5u);
  EXPECT_OK(ReportBy("party-c"));
}

TEST_F(CharterChangeTest, WhoHasLeftWritesNoMore) {
  const std::string text = TestAccord::CharterText(1, 2, {});
  ASSERT_OK(ReportBy("party-b"));
  ASSERT_OK(Propose("party-b", Signed(text, kEveryone)));
  EXPECT_EQ(Now().FindMember("party-b"), nullptr);
  EXPECT_THAT(ReportBy("party-b"), StatusIs(StatusCode::kUnauthenticated, HasSubstr("is revoked")));
  EXPECT_OK(ReportBy("party-a"));
}

// The verdict takes two of three mediators by name, and one of them leaves.
class DepartedMediatorTest : public CharterChangeTest {
 protected:
  static AccordOptions TwoByName() {
    AccordOptions options;
    options.policies =
        "verdict { k_of { k: 2 of { member: \"med-a\" } of { member: \"med-b\" } "
        "of { member: \"med-c\" } } }";
    return options;
  }
  DepartedMediatorTest() : CharterChangeTest(TwoByName(), 3) {}
};

TEST_F(DepartedMediatorTest, WhatOnlySheCouldCarryIsDroppedAtOnceAndNothingIsOwedByHer) {
  ASSERT_OK(ReportBy("party-a", {"party-b"}));
  ASSERT_OK(world.Do("med-a", Screen("2025-0001", v1::ScreenCase::ADMIT)));
  ASSERT_OK(world.Do("party-b", Respond("2025-0001")));
  std::vector<std::string> everyone = kEveryone;
  everyone.push_back("med-c");
  ASSERT_OK(Propose("med-a", Signed(TestAccord::CharterText(2, 2, {}), everyone)));
  ASSERT_EQ(Now().FindMember("med-c"), nullptr);
  v1::Record draft = InCase("2025-0001");
  *draft.mutable_propose_verdict()->mutable_verdict() = Violation();
  ASSERT_OK(world.Do("med-a", draft));
  EXPECT_THAT(world.Open(), HasSubstr("ENDORSE med-b"));
  EXPECT_THAT(world.Open(), Not(HasSubstr("med-c")));
  v1::Record dissent = InCase("2025-0001");
  dissent.mutable_endorse()->set_record(world.last_id.ToString());
  dissent.mutable_endorse()->set_choice(v1::Endorse::DISSENT);
  dissent.mutable_endorse()->set_reasons("The accounts contradict each other.");
  ASSERT_OK(world.Do("med-b", dissent));
  EXPECT_EQ(world.State(), "DEADLOCKED") << "only who has left could carry it still";
}

TEST_F(DepartedMediatorTest, AnOpenDraftThatWaitedForHerIsJudgedByThoseWhoAreLeft) {
  std::vector<std::string> everyone = kEveryone;
  everyone.push_back("med-c");
  ASSERT_OK(ReportBy("party-a", {"party-b"}));
  ASSERT_OK(world.Do("med-a", Screen("2025-0001", v1::ScreenCase::ADMIT)));
  ASSERT_OK(world.Do("party-b", Respond("2025-0001")));
  v1::Record draft = InCase("2025-0001");
  *draft.mutable_propose_verdict()->mutable_verdict() = Violation();
  ASSERT_OK(world.Do("med-a", draft));
  v1::Record dissent = InCase("2025-0001");
  dissent.mutable_endorse()->set_record(world.last_id.ToString());
  dissent.mutable_endorse()->set_choice(v1::Endorse::DISSENT);
  dissent.mutable_endorse()->set_reasons("The accounts contradict each other.");
  ASSERT_OK(world.Do("med-b", dissent));
  EXPECT_EQ(world.State(), "DRAFTED") << "med-c may still carry it";
  EXPECT_THAT(world.Open(), HasSubstr("ENDORSE med-c"));
  ASSERT_OK(Propose("med-a", Signed(TestAccord::CharterText(2, 2, {}), everyone)));
  EXPECT_EQ(world.State(), "DEADLOCKED");
  EXPECT_THAT(world.Open(), Not(HasSubstr("med-c")));
  EXPECT_THAT(world.Case().flags, ::testing::Contains("MEMBER_LEFT"));
}

TEST_F(CharterChangeTest, NoCaseWaitsForAPartyThatHasLeft) {
  const std::string text = TestAccord::CharterText(1, 2, {});
  ASSERT_OK(ReportBy("party-a", {"party-b"}));
  ASSERT_OK(world.Do("med-a", Screen("2025-0001", v1::ScreenCase::ADMIT)));
  EXPECT_THAT(world.Open(), HasSubstr("RESPOND party-b"));
  ASSERT_OK(Propose("party-b", Signed(text, kEveryone)));
  EXPECT_THAT(world.Open(), Not(HasSubstr("party-b")));
  EXPECT_EQ(world.State(), "ANSWERED");
  ASSERT_OK(world.Wait(hours(24 * 30)));
  for (const std::string& bytes : world.ledger.entries()) {
    v1::Entry entry;
    ASSERT_TRUE(entry.ParseFromString(bytes));
    EXPECT_NE(entry.event().lapse().member(), "party-b");
  }
}

TEST_F(CharterChangeTest, ACaseKeepsItsDeadlines) {
  ASSERT_OK(ReportBy("party-a", {"party-b"}));
  AccordOptions options;
  options.deadlines = "respond_s: 60 screen_s: 60";
  ASSERT_OK(Propose("med-a", Signed(TestAccord::CharterText(2, 2, options), kEveryone)));
  ASSERT_EQ(Now().version(), 2u);
  ASSERT_OK(world.Do("med-a", Screen("2025-0001", v1::ScreenCase::ADMIT)));
  const auto owed = rules::CaseObligations(world.ledger.state(), "2025-0001");
  ASSERT_OK(owed);
  ASSERT_EQ(owed->size(), 1u);
  EXPECT_EQ(owed->front().kind, "RESPOND");
  EXPECT_EQ(ToInt(owed->front().due), ToInt(world.now + hours(48)));
  ASSERT_OK(ReportBy("party-a"));  // a new case has the new ones
  const auto fresh = rules::CaseObligations(world.ledger.state(), "2025-0002");
  ASSERT_OK(fresh);
  EXPECT_EQ(ToInt(fresh->front().due), ToInt(world.now + minutes(1)));
}

TEST_F(CharterChangeTest, RecordsMayNameAnEarlierCharterButNoForeignOne) {
  ASSERT_OK(Propose("party-a", Rotated("party-a", "node-2", "party-a")));
  EXPECT_OK(ReportBy("party-a"));  // the fixture goes on naming version 1
  TestAuthor& author = world.accord->Author("party-a");
  const record::ParsedRecord record = world.accord->SignOnly(author, Report(world.now, {}));
  v1::Record foreign = record.record();
  foreign.set_charter(std::string(32, 'x'));
  const auto signed_record = record::SignRecord(foreign, author.key());
  ASSERT_OK(signed_record);
  auto parsed = record::ParsedRecord::Parse(*signed_record);
  ASSERT_OK(parsed);
  EXPECT_THAT(world.ledger.Add(world.now + minutes(1), {*parsed}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("never was in force")));
}

TEST_F(CharterChangeTest, NothingFollowsASealInItsBlock) {
  v1::Record charter;
  charter.mutable_propose_charter()->set_charter_note(Rotated("party-a", "node-2", "party-a"));
  const v1::Record report = Report(world.now, {});
  const record::ParsedRecord first =
      world.accord->SignOnly(world.accord->Author("party-a"), charter);
  const record::ParsedRecord second =
      world.accord->SignOnly(world.accord->Author("party-b"), report);
  const TimeMs time = world.now + minutes(1);
  EXPECT_THAT(world.ledger.Add(time, {first, second}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("sealed")));
  const auto built = world.ledger.executor().Build(world.ledger.tip(), world.ledger.state(), time,
                                                   {{first, second}}, nullptr);
  ASSERT_OK(built);
  EXPECT_EQ(built->records.size(), 1u);
  EXPECT_TRUE(built->header.seal);
}

struct BadChange {
  const char* name;
  const char* find;
  const char* replace;
  const char* why;
};
class BadChangeTest : public CharterChangeTest, public ::testing::WithParamInterface<BadChange> {};
TEST_P(BadChangeTest, IsRefused) {
  StatusOr<std::string> text =
      rules::FollowingText(Now(), TestAccord::CharterText(2, 2, {}) + "# longer\n");
  ASSERT_OK(text);
  const size_t at = text->find(GetParam().find);
  ASSERT_NE(at, std::string::npos);
  text->replace(at, std::string_view(GetParam().find).size(), GetParam().replace);
  StatusOr<note::SignedNote> note = note::SignedNote::FromText(*text);
  ASSERT_OK(note);
  for (const std::string& m : kEveryone) {
    const auto line = note::SignText(*text, Now().RootKeyName(m), TestAccord::KeyOf(m, "root"));
    ASSERT_OK(line);
    ASSERT_OK(note->Add(*line));
  }
  const Status refused = Propose("party-a", note->Serialize());
  EXPECT_FALSE(refused.ok());
  EXPECT_THAT(MessageOf(refused), HasSubstr(GetParam().why));
  EXPECT_EQ(Now().version(), 1u);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, BadChangeTest,
    ::testing::Values(BadChange{"Version", "version: 2", "version: 3", "cannot follow"},
                      BadChange{"Origin", "parley.example/test", "parley.example/tests", "origin"},
                      BadChange{"Founding", "2025-10-19T00:00:00Z", "2025-10-20T00:00:00Z",
                                "founded_at"},
                      BadChange{"Officer", "name: \"desk\"", "name: \"disk\"", "officers"},
                      BadChange{"Previous", "previous: \"", "previous: \"0", "previous"}),
    [](const auto& c) { return c.param.name; });

TEST_F(CharterChangeTest, LinesOfStrangersAndForgedLinesAreRefused) {
  const auto text = rules::FollowingText(Now(), TestAccord::CharterText(2, 2, {}));
  ASSERT_OK(text);
  auto note = note::SignedNote::FromText(*text);
  ASSERT_OK(note);
  auto stranger =
      note::SignText(*text, "parley.example/test/nobody/root", TestAccord::KeyOf("nobody", "root"));
  ASSERT_OK(note->Add(*stranger));
  EXPECT_THAT(Propose("party-a", note->Serialize()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("no root key")));
  auto forged = note::SignedNote::FromText(*text);
  auto line = note::SignText(*text, Now().RootKeyName("med-a"), TestAccord::KeyOf("med-a", "root"));
  line->bytes[5] ^= 1;
  ASSERT_OK(forged->Add(*line));
  EXPECT_THAT(Propose("party-a", forged->Serialize()),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("med-a")));
}

TEST(FollowingTextTest, LeavesEverythingElseAsItIs) {
  const auto accord = TestAccord::Create(2, 2);
  const rules::Charter& before = accord->charter();
  const std::string text =
      "# version: 9 is not it\nformat: 1\n  version :  1 # the first\norigin: \"version: 1\"\n";
  const auto out = rules::FollowingText(before, text);
  ASSERT_OK(out);
  EXPECT_EQ(*out, "# version: 9 is not it\nformat: 1\n  version :  2\nledger_id: \"" +
                      before.ledger_id().ToHex() + "\"\nprevious: \"" + before.hash().ToHex() +
                      "\" # the first\norigin: \"version: 1\"\n");
  const auto again = rules::FollowingText(before, *out);
  ASSERT_OK(again);
  EXPECT_EQ(*again, *out);
  EXPECT_FALSE(rules::FollowingText(before, "format: 1\n").ok());
  EXPECT_FALSE(rules::FollowingText(before, "\tversion: 1\n").ok());
}

}  // namespace
}  // namespace parley::testing
