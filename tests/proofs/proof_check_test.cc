// Proofs of misbehaviour by themselves: each kind names whoever signed, and nothing that an honest
// member signs, or that somebody else wrote, is a proof.

#include "node/proofs/proof_check.h"

#include <gtest/gtest.h>

#include "tests/proofs/accuser.h"
#include "tests/support/accord.h"
#include "tests/support/status_matchers.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using consensus::EvidenceKind;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr size_t kGuilty = 2;

class ProofCheckTest : public ::testing::Test {
 protected:
  ProofCheckTest()
      : genesis_(rules::Executor(accord_->charter(), nullptr).Genesis().value()),
        accuser_(accord_->charter(), genesis_.tip.block) {
    for (int i = 0; i < 9; ++i) entries_.push_back(fmt::format("entry {}", i));
  }

  const LedgerId& ledger() const { return accord_->charter().ledger_id(); }

  StatusOr<rules::Misbehaviour> Check(const std::string& proof) const {
    return proofs::CheckProof(
        ledger(), proof, [this](uint64_t epoch) -> StatusOr<rules::EpochFacts> {
          if (epoch != 1) return NotFound(fmt::format("there is no epoch {}", epoch));
          return rules::EpochFacts{std::make_shared<const rules::Charter>(accord_->charter()),
                                   genesis_.tip.block, 0};
        });
  }

  // A block that adds nothing: no executor would make it.
  rules::RawBlock EmptyBlock() const {
    rules::RawBlock out;
    out.header.parent = genesis_.tip.block;
    out.header.height = 1;
    out.header.records_digest = rules::RecordsDigest({}, {});
    return out;
  }

  // One of each kind: its name, its number, its bytes.
  struct Case {
    std::string kind;
    uint64_t number;
    std::string proof;
  };
  std::vector<Case> All() const {
    return {{"E1", 3, accuser_.Votes(EvidenceKind::kTwoNotarize, kGuilty, 3)},
            {"E2", 4, accuser_.Votes(EvidenceKind::kTwoFinalize, kGuilty, 4)},
            {"E3", 5, accuser_.Votes(EvidenceKind::kNullifyFinalize, kGuilty, 5)},
            {"E4", 6, accuser_.Votes(EvidenceKind::kNotarizeFinalize, kGuilty, 6)},
            {"E5", 2, accuser_.BadJustification(kGuilty)},
            {"E6", 7, accuser_.BadBlock(kGuilty, EmptyBlock(), 7)},
            {"C1", 5, accuser_.TwoRoots(kGuilty, 5, RootOf(entries_, 5), RootOf(entries_, 4))},
            {"C2", 5, accuser_.OtherHistory(kGuilty, entries_, 5, 9, RootOf(entries_, 4))}};
  }

  std::unique_ptr<TestAccord> accord_ = TestAccord::Create(2, 2);
  rules::ExecutedBlock genesis_;
  Accuser accuser_;
  std::vector<std::string> entries_;
};

TEST_F(ProofCheckTest, EachKindNamesWhoSigned) {
  for (const Case& c : All()) {
    ASSERT_OK_AND_ASSIGN(const rules::Misbehaviour proven, Check(c.proof));
    EXPECT_EQ(proven.kind, c.kind);
    EXPECT_EQ(proven.member, accord_->charter().members()[kGuilty].name);
    EXPECT_EQ(proven.epoch, 1U);
    EXPECT_EQ(proven.number, c.number);
    EXPECT_EQ(proven.block.empty(), c.kind != "E6");
    ASSERT_OK_AND_ASSIGN(const proofs::ProofClaim claim, proofs::ReadClaim(ledger(), c.proof));
    EXPECT_EQ(proofs::KindName(claim.kind), c.kind);
    EXPECT_EQ(claim.member, kGuilty);
    EXPECT_EQ(claim.epoch, 1U);
    EXPECT_EQ(claim.number, c.kind[0] == 'C' ? 0 : c.number);
  }
}

TEST_F(ProofCheckTest, NoChangedByteLeavesAProof) {
  for (const Case& c : All()) {
    for (size_t i = 0; i < c.proof.size(); ++i) {
      std::string changed = c.proof;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      ASSERT_THAT(Check(changed),
                  AnyOf(StatusIs(StatusCode::kInvalidArgument),
                        StatusIs(StatusCode::kUnauthenticated), StatusIs(StatusCode::kNotFound)))
          << c.kind << ", byte " << i;
    }
    for (size_t cut = 0; cut < c.proof.size(); ++cut)
      ASSERT_THAT(Check(c.proof.substr(0, cut)), StatusIs(StatusCode::kInvalidArgument))
          << c.kind << ", cut to " << cut;
    EXPECT_THAT(Check(c.proof + "x"), StatusIs(StatusCode::kInvalidArgument)) << c.kind;
  }
}

TEST_F(ProofCheckTest, AProofOfAnotherLedgerIsNone) {
  for (const Case& c : All()) {
    EXPECT_THAT(
        proofs::CheckProof(LedgerId(), c.proof, [](uint64_t) { return NotFound("not reached"); }),
        StatusIs(StatusCode::kInvalidArgument, HasSubstr("ledger")));
  }
}

TEST_F(ProofCheckTest, AnUnknownEpochIsSaid) {
  for (const Case& c : All()) {
    EXPECT_THAT(
        proofs::CheckProof(ledger(), c.proof, [](uint64_t) { return NotFound("no such epoch"); }),
        StatusIs(StatusCode::kNotFound, HasSubstr("no such epoch")));
  }
}

TEST_F(ProofCheckTest, WhatAnHonestMemberSignsIsNoProof) {
  EXPECT_THAT(Check(accuser_.BadJustification(kGuilty, /*legal=*/true)),
              StatusIs(StatusCode::kInvalidArgument));
  const Hash five = RootOf(entries_, 5);
  EXPECT_THAT(Check(accuser_.TwoRoots(kGuilty, 5, five, five)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("two roots")));
  EXPECT_THAT(Check(accuser_.OtherHistory(kGuilty, entries_, 5, 9, five)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("one history")));
}

TEST_F(ProofCheckTest, AConsistencyProofOfAnotherTreeProvesNothing) {
  ASSERT_OK_AND_ASSIGN(
      proofs::CosignerProof proof,
      proofs::DecodeCosignerProof(
          ledger(), accuser_.OtherHistory(kGuilty, entries_, 5, 9, RootOf(entries_, 4))));
  proof.root_at_older = RootOf(entries_, 3);
  EXPECT_FALSE(Check(proofs::EncodeCosignerProof(ledger(), proof)).ok());
}

TEST_F(ProofCheckTest, ALineOfAnotherMemberProvesNothing) {
  ASSERT_OK_AND_ASSIGN(
      proofs::CosignerProof proof,
      proofs::DecodeCosignerProof(
          ledger(), accuser_.TwoRoots(kGuilty, 5, RootOf(entries_, 5), RootOf(entries_, 4))));
  proof.newer = accuser_.Note(kGuilty + 1, 5, RootOf(entries_, 4));
  EXPECT_THAT(Check(proofs::EncodeCosignerProof(ledger(), proof)),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("no line")));
}

TEST_F(ProofCheckTest, TheVoteMustBeForTheBlockThatIsShown) {
  rules::RawBlock other = EmptyBlock();
  other.header.height = 2;
  ASSERT_OK_AND_ASSIGN(
      consensus::Evidence evidence,
      consensus::DecodeEvidence(ledger(), AsBytes(accuser_.BadBlock(kGuilty, EmptyBlock()))));
  evidence.block = std::make_shared<const std::string>(other.Encode(ledger()));
  EXPECT_THAT(Check(consensus::EncodeEvidence(ledger(), evidence)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("another block")));
}

TEST_F(ProofCheckTest, CosignerProofsAreKeptOncePerMemberAndEpoch) {
  const auto key = [&](const std::string& proof) {
    return proofs::ReadClaim(ledger(), proof).value().StoreKey();
  };
  const Hash a = RootOf(entries_, 4), b = RootOf(entries_, 5);
  EXPECT_EQ(key(accuser_.TwoRoots(1, 5, a, b)), key(accuser_.TwoRoots(1, 7, a, b)));
  EXPECT_NE(key(accuser_.TwoRoots(1, 5, a, b)), key(accuser_.TwoRoots(2, 5, a, b)));
  EXPECT_NE(key(accuser_.Votes(EvidenceKind::kTwoNotarize, 1, 5)),
            key(accuser_.Votes(EvidenceKind::kTwoNotarize, 1, 6)));
}

}  // namespace
}  // namespace parley::testing
