// What a node says about its catching up: the meter by itself, with times made up.

#include "node/replica/catch_up.h"

#include <gtest/gtest.h>

namespace parley::replica {
namespace {

using News = CatchUpMeter::News;

class CatchUpMeterTest : public ::testing::Test {
 protected:
  News At(uint64_t ms, uint64_t height, uint64_t certified, bool behind = true) {
    consensus::CoreStatus core;
    core.tip_height = consensus::Height{height};
    core.certified_height = consensus::Height{certified};
    core.behind = behind;
    return meter_.Update(core, 10 * height, "basalt", SteadyMs{ms});
  }
  CatchUpMeter meter_;
};

TEST_F(CatchUpMeterTest, ABlockUnderWayIsNoNews) {
  EXPECT_EQ(At(1'000, 5, 5, false), News::kNone);
  for (uint64_t ms = 2'000; ms < 20'000; ms += 1'000) {
    EXPECT_EQ(At(ms, 5, 6), News::kNone);
    EXPECT_EQ(At(ms + 500, 6, 6, false), News::kNone);
    EXPECT_FALSE(meter_.progress().has_value());
  }
}

TEST_F(CatchUpMeterTest, OneMissingForLongIs) {
  EXPECT_EQ(At(1'000, 5, 6), News::kNone);
  EXPECT_EQ(At(3'000, 5, 6), News::kBegun);
  EXPECT_EQ(At(3'100, 6, 6, false), News::kDone);
}

TEST_F(CatchUpMeterTest, SaysWhereItIsAndHowFastItGoes) {
  EXPECT_EQ(At(10'000, 100, 1'100), News::kBegun);
  ASSERT_TRUE(meter_.progress().has_value());
  EXPECT_EQ(meter_.progress()->seconds_left, 0U) << "nothing is known yet";
  At(11'000, 200, 1'100);
  const CatchUp c = *meter_.progress();
  EXPECT_EQ(c.height, 200U);
  EXPECT_EQ(c.certified_height, 1'100U);
  EXPECT_EQ(c.blocks_left, 900U);
  EXPECT_EQ(c.blocks_done, 100U);
  EXPECT_EQ(c.entries_done, 1'000U);
  EXPECT_EQ(c.elapsed_ms, 1'000U);
  EXPECT_EQ(c.seconds_left, 9U);
  EXPECT_EQ(c.from, "basalt");
}

TEST_F(CatchUpMeterTest, ThePaceIsThatOfTheLastSeconds) {
  At(0, 0, 10'000);
  for (uint64_t s = 1; s <= 60; ++s) At(s * 1'000, 0, 10'000);  // somebody stalls
  for (uint64_t s = 61; s <= 90; ++s) At(s * 1'000, (s - 60) * 100, 10'000);
  EXPECT_EQ(meter_.progress()->seconds_left, 70U);
}

TEST_F(CatchUpMeterTest, ALineEveryFewSecondsAndOneAtTheEnd) {
  EXPECT_EQ(At(0, 0, 1'000), News::kBegun);
  int lines = 0;
  uint64_t ms = 0;
  for (uint64_t height = 1; height < 1'000; ++height) {
    ms += 20;
    lines += At(ms, height, 1'000) == News::kGoesOn;
  }
  EXPECT_EQ(lines, 3);  // 20 s
  EXPECT_EQ(At(ms + 20, 1'000, 1'000, false), News::kDone);
  EXPECT_EQ(meter_.figures().entries_done, 10'000U);
  EXPECT_FALSE(meter_.progress().has_value());
  EXPECT_EQ(At(ms + 40, 1'000, 1'000, false), News::kNone);
}

}  // namespace
}  // namespace parley::replica
