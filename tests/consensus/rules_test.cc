// VoteGuard, tally, certificates, justifications and evidence, each rule from both sides.

#include <gtest/gtest.h>

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
using testing::FinalizeVote;
using testing::FirstSlot;
using ::testing::HasSubstr;
using testing::kEpoch;
using testing::NotarizeVote;
using testing::SignAs;

const Slot kA = FirstSlot(1, BlockOn(sim::ToyGenesis(), "a"), {});
const Slot kB = FirstSlot(1, BlockOn(sim::ToyGenesis(), "b"), {});
const Vote kNullify = NullifyVote(kEpoch, View{1});

class VoteGuardTest : public ::testing::Test {
 protected:
  bool Signs(const Vote& vote, uint64_t view = 1, uint64_t last_final = 0) {
    return guard_.Sign(vote, View{view}, View{last_final}).has_value();
  }
  sim::ToySigner signer_{0};
  VoteGuard guard_{LedgerId(), kEpoch, MemberIndex{0}, signer_};
};

TEST_F(VoteGuardTest, NotarizesOncePerView) {
  EXPECT_TRUE(Signs(NotarizeVote(kA)));
  EXPECT_FALSE(Signs(NotarizeVote(kB)));
  EXPECT_FALSE(Signs(NotarizeVote(kA)));
}
TEST_F(VoteGuardTest, NotarizesOnlyInTheCurrentView) { EXPECT_FALSE(Signs(NotarizeVote(kA), 2)); }
TEST_F(VoteGuardTest, MayNullifyAfterNotarize) {
  EXPECT_TRUE(Signs(NotarizeVote(kA)));
  EXPECT_TRUE(Signs(kNullify));
}
TEST_F(VoteGuardTest, NeverFinalizesAfterNullify) {
  EXPECT_TRUE(Signs(NotarizeVote(kA)));
  EXPECT_TRUE(Signs(kNullify));
  EXPECT_FALSE(Signs(FinalizeVote(kA), 2));
}
TEST_F(VoteGuardTest, NeverNullifiesAfterFinalize) {
  EXPECT_TRUE(Signs(FinalizeVote(kA)));
  EXPECT_FALSE(Signs(kNullify));
}
TEST_F(VoteGuardTest, FinalizesOnlyWhatItNotarized) {
  EXPECT_TRUE(Signs(NotarizeVote(kA)));
  EXPECT_FALSE(Signs(FinalizeVote(kB), 2));
  EXPECT_TRUE(Signs(FinalizeVote(kA), 2));
}
TEST_F(VoteGuardTest, RefusesFinalViewsAtTheBoundary) {
  EXPECT_FALSE(Signs(FinalizeVote(kA), 2, 1));
  EXPECT_TRUE(Signs(FinalizeVote(kA), 2, 0));
}
TEST_F(VoteGuardTest, RemembersWhatWasRestored) {
  ASSERT_OK(guard_.Restore(SignAs(0, kNullify)));
  EXPECT_FALSE(Signs(FinalizeVote(kA)));
  EXPECT_FALSE(Signs(NotarizeVote(kA)));
}
TEST_F(VoteGuardTest, RefusesALogThatContradictsItself) {
  ASSERT_OK(guard_.Restore(SignAs(0, NotarizeVote(kA))));
  ASSERT_OK(guard_.Restore(SignAs(0, NotarizeVote(kA))));  // the same again is fine
  EXPECT_THAT(guard_.Restore(SignAs(0, NotarizeVote(kB))),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("two different")));
  EXPECT_THAT(guard_.Restore(SignAs(0, FinalizeVote(kB))),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(guard_.Restore(SignAs(1, kNullify)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another member")));
}
TEST_F(VoteGuardTest, SignsNothingWhenDisabled) {
  guard_.Disable();
  EXPECT_FALSE(Signs(kNullify));
}

TEST(TallyTest, NeverOverwritesAndCountsAMemberOnce) {
  Tally tally(4);
  const SignedVote good = SignAs(2, kNullify);
  SignedVote garbage = good;
  garbage.signature = Signature();
  tally.Add(good);
  tally.Add(good);
  tally.Add(garbage);
  EXPECT_EQ(tally.Count(kNullify), 1u);
  EXPECT_EQ(*tally.Find(View{1}, VoteKind::kNullify, MemberIndex{2}), good);
  EXPECT_EQ(tally.MakeCertificate(kNullify).signers.size(), 1u);
}

class CertificateTest : public ::testing::Test {
 protected:
  Status Verify(const Certificate& c) { return VerifyCertificate(committee_, checker_, c); }
  Committee committee_ = testing::FourMembers();
  sim::ToyVerifier verifier_;
  SignatureChecker checker_{committee_, verifier_};
};

TEST_F(CertificateTest, AcceptsAQuorum) {
  EXPECT_OK(Verify(CertifiedBy({0, 1, 2}, kNullify)));
  EXPECT_OK(Verify(CertifiedBy({0, 1, 2, 3}, kNullify)));
}
TEST_F(CertificateTest, RefusesTooFew) {
  EXPECT_THAT(Verify(CertifiedBy({0, 3}, kNullify)), StatusIs(absl::StatusCode::kInvalidArgument));
}
TEST_F(CertificateTest, RefusesASignerCountedTwice) {
  EXPECT_THAT(Verify(CertifiedBy({0, 1, 1}, kNullify)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}
TEST_F(CertificateTest, RefusesAStranger) {
  EXPECT_THAT(Verify(CertifiedBy({0, 1, 4}, kNullify)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no member 4")));
}
TEST_F(CertificateTest, RefusesAnotherEpochsVotesWhateverTheirKeys) {
  const Vote later = NullifyVote(Epoch{2}, View{1});
  EXPECT_THAT(Verify(CertifiedBy({0, 1, 2}, later)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("want epoch 1")));
  EXPECT_FALSE(checker_.IsGenuine(SignAs(0, later)));
}
TEST_F(CertificateTest, RefusesOneAlteredField) {
  const Certificate good = CertifiedBy({0, 1, 2}, NotarizeVote(kA));
  for (int field = 0; field < 4; ++field) {
    Certificate bad = good;
    if (field == 0) bad.vote.view = View{2};
    if (field == 1) bad.vote.height = Height{2};
    if (field == 2) bad.vote.kind = VoteKind::kFinalize;
    if (field == 3) bad.signers[1].signature = bad.signers[0].signature;
    EXPECT_THAT(Verify(bad), StatusIs(absl::StatusCode::kUnauthenticated)) << field;
  }
}
TEST_F(CertificateTest, TheCacheVouchesOnlyForIdenticalBytes) {
  Tally tally(4);
  tally.Add(SignAs(1, NotarizeVote(kA)));
  CachingChecker cached(tally, checker_);
  EXPECT_TRUE(cached.IsGenuine(SignAs(1, NotarizeVote(kA))));
  SignedVote other = SignAs(1, NotarizeVote(kA));
  other.signature = Signature();
  EXPECT_FALSE(cached.IsGenuine(other));
  other = SignAs(1, NotarizeVote(kA));
  other.vote.block = BlockId();
  EXPECT_FALSE(cached.IsGenuine(other));
}

TEST_F(CertificateTest, ASkippedViewNeedsItsNullification) {
  const Block block = BlockOn(sim::ToyGenesis(), "a");
  Justification j;
  j.skips.push_back(CertifiedBy({0, 1, 2}, NullifyVote(kEpoch, View{1})));
  EXPECT_OK(CheckStructure(committee_, checker_, FirstSlot(2, block, j), j));
  Justification none;
  EXPECT_FALSE(CheckStructure(committee_, checker_, FirstSlot(2, block, none), none).ok());
  Justification wrong_view;
  wrong_view.skips.push_back(CertifiedBy({0, 1, 2}, NullifyVote(kEpoch, View{2})));
  EXPECT_FALSE(
      CheckStructure(committee_, checker_, FirstSlot(2, block, wrong_view), wrong_view).ok());
  Justification too_few;
  too_few.skips.push_back(CertifiedBy({0, 1}, NullifyVote(kEpoch, View{1})));
  EXPECT_FALSE(CheckStructure(committee_, checker_, FirstSlot(2, block, too_few), too_few).ok());
  EXPECT_FALSE(CheckStructure(committee_, checker_, FirstSlot(2, block, none), j).ok());
}

TEST_F(CertificateTest, AParentNeedsItsOwnCertificate) {
  const Block block = BlockOn(BlockOn(sim::ToyGenesis(), "a"), "b");
  const auto check = [&](const std::optional<Certificate>& parent) {
    Justification j;
    j.parent = parent;
    Slot slot = FirstSlot(2, block, j);
    slot.parent_view = View{1};
    slot.parent_slot = SlotIdOf(LedgerId(), kA);
    return CheckStructure(committee_, checker_, slot, j);
  };
  EXPECT_OK(check(CertifiedBy({0, 1, 2}, NotarizeVote(kA))));
  EXPECT_OK(check(CertifiedBy({0, 1, 2}, FinalizeVote(kA))));
  EXPECT_FALSE(check(std::nullopt).ok());
  EXPECT_FALSE(check(CertifiedBy({0, 1}, NotarizeVote(kA))).ok()) << "too few";
  EXPECT_FALSE(check(CertifiedBy({0, 1, 2}, NotarizeVote(kB))).ok()) << "another slot";
  EXPECT_FALSE(check(CertifiedBy({0, 1, 2}, kNullify)).ok()) << "a nullification";
  Certificate forged = CertifiedBy({0, 1, 2}, NotarizeVote(kA));
  forged.signers[2].signature = forged.signers[1].signature;
  EXPECT_THAT(check(forged), StatusIs(absl::StatusCode::kUnauthenticated));
}

class EvidenceTest : public CertificateTest {
 protected:
  Status Verify(const Evidence& e) { return VerifyEvidence(committee_, verifier_, e); }
};

TEST_F(EvidenceTest, EachPairOfForbiddenVotesIsProof) {
  const std::pair<Vote, Vote> forbidden[] = {{NotarizeVote(kA), NotarizeVote(kB)},
                                             {FinalizeVote(kA), FinalizeVote(kB)},
                                             {kNullify, FinalizeVote(kA)},
                                             {NotarizeVote(kA), FinalizeVote(kB)}};
  for (const auto& [a, b] : forbidden) {
    const auto proof = MakeEvidence(SignAs(2, a), SignAs(2, b));
    ASSERT_TRUE(proof);
    EXPECT_OK(Verify(*proof));
    const auto mirrored = MakeEvidence(SignAs(2, b), SignAs(2, a));
    ASSERT_TRUE(mirrored);
    EXPECT_EQ(EncodeEvidence(LedgerId(), *proof), EncodeEvidence(LedgerId(), *mirrored));
    Evidence swapped = *proof;
    std::swap(swapped.first, *swapped.second);
    EXPECT_FALSE(Verify(swapped).ok()) << "a proof has one form";
  }
}
TEST_F(EvidenceTest, LegalPairsAreNoProof) {
  EXPECT_FALSE(MakeEvidence(SignAs(2, NotarizeVote(kA)), SignAs(2, kNullify)));
  EXPECT_FALSE(MakeEvidence(SignAs(2, NotarizeVote(kA)), SignAs(2, FinalizeVote(kA))));
  EXPECT_FALSE(MakeEvidence(SignAs(2, kNullify), SignAs(2, kNullify)));
  EXPECT_FALSE(MakeEvidence(SignAs(2, NotarizeVote(kA)), SignAs(1, NotarizeVote(kB))));
  Vote later = FinalizeVote(kB);
  later.view = View{2};
  EXPECT_FALSE(MakeEvidence(SignAs(2, FinalizeVote(kA)), SignAs(2, later)));
}
TEST_F(EvidenceTest, AForgedAccusationIsRefused) {
  Evidence e = *MakeEvidence(SignAs(2, kNullify), SignAs(2, FinalizeVote(kA)));
  e.second->signature = SignAs(1, FinalizeVote(kA)).signature;
  EXPECT_THAT(Verify(e), StatusIs(absl::StatusCode::kUnauthenticated));
  Evidence same = e;
  same.kind = EvidenceKind::kTwoFinalize;
  same.first = *(same.second = SignAs(2, FinalizeVote(kA)));
  EXPECT_THAT(Verify(same), StatusIs(absl::StatusCode::kInvalidArgument));
}
TEST_F(EvidenceTest, ABadJustificationIsProofAndAGoodOneIsNot) {
  const Block block = BlockOn(sim::ToyGenesis(), "a");
  Evidence e;
  e.kind = EvidenceKind::kBadJustification;
  e.justification = Justification();
  e.slot = FirstSlot(2, block, {});
  e.first = SignAs(3, NotarizeVote(*e.slot));
  EXPECT_OK(Verify(e));
  Evidence good = e;
  good.slot = FirstSlot(1, block, {});
  good.first = SignAs(3, NotarizeVote(*good.slot));
  EXPECT_THAT(Verify(good), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no rule")));
  // Another justification beside an honest slot proves nothing.
  Evidence planted = good;
  planted.justification->skips.push_back(CertifiedBy({0}, kNullify));
  EXPECT_THAT(Verify(planted), StatusIs(absl::StatusCode::kInvalidArgument));
}
TEST_F(EvidenceTest, TheBookKeepsOnePerRuleAndView) {
  EvidenceBook book;
  const Evidence e = *MakeEvidence(SignAs(2, kNullify), SignAs(2, FinalizeVote(kA)));
  EXPECT_TRUE(book.Add(LedgerId(), e));
  EXPECT_FALSE(book.Add(LedgerId(), e));
  EXPECT_EQ(book.all().size(), 1u);
}

TEST(CommitteeTest, QuorumsAndLeaders) {
  const size_t quorum[] = {1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11};
  for (size_t n = 1; n <= 15; ++n) {
    EXPECT_EQ(Quorum(n), quorum[n - 1]) << n;
    ASSERT_OK_AND_ASSIGN(const Committee c, Committee::Create(LedgerId(), kEpoch, sim::ToyKeys(n),
                                                              BlockId(), Height{0}));
    std::set<MemberIndex> leaders;
    for (uint64_t v = 1; v <= n; ++v) leaders.insert(c.Leader(View{v}));
    EXPECT_EQ(leaders.size(), n) << "everyone leads in turn";
  }
  EXPECT_FALSE(Committee::Create(LedgerId(), kEpoch, sim::ToyKeys(16), BlockId(), Height{0}).ok());
  EXPECT_FALSE(Committee::Create(LedgerId(), kEpoch, {}, BlockId(), Height{0}).ok());
  EXPECT_FALSE(
      Committee::Create(LedgerId(), kEpoch, {sim::ToyKey(1), sim::ToyKey(1)}, BlockId(), Height{0})
          .ok());
}

// Whoever ends epochs must not find the same first leader each time, and nobody may choose the
// order: it is of the epoch's number and the view alone, whatever block an epoch begins from.
TEST(CommitteeTest, TheFirstLeaderMovesOnWithTheEpoch) {
  std::set<MemberIndex> first;
  for (uint64_t e = 1; e <= 4; ++e) {
    const auto with = [&](std::string_view block) {
      return Committee::Create(LedgerId(), Epoch{e}, sim::ToyKeys(4),
                               Sha256<BlockId>(AsBytes(block)), Height{e})
          ->Leader(View{1});
    };
    EXPECT_EQ(with("one seal"), with("another"));
    first.insert(with("one seal"));
  }
  EXPECT_EQ(first.size(), 4U);
}

}  // namespace
}  // namespace parley::consensus
