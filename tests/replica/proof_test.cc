// Proofs of misbehaviour between replicas: whoever finds one, it stands on every member's ledger,
// once, and nothing else does.

#include "node/proofs/proof_check.h"
#include "parley/v1/entry.pb.h"
#include "tests/proofs/accuser.h"
#include "tests/replica/network.h"

namespace parley::testing {
namespace {

using consensus::EvidenceKind;

constexpr size_t kGuilty = 3;

class ProofTest : public ::testing::Test {
 protected:
  ProofTest()
      : genesis_(rules::Executor(charter(), nullptr).Genesis().value()),
        accuser_(charter(), genesis_.tip.block, 0,
                 [](std::string_view member, std::string_view purpose) {
                   return FixedKey(fmt::format("{} {}", member, purpose));
                 }) {}

  const rules::Charter& charter() { return net_.accord().charter(); }

  // As another member would pass it on.
  Status Tell(size_t to, const std::string& proof) {
    auto evidence = consensus::DecodeEvidence(charter().ledger_id(), AsBytes(proof));
    EXPECT_OK(evidence);
    return net_.at(to).OnConsensus(
        "m2", consensus::EncodeMessage(charter().ledger_id(),
                                       consensus::EvidenceMessage{*std::move(evidence)}));
  }
  // "E1 m3", ...: what member i's ledger says, in order.
  std::vector<std::string> Proven(size_t i) {
    std::vector<std::string> out;
    for (const std::string& bytes : net_.Entries(i)) {
      v1::Entry entry;
      EXPECT_TRUE(entry.ParseFromString(bytes));
      if (!entry.event().has_misbehaviour()) continue;
      const v1::Misbehaviour& m = entry.event().misbehaviour();
      out.push_back(m.kind() + " " + m.member());
    }
    return out;
  }
  bool AllProve(const std::vector<std::string>& what) {
    return net_.Eventually([&] {
      for (size_t i = 0; i < net_.size(); ++i) {
        if (net_.running(i) && Proven(i) != what) return false;
      }
      return true;
    });
  }
  // A record becomes final everywhere: whatever was under way before had its turn.
  void Settle() {
    ASSERT_TRUE(net_.Submit(1, {net_.accord().Report(1, "a", "event")})[0].final);
    ASSERT_TRUE(net_.AllHave(net_.SizeOf(1)));
  }

  Network net_;
  rules::ExecutedBlock genesis_;
  Accuser accuser_;
};

TEST_F(ProofTest, OneMemberLearnsOfItAndAllLedgersHaveItOnce) {
  net_.StartAll();
  const std::string proof = accuser_.Votes(EvidenceKind::kTwoNotarize, kGuilty, 9);
  ASSERT_OK(Tell(0, proof));
  ASSERT_TRUE(AllProve({"E1 m3"}));
  for (size_t i = 0; i < 2; ++i) ASSERT_OK(Tell(i, proof));
  Settle();
  EXPECT_TRUE(AllProve({"E1 m3"}));
}

TEST_F(ProofTest, AfterARestartItIsNotEnteredAgain) {
  net_.StartAll();
  ASSERT_OK(Tell(0, accuser_.Votes(EvidenceKind::kTwoFinalize, kGuilty, 9)));
  ASSERT_TRUE(AllProve({"E2 m3"}));
  net_.Stop(0);
  ASSERT_OK(net_.Start(0));
  Settle();
  EXPECT_TRUE(AllProve({"E2 m3"}));
}

// What was found while no block could be made is on disk, and gets its turn after a restart.
TEST_F(ProofTest, WhatIsFoundAloneIsEnteredWhenTheOthersAreBack) {
  ASSERT_OK(net_.Start(0));
  ASSERT_OK(Tell(0, accuser_.BadJustification(kGuilty)));
  ASSERT_TRUE(net_.Eventually([&] { return net_.at(0).GetStatus().core.evidence_count == 1; }));
  net_.Stop(0);
  net_.StartAll();
  EXPECT_TRUE(AllProve({"E5 m3"}));
}

TEST_F(ProofTest, ABadBlockIsProvenWhileItsParentIsTheTip) {
  net_.StartAll();
  rules::RawBlock bad;
  bad.header.parent = genesis_.tip.block;
  bad.header.height = 1;
  bad.header.records_digest = rules::RecordsDigest({}, {});
  ASSERT_OK(Tell(0, accuser_.BadBlock(kGuilty, bad)));
  ASSERT_TRUE(AllProve({"E6 m3"}));
  // Of another member, when genesis is the tip no more: no block can hold it.
  ASSERT_OK(Tell(0, accuser_.BadBlock(2, bad)));
  Settle();
  EXPECT_TRUE(AllProve({"E6 m3"}));
}

TEST_F(ProofTest, ForgedProofsLeaveNoTrace) {
  net_.StartAll();
  std::string forged = accuser_.Votes(EvidenceKind::kTwoNotarize, kGuilty, 9);
  forged.back() ^= 1;
  ASSERT_OK(Tell(0, forged));
  ASSERT_OK(Tell(0, accuser_.BadJustification(kGuilty, /*legal=*/true)));
  Settle();
  EXPECT_TRUE(AllProve({}));
  EXPECT_EQ(net_.at(0).GetStatus().core.evidence_count, 0U);
}

TEST_F(ProofTest, ACosignerWithTwoRootsIsProven) {
  net_.StartAll();
  Settle();
  const uint64_t size = net_.SizeOf(0);
  // Everyone has the guilty member's line at this size.
  ASSERT_TRUE(
      net_.Eventually([&] { return net_.at(0).GetStatus().peers[kGuilty].cosigned_size >= size; }));
  ASSERT_OK(net_.at(0).OnCheckpoint(
      "m2", accuser_.Note(kGuilty, size, Sha256(AsBytes("another history")))));
  EXPECT_TRUE(AllProve({"C1 m3"}));
  ASSERT_OK(
      net_.at(1).OnCheckpoint("m2", accuser_.Note(kGuilty, size, Sha256(AsBytes("and another")))));
  Settle();
  EXPECT_TRUE(AllProve({"C1 m3"}));
}

TEST_F(ProofTest, ACosignerThatGoesOnWithAnotherHistoryIsProven) {
  net_.StartAll();
  // Two records in one block: nobody cosigns the size between them.
  const auto outcomes =
      net_.Submit(0, {net_.accord().Report(0, "a", "one"), net_.accord().Report(0, "b", "two")});
  ASSERT_TRUE(outcomes[0].final && outcomes[1].final);
  ASSERT_TRUE(net_.AllHave(3));
  ASSERT_TRUE(
      net_.Eventually([&] { return net_.at(0).GetStatus().peers[kGuilty].cosigned_size >= 3; }));
  ASSERT_OK(
      net_.at(0).OnCheckpoint("m2", accuser_.Note(kGuilty, 2, Sha256(AsBytes("another history")))));
  EXPECT_TRUE(AllProve({"C2 m3"}));
}

TEST_F(ProofTest, TheRightRootIsNoProof) {
  net_.StartAll();
  Settle();
  const uint64_t size = net_.SizeOf(0);
  ASSERT_OK(net_.at(0).OnCheckpoint(
      "m2", accuser_.Note(kGuilty, size, net_.at(0).Latest()->tip.tree.Root())));
  ASSERT_OK(net_.at(0).OnCheckpoint("m2", accuser_.Note(kGuilty, 1, RootOf(net_.Entries(0), 1))));
  Settle();
  EXPECT_TRUE(AllProve({}));
}

}  // namespace
}  // namespace parley::testing
