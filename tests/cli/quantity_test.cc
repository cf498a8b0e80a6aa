#include "tools/parley/quantity.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using absl::StatusCode;
using testing::StatusIs;

TEST(ParseDurationTest, ReadsUnitsAndFallingSums) {
  for (const auto& [text, ms] : {std::pair<const char*, int64_t>{"90s", 90'000},
                                 {"10m", 600'000},
                                 {"48h", 172'800'000},
                                 {"7d", 604'800'000},
                                 {"500ms", 500},
                                 {"1h30m", 5'400'000}}) {
    ASSERT_OK_AND_ASSIGN(const auto duration, ParseDuration(text));
    EXPECT_EQ(duration.count(), ms) << text;
  }
}

TEST(ParseDurationTest, RefusesEverythingElse) {
  for (const char* text : {"", "5", "h", "0s", "-5s", "1.5h", "30m1h", "1h1h", "5 s", "5x", "1h ",
                           "4000d", "9999999999999s"})
    EXPECT_THAT(ParseDuration(text), StatusIs(StatusCode::kInvalidArgument)) << text;
}

TEST(FormatDurationTest, IsTheShortestSpelling) {
  EXPECT_EQ(FormatDuration(std::chrono::hours(48)), "2d");
  EXPECT_EQ(FormatDuration(std::chrono::milliseconds(5'400'500)), "1h30m500ms");
}

TEST(ParseDegreesTest, IsExactToTheLastDecimal) {
  for (const auto& [text, e7] : {std::pair<const char*, int32_t>{"34.5284", 345'284'000},
                                 {"-0.0000001", -1},
                                 {"90", 900'000'000},
                                 {"+1.5", 15'000'000},
                                 {"34.821865", 348'218'650},
                                 {"0.10000000000", 1'000'000}}) {
    ASSERT_OK_AND_ASSIGN(const int32_t value, ParseLatitude(text));
    EXPECT_EQ(value, e7) << text;
  }
  ASSERT_OK_AND_ASSIGN(const int32_t west, ParseLongitude("-180"));
  EXPECT_EQ(west, -1'800'000'000);
}

TEST(ParseDegreesTest, RefusesWhatItWouldHaveToGuess) {
  for (const char* text : {"", "-", ".5", "5.", "34,5", "90.0000001", "91", "1e1", "34.52840001",
                           "0x1", "34.5 ", "999999999999"})
    EXPECT_THAT(ParseLatitude(text), StatusIs(StatusCode::kInvalidArgument)) << text;
  EXPECT_THAT(ParseLongitude("180.0000001"), StatusIs(StatusCode::kInvalidArgument));
}

TEST(FormatDegreesTest, DropsTrailingZeros) {
  EXPECT_EQ(FormatDegrees(345'284'000), "34.5284");
  EXPECT_EQ(FormatDegrees(-1), "-0.0000001");
  EXPECT_EQ(FormatDegrees(0), "0");
  EXPECT_EQ(FormatDegrees(-1'800'000'000), "-180");
}

TEST(ParsePositionTest, ReadsPairsWithOneBlankAtMost) {
  ASSERT_OK_AND_ASSIGN(const LatLon at, ParsePosition("34.5, -69.25"));
  EXPECT_EQ(at.latitude_e7, 345'000'000);
  EXPECT_EQ(at.longitude_e7, -692'500'000);
  for (const char* text : {"34.5", "34.5,", ",69", "34.5,69,1", "34.5;69", "91,0", "0,181"})
    EXPECT_THAT(ParsePosition(text), StatusIs(StatusCode::kInvalidArgument)) << text;
}

TEST(ParseCountTest, RefusesSignsBlanksAndTooMuch) {
  ASSERT_OK_AND_ASSIGN(const uint64_t value, ParseCount("007", 10, "n"));
  EXPECT_EQ(value, 7U);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "11", "1.0", "9999999999999"})
    EXPECT_THAT(ParseCount(text, 10, "n"), StatusIs(StatusCode::kInvalidArgument)) << text;
}

}  // namespace
}  // namespace parley::cli
