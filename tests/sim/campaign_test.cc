// Random runs. SIM_SEED=n replays one, SIM_RUNS=n sets how many, SIM_TRACE=1 prints what happens.

#include "tests/sim/campaign.h"

#include <gtest/gtest.h>

namespace parley::sim {
namespace {

TEST(CampaignTest, SafeUnderFaultsAndLiveAfterHealing) {
  const Seeds seeds = SeedsFromEnvironment(1'500);
  Outcome sum;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const Outcome o = RunSeed(seed);
    ASSERT_EQ(o.violation, "") << "replay: SIM_SEED=" << seed;
    sum.blocks += o.blocks;
    sum.epochs += o.epochs;
    sum.messages += o.messages;
    sum.evidence += o.evidence;
  }
  std::printf("%llu runs: %zu blocks in %llu epochs, %llu messages, evidence seen %zu times\n",
              static_cast<unsigned long long>(seeds.count), sum.blocks,
              static_cast<unsigned long long>(sum.epochs),
              static_cast<unsigned long long>(sum.messages), sum.evidence);
}

TEST(CampaignTest, OneSeedGivesOneHistory) {
  for (const uint64_t seed : {3U, 42U, 77U})
    EXPECT_EQ(RunSeed(seed).history, RunSeed(seed).history);
}

TEST(CampaignTest, DifferentSeedsGiveDifferentHistories) {
  EXPECT_NE(RunSeed(42).history, RunSeed(43).history);
}

TEST(RestoredCopyTest, NeverVotesTwiceWhileThoseWhoHeardItAreThere) {
  const Seeds seeds = SeedsFromEnvironment(200);
  size_t forgot = 0, came_back = 0;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const RestoreOutcome o = RunRestoredCopy(seed);
    ASSERT_EQ(o.violation, "") << "replay: SIM_SEED=" << seed;
    forgot += o.forgets;
    came_back += o.votes;
  }
  if (seeds.count > 1) {
    EXPECT_GT(forgot, seeds.count / 2) << "nothing was forgotten, so nothing was tested";
    EXPECT_GT(came_back, seeds.count / 10) << "asking must not end every key";
  }
  std::printf("%zu forgot votes, %zu vote again\n", forgot, came_back);
}

TEST(ForkCampaignTest, EveryForkNamesEnoughOfTheGuiltyAndNobodyElse) {
  const Seeds seeds = SeedsFromEnvironment(100);
  size_t forks = 0;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const ForkOutcome o = RunFork(seed);
    ASSERT_EQ(o.violation, "") << "replay: SIM_SEED=" << seed;
    for (const size_t m : o.culprits)
      ASSERT_TRUE(o.twins.contains(m)) << "honest machine accused; replay: SIM_SEED=" << seed;
    if (!o.forked) continue;
    ++forks;
    ASSERT_GE(o.culprits.size(), o.needed) << "replay: SIM_SEED=" << seed;
  }
  if (seeds.count > 1) {
    EXPECT_GT(forks, seeds.count / 10) << "the adversary is too tame to test anything";
  }
  std::printf("%zu forks\n", forks);
}

}  // namespace
}  // namespace parley::sim
