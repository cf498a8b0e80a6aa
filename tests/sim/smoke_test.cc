// The simulator's simplest run: honest members on a good network.

#include <gtest/gtest.h>

#include "tests/sim/cluster.h"

namespace parley::sim {
namespace {

class HonestClusterTest : public ::testing::TestWithParam<size_t> {};

TEST_P(HonestClusterTest, AgreesOnEveryRecord) {
  Cluster cluster({.seed = 7, .n = GetParam()});
  cluster.StartAll();
  std::set<std::string> records;
  for (int i = 0; i < 20; ++i) {
    const std::string record = fmt::format("r{}", i);
    records.insert(record);
    cluster.honest(static_cast<size_t>(i) % GetParam())->Submit(record);
    cluster.world().RunUntil(static_cast<uint64_t>(i + 1) * 100);
  }
  cluster.world().RunUntil(5'000);
  EXPECT_EQ(cluster.oracle().violation(), "");
  EXPECT_TRUE(cluster.AllFinal(records));
  EXPECT_TRUE(cluster.LedgersEqual());
}

INSTANTIATE_TEST_SUITE_P(Sizes, HonestClusterTest, ::testing::Values(1, 2, 3, 4, 5, 7, 10, 15));

}  // namespace
}  // namespace parley::sim
