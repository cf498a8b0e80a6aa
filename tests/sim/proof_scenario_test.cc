// Directed scenarios about proofs of misbehaviour: found, passed on, and never of anything honest.

#include "node/consensus/evidence.h"
#include "tests/sim/scenario_fixture.h"

namespace parley::sim {
namespace {

// B2: a block built around a view that was not nullified.
TEST_F(ScenarioTest, AnIllegalParentIsRefusedAndProven) {
  const size_t leader = FirstLeader(4);
  Make({.n = 4, .liars = {leader}});
  Liar* liar = cluster_->liar(leader);
  // It leads view 5 as well: skip views 1 to 4 without a single nullification.
  liar->ProposeOn(View{5}, nullptr, {"stolen"}, Everyone());
  RunFor(2'000);
  EXPECT_EQ(cluster_->oracle().violation(), "");
  EXPECT_EQ(cluster_->oracle().final_height(), 0u);
  for (Host* h : cluster_->honest_hosts()) {
    ASSERT_EQ(h->core()->evidence().size(), 1u);
    EXPECT_EQ(h->core()->evidence()[0].kind, EvidenceKind::kBadJustification);
  }
}

// E6: the vote is genuine and legal in itself; what it is for breaks a rule of the application.
TEST_F(ScenarioTest, ABlockThatBreaksARuleIsRefusedAndProven) {
  const size_t leader = FirstLeader(4);
  Make({.n = 4, .liars = {leader}});
  cluster_->liar(leader)->ProposeOn(View{1}, nullptr, {"twice", "twice"}, Everyone());
  cluster_->honest(leader == 0 ? 1 : 0)->Submit("good");
  RunFor(20'000);
  ExpectAgreed({"good"});
  for (Host* h : cluster_->honest_hosts()) {
    ASSERT_EQ(h->core()->evidence().size(), 1u);
    const Evidence& proof = h->core()->evidence()[0];
    EXPECT_EQ(proof.kind, EvidenceKind::kBadBlock);
    EXPECT_EQ(ToInt(proof.first.signer), leader);
  }
}

TEST_F(ScenarioTest, AVoteForAGoodBlockIsNoProof) {
  const size_t leader = FirstLeader(4);
  const size_t liar = leader == 3 ? 2 : 3;
  Make({.n = 4, .liars = {liar}});
  size_t accusations = 0;
  std::optional<Proposal> proposal;
  world().filter = [&](size_t from, size_t, const Message& m) {
    if (const auto* p = std::get_if<Proposal>(&m)) proposal = *p;
    if (const auto* e = std::get_if<EvidenceMessage>(&m)) {
      EXPECT_EQ(from, liar);
      EXPECT_EQ(e->evidence.kind, EvidenceKind::kBadBlock);
      ++accusations;
    }
    return false;
  };
  for (Host* h : cluster_->honest_hosts()) h->options().sync_max_ms = 0;
  world().network.delay_min_ms = world().network.delay_max_ms = 10;
  cluster_->honest(leader)->Submit("good");
  while (!proposal) RunFor(1);
  RunFor(15);  // it has arrived, no block is final yet
  for (int i = 0; i < 20; ++i) cluster_->liar(liar)->AccuseOfBlock(*proposal);
  RunFor(20'000);
  EXPECT_GT(accusations, 0u);
  for (Host* h : cluster_->honest_hosts()) EXPECT_TRUE(h->core()->evidence().empty());
  EXPECT_EQ(cluster_->oracle().violation(), "");
}

// Whoever lies to one member alone is proven to all.
TEST_F(ScenarioTest, AProofThatOneMemberIsToldOfReachesAll) {
  Make({.n = 4, .liars = {3}});
  ToySigner signer(3);
  const auto sign = [&](const Vote& vote) {
    return SignedVote{vote, MemberIndex{3}, signer.Sign(VoteBytes(LedgerId(), vote))};
  };
  Slot slot;
  slot.epoch = Epoch{1};
  slot.view = View{9};
  slot.height = Height{1};
  const auto proof = MakeEvidence(sign(NullifyVote(slot.epoch, slot.view)),
                                  sign(VoteFor(LedgerId(), VoteKind::kFinalize, slot)));
  ASSERT_TRUE(proof);
  cluster_->liar(3)->Tell({0}, EvidenceMessage{*proof});
  RunFor(1'000);
  for (Host* h : cluster_->honest_hosts()) {
    ASSERT_EQ(h->core()->evidence().size(), 1u);
    EXPECT_EQ(h->core()->evidence()[0].kind, EvidenceKind::kNullifyFinalize);
  }
}

}  // namespace
}  // namespace parley::sim
