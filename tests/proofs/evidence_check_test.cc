// One proof as a stranger checks it, and ledgers with proofs as an auditor does.

#include "tools/parley/evidence_check.h"

#include <gtest/gtest.h>

#include "node/proofs/proof_check.h"
#include "tests/archive/cosigned_ledger.h"
#include "tests/proofs/accuser.h"
#include "tests/support/status_matchers.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using cli::EvidenceFile;
using consensus::EvidenceKind;
using ::testing::HasSubstr;

class EvidenceCheckTest : public ::testing::Test {
 protected:
  EvidenceCheckTest() : genesis_(ledger_.blocks().front().tip.block) {}

  Accuser First() const { return Accuser(ledger_.charter(), genesis_); }
  // A charter with five members; its epoch follows the block that adopted it.
  void Adopt() {
    ledger_.Adopt(3, 2);
    second_.emplace(ledger_.in_force(), ledger_.blocks().back().tip.block,
                    ledger_.blocks().size() - 1);
  }
  std::vector<rules::Charter> Charters() const {
    std::vector<rules::Charter> out{ledger_.charter()};
    out.insert(out.end(), ledger_.later().begin(), ledger_.later().end());
    return out;
  }
  StatusOr<rules::Misbehaviour> ByCharters(const std::string& bytes) const {
    ASSIGN_OR_RETURN(const EvidenceFile evidence, cli::ReadEvidence(bytes));
    return cli::ProveByCharters(Charters(), evidence);
  }
  StatusOr<rules::Misbehaviour> ByLedger(const std::string& bytes) {
    ASSIGN_OR_RETURN(const EvidenceFile evidence, cli::ReadEvidence(bytes));
    MemorySource source(ledger_);
    return cli::ProveByLedger(source, {}, evidence);
  }
  archive::AuditReport Audit(rules::ProofCheck check) {
    MemorySource source(ledger_);
    archive::AuditOptions options;
    options.proofs = std::move(check);
    return archive::Audit(source, options).value();
  }
  // A block on the ledger's end whose state digest is wrong.
  rules::RawBlock BadBlock() {
    rules::RawBlock out;
    out.header.parent = ledger_.blocks().back().tip.block;
    out.header.height = ledger_.blocks().size();
    out.header.time = ledger_.time() + std::chrono::minutes(1);
    out.header.first_entry = ledger_.size();
    out.header.records_digest = rules::RecordsDigest({}, {});
    return out;
  }

  CosignedLedger ledger_{proofs::CheckProof};
  BlockId genesis_;
  std::optional<Accuser> second_;  // after Adopt()
};

TEST_F(EvidenceCheckTest, ChartersAreEnoughForSignatures) {
  for (const auto kind : {EvidenceKind::kTwoNotarize, EvidenceKind::kTwoFinalize,
                          EvidenceKind::kNullifyFinalize, EvidenceKind::kNotarizeFinalize}) {
    ASSERT_OK_AND_ASSIGN(const rules::Misbehaviour proven, ByCharters(First().Votes(kind, 1, 7)));
    EXPECT_EQ(proven.member, ledger_.charter().members()[1].name);
    EXPECT_EQ(proven.number, 7U);
  }
  EXPECT_OK(ByCharters(First().BadJustification(1)));
  EXPECT_OK(ByCharters(First().TwoRoots(1, 5, Sha256(AsBytes("a")), Sha256(AsBytes("b")))));
}

TEST_F(EvidenceCheckTest, ALaterEpochNeedsItsCharter) {
  const std::vector<rules::Charter> founding = Charters();
  Adopt();
  const std::string proof = second_->Votes(EvidenceKind::kTwoNotarize, 4, 7);
  ASSERT_OK_AND_ASSIGN(const rules::Misbehaviour proven, ByCharters(proof));
  EXPECT_EQ(proven.member, ledger_.in_force().members()[4].name);
  EXPECT_EQ(proven.epoch, 2U);
  EXPECT_THAT(cli::ProveByCharters(founding, {proof, std::nullopt}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("of epoch 2: give that charter")));
}

TEST_F(EvidenceCheckTest, SomeProofsNeedTheLedger) {
  const std::string bad_block = First().BadBlock(1, BadBlock());
  EXPECT_THAT(ByCharters(bad_block),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("give the ledger")));
  ledger_.GrowTo(12, 2);
  EXPECT_OK(ByLedger(bad_block)) << "its parent is genesis";
  const std::string later_block = First().BadBlock(1, BadBlock());
  EXPECT_OK(ByLedger(later_block)) << "its parent is the tip";
  rules::RawBlock stray = BadBlock();
  stray.header.parent = Sha256<BlockId>(AsBytes("nobody's"));
  EXPECT_THAT(ByLedger(First().BadBlock(1, stray)),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("nothing is proven")));

  Adopt();
  ledger_.Cosign();
  const std::string late = second_->BadJustification(4);
  EXPECT_THAT(ByCharters(late),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("give the ledger")));
  ASSERT_OK_AND_ASSIGN(const rules::Misbehaviour proven, ByLedger(late));
  EXPECT_EQ(proven.epoch, 2U);
}

TEST_F(EvidenceCheckTest, AGoodBlockProvesNothing) {
  ledger_.GrowTo(8, 1);
  const rules::ExecutedBlock& good = ledger_.blocks()[2];
  rules::RawBlock raw;
  raw.header = good.header;
  for (const record::ParsedRecord& r : good.records) raw.envelopes.push_back(r.envelope());
  EXPECT_THAT(ByLedger(First().BadBlock(1, raw)),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("breaks no rule")));
}

TEST_F(EvidenceCheckTest, WhatProvesNothingIsNotVerified) {
  std::string forged = First().Votes(EvidenceKind::kTwoNotarize, 1, 7);
  forged.back() ^= 1;
  EXPECT_THAT(ByCharters(forged), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(ByCharters(First().BadJustification(1, /*legal=*/true)),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("nothing is proven")));
  EXPECT_THAT(ByCharters("nonsense"), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ByCharters(""), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ByCharters(ledger_.entries().front()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("no proof of misbehaviour")));
}

TEST_F(EvidenceCheckTest, AnEntryIsCheckedWithItsProof) {
  ledger_.AddProofs({First().Votes(EvidenceKind::kTwoFinalize, 2, 3)});
  const std::string entry = ledger_.entries().back();
  ASSERT_OK_AND_ASSIGN(const rules::Misbehaviour proven, ByCharters(entry));
  EXPECT_EQ(proven.kind, "E2");
  v1::Entry other;
  ASSERT_TRUE(other.ParseFromString(entry));
  other.mutable_event()->mutable_misbehaviour()->set_member(ledger_.charter().members()[0].name);
  EXPECT_THAT(ByCharters(other.SerializeAsString()),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("its proof shows E2")));
}

TEST_F(EvidenceCheckTest, AnAuditListsAndChecksWhatIsOnTheLedger) {
  ledger_.GrowTo(6, 2);
  ledger_.AddProofs({First().Votes(EvidenceKind::kTwoFinalize, 2, 3), First().BadJustification(1),
                     First().BadBlock(3, BadBlock())});
  ledger_.Cosign();
  const archive::AuditReport good = Audit(proofs::CheckProof);
  EXPECT_TRUE(good.ok()) << good.problems.front().detail;
  ASSERT_EQ(good.misbehaviour.size(), 3U);
  EXPECT_EQ(good.misbehaviour[0].kind, "E2");
  EXPECT_EQ(good.misbehaviour[1].member, ledger_.charter().members()[1].name);
  EXPECT_EQ(good.misbehaviour[2].entry, ledger_.size() - 1);
  // An auditor who takes nothing for a proof says of each that it is none.
  const archive::AuditReport bad = Audit(nullptr);
  EXPECT_FALSE(bad.ok());
  EXPECT_TRUE(bad.misbehaviour.empty());
  EXPECT_EQ(std::count_if(bad.problems.begin(), bad.problems.end(),
                          [](const archive::Problem& p) { return p.kind == "proof"; }),
            3);
}

}  // namespace
}  // namespace parley::testing
