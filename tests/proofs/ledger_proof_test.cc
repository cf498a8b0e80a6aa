// Proofs of misbehaviour on the ledger: each once, before the records, with a bound for each
// member; nothing that is no proof gets there.

#include "base/limits.h"
#include "ledger/rules/block.h"
#include "ledger/rules/queries.h"
#include "node/proofs/proof_check.h"
#include "parley/v1/entry.pb.h"
#include "tests/ledger/rules_fixture.h"
#include "tests/proofs/accuser.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using consensus::EvidenceKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LedgerProofTest : public ::testing::Test {
 protected:
  LedgerProofTest() : accuser_(w_.accord->charter(), w_.ledger.tip().block) {}

  Status Enter(std::vector<std::string> proofs, std::vector<record::ParsedRecord> records = {}) {
    w_.now = w_.now + minutes(1);
    return w_.ledger.AddBlock(w_.now, {std::move(records), std::move(proofs)});
  }
  std::vector<v1::Entry> LastEntries() const {
    std::vector<v1::Entry> out;
    for (const std::string& bytes : w_.ledger.last().entries)
      EXPECT_TRUE(out.emplace_back().ParseFromString(bytes));
    return out;
  }
  std::string OneProof(uint64_t view = 3) const {
    return accuser_.Votes(EvidenceKind::kTwoNotarize, 2, view);
  }
  // A block that follows the tip and breaks a rule: its digest of the state is wrong.
  rules::RawBlock BadBlock() {
    const auto built = w_.ledger.executor().Build(
        w_.ledger.tip(), w_.ledger.state(), w_.now + minutes(1),
        {{w_.accord->SignOnly(w_.accord->Author("party-a"), Report(w_.now, {}))}}, nullptr);
    EXPECT_OK(built);
    rules::RawBlock out;
    out.header = built->header;
    out.envelopes = {built->records.front().envelope()};
    out.header.state_digest = StateDigest();
    return out;
  }
  rules::RawBlock GoodBlock() {
    rules::RawBlock out = BadBlock();
    const auto executed = w_.ledger.executor().Execute(
        w_.ledger.tip(), w_.ledger.state(), out.header.time,
        {{record::ParsedRecord::Parse(out.envelopes.front()).value()}});
    EXPECT_OK(executed);
    out.header = executed->header;
    return out;
  }

  World w_{2, 2, {}, proofs::CheckProof};
  Accuser accuser_;
};

TEST_F(LedgerProofTest, AProofBecomesAnEntryOnce) {
  ASSERT_OK(Enter({OneProof()}));
  const std::vector<v1::Entry> entries = LastEntries();
  ASSERT_EQ(entries.size(), 1U);
  const v1::Misbehaviour& event = entries[0].event().misbehaviour();
  EXPECT_EQ(event.kind(), "E1");
  EXPECT_EQ(event.member(), w_.accord->charter().members()[2].name);
  EXPECT_EQ(event.epoch(), 1U);
  EXPECT_EQ(event.number(), 3U);
  EXPECT_EQ(event.proof(), OneProof());
  EXPECT_THAT(Enter({OneProof()}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("entry 1 has a proof")));
  EXPECT_THAT(
      w_.ledger.executor().CheckProof(w_.ledger.tip(), w_.ledger.state(), w_.now, OneProof()),
      StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(Enter({OneProof(4)}));
}

TEST_F(LedgerProofTest, OneBlockCannotHoldItTwice) {
  EXPECT_THAT(Enter({OneProof(), OneProof()}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("proof 1 cannot stand here")));
}

TEST_F(LedgerProofTest, CosignerProofsCountOnceWhateverTheSize) {
  const Hash a = Sha256(AsBytes("a")), b = Sha256(AsBytes("b"));
  ASSERT_OK(Enter({accuser_.TwoRoots(2, 5, a, b)}));
  EXPECT_THAT(Enter({accuser_.TwoRoots(2, 6, a, b)}), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_OK(Enter({accuser_.TwoRoots(3, 6, a, b)}));
}

TEST_F(LedgerProofTest, WhoIsProvenGuiltyCanBeListed) {
  const auto none = rules::ListProven(w_.ledger.state());
  ASSERT_OK(none);
  EXPECT_TRUE(none->empty());
  const Hash a = Sha256(AsBytes("a")), b = Sha256(AsBytes("b"));
  ASSERT_OK(Enter({OneProof(7)}));  // entry 1
  ASSERT_OK(Enter({OneProof(3)}));
  ASSERT_OK(Enter({accuser_.TwoRoots(2, 5, a, b)}));
  ASSERT_OK(Enter({accuser_.TwoRoots(1, 5, a, b)}));  // entry 4
  const auto proven = rules::ListProven(w_.ledger.state());
  ASSERT_OK(proven);
  ASSERT_EQ(proven->size(), 2U);
  const auto& members = w_.accord->charter().members();
  EXPECT_EQ((*proven)[0].member, members[1].name);
  EXPECT_THAT((*proven)[0].kinds, ElementsAre("C1"));
  EXPECT_EQ((*proven)[0].proofs, 1U);
  EXPECT_EQ((*proven)[0].first_index, 4U);
  EXPECT_EQ((*proven)[1].member, members[2].name);
  EXPECT_THAT((*proven)[1].kinds, ElementsAre("C1", "E1"));
  EXPECT_EQ((*proven)[1].proofs, 3U);
  EXPECT_EQ((*proven)[1].first_index, 1U);
}

TEST_F(LedgerProofTest, LapsesThenProofsThenRecords) {
  ASSERT_OK(w_.Do("party-a", Report(w_.now, {"party-b"})));
  w_.now = w_.now + hours(24);
  ASSERT_OK(
      Enter({OneProof()}, {w_.accord->SignOnly(w_.accord->Author("party-a"), Report(w_.now, {}))}));
  const std::vector<v1::Entry> entries = LastEntries();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_TRUE(entries[0].event().has_lapse());
  EXPECT_TRUE(entries[1].event().has_misbehaviour());
  EXPECT_TRUE(entries[2].has_record());
  EXPECT_EQ(w_.ledger.last().FirstRecord(), 2U);
}

TEST_F(LedgerProofTest, WhatProvesNothingIsRefusedAndLeftOutOfAProposal) {
  std::string forged = OneProof();
  forged.back() ^= 1;
  EXPECT_THAT(Enter({forged}), StatusIs(StatusCode::kFailedPrecondition, HasSubstr("proof 0")));
  EXPECT_THAT(Enter({"nonsense"}), StatusIs(StatusCode::kFailedPrecondition));
  const auto built =
      w_.ledger.executor().Build(w_.ledger.tip(), w_.ledger.state(), w_.now + minutes(1),
                                 {{}, {forged, OneProof(), "x"}}, nullptr);
  ASSERT_OK(built);
  EXPECT_EQ(built->proofs, std::vector<std::string>{OneProof()});
  EXPECT_EQ(built->entries.size(), 1U);
}

TEST_F(LedgerProofTest, WithoutACheckNothingIsAProof) {
  const rules::Executor deaf(w_.accord->charter(), nullptr);
  EXPECT_FALSE(
      deaf.Execute(w_.ledger.tip(), w_.ledger.state(), w_.now + minutes(1), {{}, {OneProof()}})
          .ok());
}

TEST_F(LedgerProofTest, ABlockHoldsSoManyProofsAndNoMore) {
  std::vector<std::string> many;
  for (uint64_t view = 1; view <= limits::kBlockProofsMax + 1; ++view)
    many.push_back(OneProof(view));
  EXPECT_THAT(Enter(many), StatusIs(StatusCode::kFailedPrecondition, HasSubstr("full")));
  many.pop_back();
  EXPECT_OK(Enter(many));
}

TEST_F(LedgerProofTest, AMembersShareIsBounded) {
  for (uint64_t view = 1; view <= limits::kProofsPerMemberMax; ++view)
    ASSERT_OK(Enter({OneProof(view)}));
  EXPECT_THAT(Enter({OneProof(9'999)}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("1000 proofs E1 against")));
  // Proofs of another kind, and against another member, have room of their own.
  EXPECT_OK(Enter({accuser_.Votes(EvidenceKind::kTwoFinalize, 0, 1)}));
  EXPECT_OK(Enter({accuser_.Votes(EvidenceKind::kTwoNotarize, 1, 1)}));
}

TEST_F(LedgerProofTest, ABadBlockIsProvenOnItsOwnParentOnly) {
  const rules::RawBlock bad = BadBlock();
  const std::string proof = accuser_.BadBlock(2, bad);
  const rules::LedgerTip parent = w_.ledger.tip();
  EXPECT_OK(w_.ledger.executor().CheckProof(parent, w_.ledger.state(), w_.now, proof));
  ASSERT_OK(Enter({proof}));
  EXPECT_EQ(LastEntries()[0].event().misbehaviour().kind(), "E6");
  // The same of another member, one block later.
  EXPECT_THAT(Enter({accuser_.BadBlock(1, bad)}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("not at hand")));
}

TEST_F(LedgerProofTest, AVoteForAGoodBlockIsNoProof) {
  EXPECT_THAT(Enter({accuser_.BadBlock(2, GoodBlock())}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("breaks no rule")));
}

TEST_F(LedgerProofTest, ABlockWithProofsIsNotJudged) {
  rules::RawBlock bad = BadBlock();
  bad.proofs = {OneProof()};
  bad.header.records_digest = rules::RecordsDigest(bad.envelopes, bad.proofs);
  EXPECT_THAT(Enter({accuser_.BadBlock(2, bad)}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("holds proofs itself")));
}

TEST_F(LedgerProofTest, TheFirstBlockOfAnEpochIsNoted) {
  const BlockId genesis = w_.ledger.tip().block;
  ASSERT_OK(w_.Do("party-a", Report(w_.now, {"party-b"})));
  ASSERT_OK(w_.Do("med-a", Screen("2025-0001", v1::ScreenCase::ADMIT)));
  ASSERT_OK_AND_ASSIGN(const rules::EpochFacts facts,
                       rules::EpochsIn(w_.ledger.executor().charters(), w_.ledger.state())(1));
  EXPECT_EQ(facts.first_block, genesis);
  EXPECT_EQ(facts.first_height, 0U);
  EXPECT_EQ(facts.charter->hash(), w_.accord->charter().hash());
  for (const uint64_t epoch : {uint64_t{0}, uint64_t{2}, ~uint64_t{0}})
    EXPECT_THAT(rules::EpochsIn(w_.ledger.executor().charters(), w_.ledger.state())(epoch),
                StatusIs(StatusCode::kNotFound));
}

}  // namespace
}  // namespace parley::testing
