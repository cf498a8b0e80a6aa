// What long disagreement leaves behind, against one core whose peers are played by the test: the
// three ways in which tests/model/recovery.pml found that members could get stuck.

#include <gtest/gtest.h>

#include "base/limits.h"
#include "node/consensus/core.h"
#include "node/consensus/ranges.h"
#include "tests/consensus/values.h"
#include "tests/support/status_matchers.h"

namespace parley::consensus {
namespace {

using testing::BlockOn;
using testing::CertifiedBy;
using testing::FirstSlot;
using testing::SignAs;

class RecoveryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.members = sim::ToyKeys(4);
    config_.self = MemberIndex{0};
    config_.first_block = sim::ToyGenesis();
    config_.voting_enabled = true;
    config_.ask_before_voting = false;
    app_.SetNow(TimeMs{1});
    app_.Submit("mine");
    Restored nothing;
    nothing.tip = config_.first_block;
    core_ = std::move(*Core::Create(config_, app_, signer_, verifier_, std::move(nothing)));
    Step(event::Tick{});
  }

  void Step(const Event& event) {
    now_ += 5;
    Effects effects = core_->Step(event, SteadyMs{now_});
    for (const Send& s : effects.sends) sent_.push_back(s.message);
    for (const Send& s : effects.sends) {
      if (const auto* p = std::get_if<Proposal>(&s.message)) proposal_ = *p;
      const auto* v = std::get_if<SignedVote>(&s.message);
      if (v != nullptr && v->vote.kind == VoteKind::kNullifyRange && v->signer == config_.self)
        ranges_.insert({v->vote.first, v->vote.view});
    }
  }
  template <typename M>
  void Hear(size_t from, const M& message) {
    Step(event::Received{static_cast<MemberIndex>(from), message});
  }
  // Everybody gives the view up, this core because its time is over.
  void NullifyView(uint64_t view) {
    now_ += 70'000;
    Step(event::Tick{});
    for (const size_t m : {1u, 2u, 3u}) Hear(m, SignAs(m, NullifyVote(kEpoch, View{view})));
  }
  template <typename M>
  std::vector<M> Sent() const {
    std::vector<M> out;
    for (const Message& m : sent_) {
      if (const auto* one = std::get_if<M>(&m)) out.push_back(*one);
    }
    return out;
  }
  Vote RangeVote(uint64_t first, uint64_t last) const {
    return NullifyRangeVote(kEpoch, {View{first}, View{last}});
  }

  static constexpr Epoch kEpoch{1};
  CoreConfig config_;
  sim::ToyApp app_;
  sim::ToySigner signer_{0};
  sim::ToyVerifier verifier_;
  std::unique_ptr<Core> core_;
  uint64_t now_ = 1'000'000;
  std::vector<Message> sent_;
  std::optional<Proposal> proposal_;  // its last own one
  std::set<ViewRange> ranges_;        // that it has signed
};

// One honest member dislikes all blocks, say because of its clock; two vote for each, the view is
// nullified and the block dropped. Then the liar shows the third vote: the view is notarized, and
// its block nowhere. However many such views there are, they are given up as ranges.
TEST_F(RecoveryTest, LateNotarizationsKeepNobodyFromGivingRangesUp) {
  constexpr uint64_t kViews = 260;
  const Committee committee = testing::FourMembers();
  for (uint64_t v = 1; v <= kViews; ++v) {
    Step(event::Tick{});
    NullifyView(v);
    if (committee.Leader(View{v}) == config_.self && proposal_ && proposal_->slot.view == View{v}) {
      for (const size_t m : {2u, 3u}) Hear(m, SignAs(m, testing::NotarizeVote(proposal_->slot)));
    }
    for (const ViewRange& range : std::exchange(ranges_, {})) {
      for (const size_t m : {1u, 2u}) Hear(m, SignAs(m, NullifyRangeVote(kEpoch, range)));
    }
  }
  ASSERT_TRUE(proposal_);
  EXPECT_GE(ToInt(proposal_->slot.view), kViews - 4);
  EXPECT_LE(proposal_->justification.skips.size(), 30U);
}

TEST_F(RecoveryTest, ANotarizationWithoutItsSlotIsNoWayOn) {
  const Slot nowhere = FirstSlot(1, BlockOn(sim::ToyGenesis(), "a"), {});
  Hear(1, CertifiedBy({1, 2, 3}, testing::NotarizeVote(nowhere)));
  for (uint64_t v = 2; v <= 5; ++v) NullifyView(v);
  sent_.clear();
  Step(event::Connected{MemberIndex{1}});
  const auto said = Sent<StatusMessage>();
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.back().view, View{1});
  Hear(1, CertifiedBy({1, 2, 3}, NullifyVote(kEpoch, View{1})));
  sent_.clear();
  Step(event::Connected{MemberIndex{2}});
  ASSERT_FALSE(Sent<StatusMessage>().empty());
  EXPECT_EQ(Sent<StatusMessage>().back().view, View{6});
}

TEST_F(RecoveryTest, ARangeVoteIsAnsweredWithTheCertificate) {
  for (uint64_t v = 1; v <= 9; ++v) NullifyView(v);
  ASSERT_TRUE(ranges_.contains({View{4}, View{7}}));
  for (const size_t m : {1u, 2u}) Hear(m, SignAs(m, RangeVote(4, 7)));
  sent_.clear();
  Hear(3, SignAs(3, RangeVote(4, 7)));
  const auto said = Sent<Certificate>();
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.back().vote, RangeVote(4, 7));
  // Not where there is none.
  sent_.clear();
  Hear(3, SignAs(3, RangeVote(16, 19)));
  EXPECT_TRUE(Sent<Certificate>().empty());
}

// Wide ranges that can never be certified do not crowd out narrow ones.
TEST_F(RecoveryTest, AllOpenRangesAreRepeatedInTheirTurn) {
  for (uint64_t v = 1; v <= 150; ++v) NullifyView(v);
  const std::set<ViewRange> open = ranges_;
  ASSERT_GT(open.size(), limits::kStandstillRanges);
  ranges_.clear();
  for (int i = 0; i < 20; ++i) {
    now_ += 5'000;
    Step(event::Tick{});
  }
  EXPECT_EQ(ranges_, open);
}

// A view that is known by a wide range alone, and has a notarized view in it, is told of in one
// step.
TEST_F(RecoveryTest, WhoLacksAStretchIsToldOfTheWholeRange) {
  for (uint64_t v = 1; v <= 66; ++v) NullifyView(v);
  for (const uint64_t first : {4u, 8u, 12u}) {
    for (const size_t m : {1u, 2u}) Hear(m, SignAs(m, RangeVote(first, first + 3)));
  }
  for (const size_t m : {1u, 2u}) Hear(m, SignAs(m, RangeVote(16, 31)));
  const Slot slot = FirstSlot(20, BlockOn(sim::ToyGenesis(), "a"), {});
  Hear(1, CertifiedBy({1, 2, 3}, testing::NotarizeVote(slot)));
  sent_.clear();
  StatusMessage behind;
  behind.epoch = kEpoch;
  behind.view = View{16};
  Hear(2, behind);
  bool range = false, notarization = false, later = false;
  for (const Certificate& c : Sent<Certificate>()) {
    range |= c.vote == RangeVote(16, 31);
    notarization |= c.vote == testing::NotarizeVote(slot);
    later |= c.vote.view == View{32};
  }
  EXPECT_TRUE(range);
  EXPECT_TRUE(notarization);
  EXPECT_TRUE(later);
}

}  // namespace
}  // namespace parley::consensus
