// Who may write: nobody under another's key, nobody out of turn, and root keys only about keys.

#include "ledger/record/enrolment.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Record Enrol(const World& w, const std::string& member, const std::string& officer,
                 const std::string& holder) {
  const SecretKey key = TestAccord::KeyOf(member, holder);
  v1::Record out;
  v1::EnrolKey* enrol = out.mutable_enrol_key();
  enrol->set_officer(officer);
  enrol->set_public_key(key.public_key().ToString());
  enrol->add_capabilities(v1::VERIFIER);
  enrol->set_possession(
      key.Sign(record::EnrolmentBytes(w.accord->charter().ledger_id(), member, officer))
          .ToString());
  return out;
}

v1::Record Revoke(const KeyId& key, TimeMs suspect_since = TimeMs{}) {
  v1::Record out;
  out.mutable_revoke_key()->set_key_id(key.ToString());
  out.mutable_revoke_key()->set_suspect_since_ms(ToInt(suspect_since));
  return out;
}

TEST(RulesAuthorTest, NobodyWritesUnderAnothersKeyOrName) {
  World w;
  const TestAuthor stranger("party-a", "desk", TestAccord::KeyOf("party-a", "stranger"));
  const TestAuthor other_name("party-b", "desk", TestAccord::KeyOf("party-a", "desk"));
  const TestAuthor other_desk("party-a", "night", TestAccord::KeyOf("party-a", "desk"));
  for (const TestAuthor* author : {&stranger, &other_name, &other_desk})
    EXPECT_THAT(w.ledger.executor().CheckRecord(w.ledger.tip(), w.ledger.state(), w.now,
                                                w.accord->SignOnly(*author, Report(w.now, {}))),
                StatusIs(StatusCode::kUnauthenticated, HasSubstr("rule author-key")));
}

TEST(RulesAuthorTest, AForgedSignatureIsRefused) {
  World w;
  const record::ParsedRecord good =
      w.accord->SignOnly(w.accord->Author("party-a"), Report(w.now, {}));
  v1::Envelope envelope;
  ASSERT_TRUE(envelope.ParseFromString(good.envelope()));
  (*envelope.mutable_signature())[5] ^= 1;
  ASSERT_OK_AND_ASSIGN(const record::ParsedRecord forged,
                       record::ParsedRecord::Parse(record::CanonicalBytes(envelope)));
  EXPECT_EQ(forged.id(), good.id());  // what was said is the same; who said it is not shown
  EXPECT_THAT(w.ledger.Add(w.now, {forged}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("not signed by")));
  EXPECT_OK(w.ledger.Add(w.now, {good}));
}

TEST(RulesAuthorTest, RecordsOfAnotherLedgerOrCharterAreRefused) {
  World w;
  AccordOptions elsewhere;
  elsewhere.origin = "parley.example/other";
  const auto other = TestAccord::Create(2, 2, elsewhere);
  EXPECT_THAT(
      w.ledger.executor().CheckRecord(w.ledger.tip(), w.ledger.state(), w.now,
                                      other->SignOnly(other->Author("party-a"), Report(w.now, {}))),
      StatusIs(StatusCode::kInvalidArgument, HasSubstr("rule ledger")));
}

TEST(RulesAuthorTest, AChainHasNoGapNoRepetitionAndNoFork) {
  World w;
  TestAuthor& author = w.accord->Author("party-a");
  const record::ParsedRecord first = w.accord->Sign(author, Report(w.now, {}));
  const record::ParsedRecord second = w.accord->Sign(author, Report(w.now, {"party-b"}));
  const auto check = [&](const record::ParsedRecord& record) {
    return w.ledger.executor().CheckRecord(w.ledger.tip(), w.ledger.state(), w.now, record);
  };
  EXPECT_THAT(check(second),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("rule author-chain")));
  ASSERT_OK(w.ledger.Add(w.now, {first}));
  EXPECT_THAT(check(first), StatusIs(StatusCode::kAlreadyExists, HasSubstr("rule once")));
  TestAuthor liar("party-a", "desk", TestAccord::KeyOf("party-a", "desk"));
  EXPECT_THAT(check(w.accord->SignOnly(liar, Report(w.now, {"party-b"}))),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr("number 1 already")));
  liar.sequence = 1;
  liar.previous = second.id();
  EXPECT_THAT(check(w.accord->SignOnly(liar, Report(w.now, {}))),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("must name")));
  EXPECT_OK(check(second));
}

TEST(RulesAuthorTest, RootKeysDecideAboutKeysAndNothingElse) {
  World w;
  EXPECT_THAT(w.DoAs(w.accord->Root("party-a"), Report(w.now, {})),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("root key only")));
  EXPECT_THAT(w.Do("party-a", Enrol(w, "party-a", "night", "night")),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("only the member's root key")));
}

TEST(RulesAuthorTest, AnEnrolledOfficerWritesUntilRevoked) {
  World w;
  TestAuthor& root = w.accord->Root("party-a");
  ASSERT_OK(w.DoAs(root, Enrol(w, "party-a", "night", "night")));
  TestAuthor& night = w.accord->Author("party-a", "night");
  ASSERT_OK(w.DoAs(night, Report(w.now, {"party-b"})));
  EXPECT_THAT(w.DoAs(root, Enrol(w, "party-a", "night", "night-2")),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr("revoke it before")));
  const TimeMs theft = w.now + (-minutes(10));
  EXPECT_THAT(w.DoAs(w.accord->Root("party-b"), Revoke(night.key_id())),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(w.DoAs(root, Revoke(root.key_id())), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(w.DoAs(root, Revoke(night.key_id(), w.now + hours(1))),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("future")));
  EXPECT_THAT(w.Case().flags, Not(Contains("SUSPECT_KEY")));
  ASSERT_OK(w.DoAs(root, Revoke(night.key_id())));
  EXPECT_THAT(w.DoAs(night, Report(w.now, {})),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("revoked")));
  ASSERT_OK(w.DoAs(root, Revoke(night.key_id(), theft)));  // found out later
  EXPECT_THAT(w.Case().flags, Contains("SUSPECT_KEY"));
  EXPECT_THAT(w.DoAs(root, Revoke(night.key_id())), StatusIs(StatusCode::kFailedPrecondition));
  // The name is free again, for another key.
  EXPECT_THAT(w.DoAs(root, Enrol(w, "party-a", "night", "night")),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr("enrolled before")));
  ASSERT_OK(w.DoAs(root, Enrol(w, "party-a", "night", "night-2")));
  EXPECT_EQ(rules::ListKeys(w.ledger.state())->size(), 4U * 2 + 2);
}

TEST(RulesAuthorTest, WhoIsEnrolledHoldsTheKeyAndItIsNobodyElses) {
  World w;
  TestAuthor& root = w.accord->Root("party-a");
  v1::Record no_possession = Enrol(w, "party-a", "night", "night");
  no_possession.mutable_enrol_key()->set_possession(std::string(64, 'x'));
  EXPECT_THAT(w.DoAs(root, no_possession), StatusIs(StatusCode::kUnauthenticated));
  v1::Record other_officer = Enrol(w, "party-a", "night", "night");
  other_officer.mutable_enrol_key()->set_officer("day");
  EXPECT_THAT(w.DoAs(root, other_officer), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(w.DoAs(root, Enrol(w, "party-a", "night", "node")),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr("key of the charter")));
  EXPECT_THAT(w.DoAs(root, Enrol(w, "party-a", "night", "desk")),
              StatusIs(StatusCode::kAlreadyExists));
}

}  // namespace
}  // namespace parley::testing
