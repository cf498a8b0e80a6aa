// Blocks and the state map: byte forms, digests, overlays, and the limits of a block.

#include "ledger/rules/block.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/encoding.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

rules::RawBlock SampleBlock() {
  rules::RawBlock block;
  block.header.height = 7;
  block.header.time = static_cast<TimeMs>(1'760'000'000'000);
  block.header.first_entry = 42;
  block.header.entry_count = 2;
  block.envelopes = {"first", std::string("se\0cond", 7)};
  block.header.records_digest = rules::RecordsDigest(block.envelopes, block.proofs);
  return block;
}

LedgerId SampleLedger() { return Sha256<LedgerId>(AsBytes("a ledger")); }

TEST(BlockTest, RoundTripsAndHasOneByteForm) {
  const rules::RawBlock block = SampleBlock();
  const std::string bytes = block.Encode(SampleLedger());
  ASSERT_OK_AND_ASSIGN(const rules::RawBlock back, rules::RawBlock::Decode(SampleLedger(), bytes));
  EXPECT_EQ(back.header, block.header);
  EXPECT_EQ(back.envelopes, block.envelopes);
  // Conformance: when this moves, the format moved, and its version must be raised.
  EXPECT_EQ(block.header.Id(SampleLedger()).ToHex(),
            Sha256(block.header.Encode(SampleLedger())).ToHex());
  EXPECT_EQ(block.header.Encode(SampleLedger()).size(),
            4U + 15 + 32 + 16 + 32 + 8 + 8 + 4 + 1 + 96);
}

TEST(BlockTest, RefusesAnythingElse) {
  const std::string bytes = SampleBlock().Encode(SampleLedger());
  for (size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_THAT(rules::RawBlock::Decode(SampleLedger(), bytes.substr(0, cut)),
                StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(rules::RawBlock::Decode(SampleLedger(), bytes + "x"),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(rules::RawBlock::Decode(LedgerId(), bytes),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("of ledger")));
  std::string other = bytes;
  other.back() ^= 1;
  EXPECT_THAT(rules::RawBlock::Decode(SampleLedger(), other),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("commits to")));
  EXPECT_THAT(rules::RawBlock::Decode(SampleLedger(), std::string(limits::kBlockBytesMax + 1, 'x')),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("at most")));
}

rules::RawBlock WithProofs(std::vector<std::string> proofs) {
  rules::RawBlock block = SampleBlock();
  block.proofs = std::move(proofs);
  block.header.records_digest = rules::RecordsDigest(block.envelopes, block.proofs);
  return block;
}

TEST(BlockTest, ProofsFollowTheRecordsAndAreCoveredByTheDigest) {
  const rules::RawBlock block = WithProofs({"one", "two"});
  const std::string bytes = block.Encode(SampleLedger());
  ASSERT_OK_AND_ASSIGN(const rules::RawBlock back, rules::RawBlock::Decode(SampleLedger(), bytes));
  EXPECT_EQ(back.envelopes, block.envelopes);
  EXPECT_EQ(back.proofs, block.proofs);
  Encoder by_hand;
  by_hand.Var("first").Var(std::string("se\0cond", 7)).U32(0xffffffff).Var("one").Var("two");
  EXPECT_EQ(block.header.records_digest, Sha256(by_hand.bytes()));
  // A record cannot be passed off as a proof.
  EXPECT_NE(rules::RecordsDigest({"a", "b"}, {}), rules::RecordsDigest({"a"}, {"b"}));
  EXPECT_NE(rules::RecordsDigest({"a"}, {}), rules::RecordsDigest({}, {"a"}));
  for (size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_FALSE(rules::RawBlock::Decode(SampleLedger(), bytes.substr(0, cut)).ok()) << cut;
  std::string other = bytes;
  other.back() ^= 1;
  EXPECT_THAT(rules::RawBlock::Decode(SampleLedger(), other),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("commits to")));
}

TEST(BlockTest, HoldsSoManyProofsOfSuchASizeAndHasNoEmptyList) {
  const auto decode = [](const rules::RawBlock& block) {
    return rules::RawBlock::Decode(SampleLedger(), block.Encode(SampleLedger()));
  };
  const std::vector<std::string> full(limits::kBlockProofsMax,
                                      std::string(limits::kProofBytesMax, 'x'));
  EXPECT_OK(decode(WithProofs(full)));
  std::vector<std::string> many = full;
  many.push_back("x");
  EXPECT_THAT(decode(WithProofs(many)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("5 proofs, 1 to 4")));
  EXPECT_THAT(decode(WithProofs({full[0] + "x"})),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("proof 0")));
  // "No proofs" has one form: nothing.
  EXPECT_THAT(rules::RawBlock::Decode(SampleLedger(),
                                      SampleBlock().Encode(SampleLedger()) + std::string(4, '\0')),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("0 proofs")));
}

TEST(BlockTest, StateDigestCoversKeysValuesAndDeletions) {
  const rules::StateChanges one = {{"a", "1"}, {"b", std::nullopt}};
  Encoder by_hand;
  by_hand.Fixed(StateDigest()).Var("a").Var("1").Var("b").U32(0xffffffff);
  EXPECT_EQ(rules::NextStateDigest(StateDigest(), one), Sha256<StateDigest>(by_hand.bytes()));
  const rules::StateChanges empty_value = {{"a", "1"}, {"b", ""}};
  EXPECT_NE(rules::NextStateDigest(StateDigest(), one),
            rules::NextStateDigest(StateDigest(), empty_value));
}

TEST(BlockTest, OverlaysAnswerLikeAFlatMap) {
  rules::MemoryState base;
  base.Apply({{"p/1", "a"}, {"p/3", "c"}, {"p/5", "e"}, {"q/1", "x"}});
  const auto changes = std::make_shared<const rules::StateChanges>(rules::StateChanges{
      {"o/9", "o"}, {"p/0", "0"}, {"p/3", std::nullopt}, {"p/4", "d"}, {"p/5", "E"}, {"p/9", "z"}});
  const rules::OverlayState overlay(base, changes);
  rules::MemoryState flat = base;
  flat.Apply(*changes);
  for (const size_t stop_after : {1U, 2U, 3U, 99U}) {
    std::string seen[2];
    const rules::StateView* views[] = {&overlay, &flat};
    for (size_t v = 0; v < 2; ++v) {
      size_t count = 0;
      EXPECT_OK(views[v]->Scan("p/", [&](std::string_view key, std::string_view value) {
        seen[v] += fmt::format("{}={} ", key, value);
        return ++count < stop_after;
      }));
    }
    EXPECT_EQ(seen[0], seen[1]);
  }
  EXPECT_EQ(*overlay.Get("p/3"), std::nullopt);
  EXPECT_EQ(**overlay.Get("p/5"), "E");
  EXPECT_EQ(**overlay.Get("q/1"), "x");
  EXPECT_EQ(*overlay.Get("nothing"), std::nullopt);
}

TEST(BlockTest, GenesisHoldsTheCharterAndTheFoundingKeys) {
  const World w;
  ASSERT_EQ(w.ledger.entries().size(), 1U);
  EXPECT_THAT(w.ledger.entries()[0], HasSubstr(w.accord->charter().text()));
  EXPECT_EQ(w.ledger.tip().time, w.accord->charter().founded_at());
  EXPECT_EQ(w.ledger.tip().height, 0U);
  EXPECT_EQ(rules::ListKeys(w.ledger.state())->size(), 8U);
  const auto unsigned_charter = rules::Charter::ParseText(w.accord->charter().text());
  ASSERT_OK(unsigned_charter);
  EXPECT_THAT(rules::Executor(*unsigned_charter, nullptr).Genesis(),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("not signed")));
}

TEST(BlockTest, AnIllegalRecordSpoilsABlockButIsLeftOutOfAProposal) {
  World w;
  TestAuthor& a = w.accord->Author("party-a");
  TestAuthor& b = w.accord->Author("party-b");
  const record::ParsedRecord good = w.accord->Sign(a, Report(w.now, {"party-b"}));
  const record::ParsedRecord bad = w.accord->SignOnly(b, Respond("2025-0001"));
  EXPECT_THAT(w.ledger.executor().Execute(w.ledger.tip(), w.ledger.state(), w.now, {{good, bad}}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr(bad.id().ToHex())));
  std::vector<std::string> refused;
  const auto built =
      w.ledger.executor().Build(w.ledger.tip(), w.ledger.state(), w.now, {{bad, good}},
                                [&](const record::ParsedRecord& record, const Status& why) {
                                  refused.push_back(record.id().ToHex() + " " + MessageOf(why));
                                });
  ASSERT_OK(built);
  EXPECT_EQ(built->records.size(), 1U);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_THAT(refused[0], HasSubstr("there is no case 2025-0001"));
}

TEST(BlockTest, TimeOnlyMovesForwardAndEmptyBlocksAreRefused) {
  World w;
  EXPECT_THAT(w.ledger.Lapse(w.ledger.tip().time),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("not later")));
  EXPECT_THAT(w.ledger.Lapse(w.now),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("nothing is due")));
}

TEST(BlockTest, ABlockHoldsSoManyRecordsAndNoMore) {
  World w;
  TestAuthor& author = w.accord->Author("party-a");
  std::vector<record::ParsedRecord> records;
  for (size_t i = 0; i <= limits::kBlockRecordsMax; ++i)
    records.push_back(w.accord->Sign(author, Report(w.now, {})));
  const rules::Executor trusting(
      w.accord->charter(), [](const record::ParsedRecord&, const PublicKey&) { return true; });
  const auto built = trusting.Build(w.ledger.tip(), w.ledger.state(), w.now, {records}, nullptr);
  ASSERT_OK(built);
  EXPECT_EQ(built->records.size(), limits::kBlockRecordsMax);
  EXPECT_THAT(trusting.Execute(w.ledger.tip(), w.ledger.state(), w.now, {records}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("records")));
  rules::MemoryState after = w.ledger.state();
  after.Apply(built->changes);
  EXPECT_EQ(rules::ListCases(after, "REPORTED", "2025-1998", 10)->size(), 2U);
}

}  // namespace
}  // namespace parley::testing
