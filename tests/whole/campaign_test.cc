// Whole accords under adversaries and bad days. A failing seed is repeated by
// `whole_runner SEED 1 v`, with SIM_TRACE=1 for its story.

#include "tests/whole/campaign.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace parley::whole {
namespace {

TEST(WholeAccordTest, KeepsItsPromises) {
  const char* const runs = std::getenv("SIM_RUNS");
  const uint64_t count = runs == nullptr ? 12 : std::max(1UL, std::strtoul(runs, nullptr, 10) / 20);
  for (uint64_t seed = 1; seed <= count; ++seed) {
    const Outcome o = RunPlan(DrawPlan(seed));
    EXPECT_EQ(o.violation, "") << "seed " << seed;
    // The counters are where they should be (effort.h).
    EXPECT_GT(o.effort.executions, 0U);
    EXPECT_GT(o.effort.verified, 0U);
    EXPECT_GT(o.effort.hashes, 0U);
    EXPECT_GT(o.effort.written_bytes, 0U);
  }
}

TEST(WholeAccordTest, ASeedIsOneHistory) {
  EXPECT_EQ(RunPlan(DrawPlan(3)).digest, RunPlan(DrawPlan(3)).digest);
}

}  // namespace
}  // namespace parley::whole
