// Ranges of views that are given up as a whole: which there are, what a member may sign beside one,
// what one proves, and justifications that use them.

#include "node/consensus/ranges.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "node/consensus/certificate_store.h"
#include "node/consensus/evidence.h"
#include "node/consensus/tally.h"
#include "node/consensus/vote_guard.h"
#include "tests/consensus/values.h"
#include "tests/support/status_matchers.h"

namespace parley::consensus {
namespace {

using parley::testing::StatusIs;
using testing::BlockOn;
using testing::CertifiedBy;
using testing::FirstSlot;
using testing::kEpoch;
using testing::SignAs;

Vote RangeVote(uint64_t first, uint64_t last) {
  return NullifyRangeVote(kEpoch, {View{first}, View{last}});
}
Vote SingleVote(uint64_t view) { return NullifyVote(kEpoch, View{view}); }
Vote FinalizeIn(uint64_t view) {
  return testing::FinalizeVote(FirstSlot(view, BlockOn(sim::ToyGenesis(), "a"), {}));
}

TEST(RangesTest, AreAlignedAndNested) {
  EXPECT_TRUE(RangesOver(View{3}).empty());
  const std::vector<ViewRange> over_21 = {{View{20}, View{23}}, {View{16}, View{31}}};
  EXPECT_EQ(RangesOver(View{21}), over_21);
  EXPECT_TRUE(IsRange({View{4}, View{7}}));
  EXPECT_TRUE(IsRange({View{64}, View{127}}));
  for (const ViewRange& no :
       {ViewRange{View{0}, View{3}}, ViewRange{View{5}, View{8}}, ViewRange{View{4}, View{4}},
        ViewRange{View{8}, View{15}}, ViewRange{View{7}, View{4}}, ViewRange{View{4}, View{11}}})
    EXPECT_FALSE(IsRange(no)) << ToInt(no.first) << " to " << ToInt(no.last);
  for (const ViewRange& r : RangesOver(View{UINT64_MAX})) EXPECT_LE(r.first, r.last);
}

TEST(RangesTest, OnlyARangeIsAWellFormedVote) {
  EXPECT_TRUE(IsWellFormed(RangeVote(4, 7)));
  EXPECT_FALSE(IsWellFormed(RangeVote(4, 8)));
  EXPECT_FALSE(IsWellFormed(RangeVote(0, 3)));
  Vote with_height = RangeVote(4, 7);
  with_height.height = Height{1};
  EXPECT_FALSE(IsWellFormed(with_height));
  Vote single = SingleVote(7);
  single.first = View{4};
  EXPECT_FALSE(IsWellFormed(single));
}

class RangeGuardTest : public ::testing::Test {
 protected:
  bool Signs(const Vote& vote, uint64_t view, uint64_t last_final = 0) {
    return guard_.Sign(vote, View{view}, View{last_final}).has_value();
  }
  sim::ToySigner signer_{0};
  VoteGuard guard_{LedgerId(), kEpoch, MemberIndex{0}, signer_};
};

TEST_F(RangeGuardTest, ARangeIsSignedOnceAndBehindTheCurrentView) {
  EXPECT_FALSE(Signs(RangeVote(4, 7), 7));
  EXPECT_TRUE(Signs(RangeVote(4, 7), 8));
  EXPECT_FALSE(Signs(RangeVote(4, 7), 9));
  EXPECT_TRUE(guard_.Knows(RangeVote(4, 7)));
  EXPECT_FALSE(guard_.Knows(RangeVote(8, 11)));
}
TEST_F(RangeGuardTest, NoRangeReachesIntoWhatIsFinal) {
  EXPECT_FALSE(Signs(RangeVote(4, 7), 9, 4));
  EXPECT_TRUE(Signs(RangeVote(4, 7), 9, 3));
}
TEST_F(RangeGuardTest, NothingIsFinalizedInARangeGivenUp) {
  EXPECT_TRUE(Signs(RangeVote(16, 31), 40));
  for (const uint64_t v : {16u, 20u, 31u}) EXPECT_FALSE(Signs(FinalizeIn(v), 40)) << v;
  EXPECT_TRUE(Signs(FinalizeIn(15), 40));
  EXPECT_TRUE(Signs(FinalizeIn(32), 40));
}
TEST_F(RangeGuardTest, NoRangeIsGivenUpOverAFinalizeVote) {
  EXPECT_TRUE(Signs(FinalizeIn(18), 40));
  EXPECT_FALSE(Signs(RangeVote(16, 19), 40));
  EXPECT_FALSE(Signs(RangeVote(16, 31), 40));
  EXPECT_TRUE(Signs(RangeVote(20, 23), 40));
}
TEST_F(RangeGuardTest, ARestartKeepsItAndRefusesContradictions) {
  ASSERT_OK(guard_.Restore(SignAs(0, RangeVote(16, 31))));
  EXPECT_FALSE(Signs(FinalizeIn(20), 40));
  EXPECT_THAT(guard_.Restore(SignAs(0, FinalizeIn(20))),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK(guard_.Restore(SignAs(0, FinalizeIn(33))));
  EXPECT_THAT(guard_.Restore(SignAs(0, RangeVote(32, 35))),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  guard_.Prune(View{31});
  EXPECT_TRUE(guard_.ranges().empty());
}

TEST(RangeStoreTest, CoversItsViewsAndFindsTheFurthestWay) {
  CertificateStore store;
  for (const uint64_t v : {1u, 2u, 3u, 5u}) store.Add(CertifiedBy({0, 1, 2}, SingleVote(v)));
  EXPECT_EQ(store.FirstGap(View{1}, View{40}), View{4});
  store.Add(CertifiedBy({0, 1, 2}, RangeVote(4, 7)));
  store.Add(CertifiedBy({0, 1, 2}, RangeVote(16, 31)));
  EXPECT_EQ(store.FirstGap(View{1}, View{40}), View{8});
  EXPECT_EQ(store.FirstGap(View{17}, View{40}), View{32});
  EXPECT_EQ(store.FurthestSkip(View{5}, View{40})->vote.view, View{7});
  EXPECT_EQ(store.FurthestSkip(View{5}, View{6})->vote.view, View{5});
  EXPECT_EQ(store.FurthestSkip(View{6}, View{6}), nullptr);
  EXPECT_TRUE(store.IsGivenUp({View{4}, View{7}}));
  EXPECT_FALSE(store.IsGivenUp({View{4}, View{15}}));
  // A view that is notarized too is given up as well, a final one never.
  store.Add(CertifiedBy({0, 1, 2},
                        testing::NotarizeVote(FirstSlot(6, BlockOn(sim::ToyGenesis(), "a"), {}))));
  EXPECT_TRUE(store.IsGivenUp({View{4}, View{7}}));
  EXPECT_EQ(store.NewestVotedIn(View{4}, View{7}), View{6});
  store.Add(CertifiedBy({0, 1, 2},
                        testing::FinalizeVote(FirstSlot(6, BlockOn(sim::ToyGenesis(), "a"), {}))));
  EXPECT_FALSE(store.IsGivenUp({View{4}, View{7}}));
  store.Prune(View{8});
  EXPECT_EQ(store.nullification(View{7}), nullptr);
  EXPECT_NE(store.nullification(View{20}), nullptr);
}

class RangeStructureTest : public ::testing::Test {
 protected:
  Status Check(uint64_t view, const std::vector<Certificate>& skips) {
    Justification j;
    j.skips = skips;
    return CheckStructure(committee_, checker_, FirstSlot(view, BlockOn(sim::ToyGenesis(), "a"), j),
                          j);
  }
  static Certificate By3(const Vote& vote) { return CertifiedBy({0, 1, 2}, vote); }

  Committee committee_ = testing::FourMembers();
  sim::ToyVerifier verifier_;
  SignatureChecker checker_{committee_, verifier_};
};

TEST_F(RangeStructureTest, SinglesAndRangesTogetherLeaveOutNoView) {
  const Certificate one = By3(SingleVote(1)), two = By3(SingleVote(2)), three = By3(SingleVote(3));
  const Certificate range = By3(RangeVote(4, 7));
  EXPECT_OK(Check(8, {one, two, three, range}));
  EXPECT_OK(Check(9, {one, two, three, range, By3(SingleVote(8))}));
  EXPECT_FALSE(Check(8, {one, two, three}).ok()) << "four views are missing";
  EXPECT_FALSE(Check(9, {one, two, three, range}).ok()) << "the last one is missing";
  EXPECT_FALSE(Check(8, {one, three, range}).ok()) << "a hole";
  EXPECT_FALSE(Check(7, {one, two, three, range}).ok()) << "its own view is given up";
  EXPECT_FALSE(Check(8, {one, two, three, three, range}).ok()) << "one that leads no further";
  EXPECT_FALSE(Check(8, {one, two, three, CertifiedBy({0, 1}, RangeVote(4, 7))}).ok());
  Certificate forged = range;
  forged.signers[1].signature = forged.signers[0].signature;
  EXPECT_THAT(Check(8, {one, two, three, forged}), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(RangeStructureTest, ARangeMayBeginBeforeTheParent) {
  const Block block = BlockOn(BlockOn(sim::ToyGenesis(), "a"), "b");
  const Slot parent = FirstSlot(5, BlockOn(sim::ToyGenesis(), "a"), {});
  Justification j;
  j.parent = By3(testing::NotarizeVote(parent));
  j.skips = {By3(RangeVote(4, 7))};
  Slot slot = FirstSlot(8, block, j);
  slot.parent_view = View{5};
  slot.parent_slot = SlotIdOf(LedgerId(), parent);
  EXPECT_OK(CheckStructure(committee_, checker_, slot, j));
}

TEST_F(RangeStructureTest, AJustificationHasRoomForSoManyAndNoMore) {
  std::vector<Certificate> skips;
  for (uint64_t v = 1; v <= limits::kSkipsMax; ++v) skips.push_back(By3(SingleVote(v)));
  EXPECT_OK(Check(limits::kSkipsMax + 1, skips));
  skips.push_back(By3(SingleVote(limits::kSkipsMax + 1)));
  EXPECT_THAT(Check(limits::kSkipsMax + 2, skips), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(RangeStructureTest, FinalizingInARangeGivenUpIsProof) {
  for (const uint64_t v : {16u, 20u, 31u}) {
    const auto proof = MakeEvidence(SignAs(2, FinalizeIn(v)), SignAs(2, RangeVote(16, 31)));
    ASSERT_TRUE(proof) << v;
    EXPECT_EQ(proof->kind, EvidenceKind::kNullifyFinalize);
    EXPECT_OK(VerifyEvidence(committee_, verifier_, *proof));
    ASSERT_OK_AND_ASSIGN(const Evidence back,
                         DecodeEvidence(LedgerId(), AsBytes(EncodeEvidence(LedgerId(), *proof))));
    EXPECT_OK(VerifyEvidence(committee_, verifier_, back));
    Evidence swapped = *proof;
    std::swap(swapped.first, *swapped.second);
    EXPECT_FALSE(VerifyEvidence(committee_, verifier_, swapped).ok());
  }
  for (const uint64_t v : {15u, 32u})
    EXPECT_FALSE(MakeEvidence(SignAs(2, FinalizeIn(v)), SignAs(2, RangeVote(16, 31)))) << v;
  EXPECT_FALSE(MakeEvidence(SignAs(2, RangeVote(16, 31)), SignAs(2, RangeVote(16, 19))));
  EXPECT_FALSE(MakeEvidence(SignAs(2, RangeVote(16, 31)), SignAs(2, SingleVote(20))));
  EXPECT_FALSE(MakeEvidence(SignAs(2, RangeVote(16, 31)), SignAs(1, FinalizeIn(20))));
}

TEST(RangeTallyTest, FindsWhatMayContradict) {
  Tally tally(4);
  tally.Add(SignAs(2, RangeVote(16, 31)));
  tally.Add(SignAs(2, FinalizeIn(40)));
  tally.Add(SignAs(1, FinalizeIn(20)));
  EXPECT_EQ(tally.Beside(SignAs(2, FinalizeIn(20))).size(), 1u);
  EXPECT_EQ(tally.Beside(SignAs(2, FinalizeIn(32))).size(), 0u);
  EXPECT_EQ(tally.Beside(SignAs(1, RangeVote(16, 31))).size(), 1u);
  EXPECT_EQ(tally.Beside(SignAs(1, RangeVote(16, 19))).size(), 0u);
  EXPECT_EQ(tally.Count(RangeVote(16, 31)), 1u);
  EXPECT_EQ(tally.Count(RangeVote(28, 31)), 0u) << "another range with the same end";
}

}  // namespace
}  // namespace parley::consensus
