#include "tools/parley/mgrs.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using testing::StatusIs;

struct Known {
  const char* name;
  LatLon at;
  const char* mgrs;
};

constexpr Known kKnown[] = {
#include "tests/cli/mgrs_vectors.inc"
};

// tests/cli/mgrs_vectors.py computed these, by numerical integration instead of series.
class MgrsTest : public ::testing::TestWithParam<Known> {};

TEST_P(MgrsTest, GivesTheKnownReference) { EXPECT_EQ(ToMgrs(GetParam().at), GetParam().mgrs); }

TEST_P(MgrsTest, ComesBackWithinAMetre) {
  ASSERT_OK_AND_ASSIGN(const LatLon back, FromMgrs(GetParam().mgrs));
  EXPECT_LT(std::abs(back.latitude_e7 - GetParam().at.latitude_e7), 100);
  EXPECT_LT(std::abs(back.longitude_e7 - GetParam().at.longitude_e7), 250);
}

INSTANTIATE_TEST_SUITE_P(Places, MgrsTest, ::testing::ValuesIn(kKnown),
                         [](const auto& c) { return c.param.name; });

TEST(FromMgrsTest, TakesBlanksLowerCaseAndCoarseSquares) {
  ASSERT_OK_AND_ASSIGN(const LatLon fine, FromMgrs("42SWC1234567890"));
  ASSERT_OK_AND_ASSIGN(const LatLon spaced, FromMgrs("42s wc 12345 67890"));
  EXPECT_EQ(fine.latitude_e7, spaced.latitude_e7);
  ASSERT_OK_AND_ASSIGN(const LatLon coarse, FromMgrs("42SWC16"));
  EXPECT_LT(std::abs(coarse.latitude_e7 - fine.latitude_e7), 1'000'000);
}

TEST(FromMgrsTest, RefusesWhatIsNoReference) {
  for (const char* text :
       {"", "42", "42S", "42SWC", "42SWC1", "42SWC123", "61SWC1234", "0SWC1234", "42IWC1234",
        "42SIC1234", "42SWI1234", "42SWC12a4", "42SAC1234", "42SWC123456789012", "42SWW1234"})
    EXPECT_THAT(FromMgrs(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
}

TEST(ToMgrsTest, IsEmptyNearThePoles) {
  EXPECT_EQ(ToMgrs({850'000'000, 0}), "");
  EXPECT_EQ(ToMgrs({-810'000'000, 0}), "");
}

}  // namespace
}  // namespace parley::cli
