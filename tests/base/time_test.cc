#include "base/time.h"

#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using testing::StatusIs;

struct GoodTime {
  const char* name;
  const char* text;
  uint64_t ms;
  int offset_minutes;
};
class ParseTimeTest : public ::testing::TestWithParam<GoodTime> {};

TEST_P(ParseTimeTest, Accepts) {
  int offset = -1;
  ASSERT_OK_AND_ASSIGN(const TimeMs t, ParseTime(GetParam().text, &offset));
  EXPECT_EQ(ToInt(t), GetParam().ms);
  EXPECT_EQ(offset, GetParam().offset_minutes);
  EXPECT_EQ(ParseTime(FormatTime(t)).value(), t);
}

// The numbers are from `date -u -d ... +%s`.
INSTANTIATE_TEST_SUITE_P(
    Cases, ParseTimeTest,
    ::testing::Values(GoodTime{"Epoch", "1970-01-01T00:00:00Z", 0, 0},
                      GoodTime{"Zulu", "2026-11-23T20:41:00Z", 1795466460000, 0},
                      GoodTime{"NoSeconds", "2026-11-23T20:41Z", 1795466460000, 0},
                      GoodTime{"Milliseconds", "2026-11-23T20:41:00.123Z", 1795466460123, 0},
                      GoodTime{"OneDecimal", "2026-11-23T20:41:00.5Z", 1795466460500, 0},
                      GoodTime{"NineDecimalsCut", "2026-11-23T20:41:00.123999999Z", 1795466460123,
                               0},
                      GoodTime{"Kabul", "2026-11-24T01:11:00+04:30", 1795466460000, 270},
                      GoodTime{"Delhi", "2026-11-24T02:11+05:30", 1795466460000, 330},
                      GoodTime{"Kathmandu", "2026-11-24T02:26:00+05:45", 1795466460000, 345},
                      GoodTime{"StJohns", "2026-11-23T17:11:00-03:30", 1795466460000, -210},
                      GoodTime{"MinusHalfHour", "2026-11-23T20:11:00-00:30", 1795466460000, -30},
                      GoodTime{"Kiribati", "2026-11-24T10:41:00+14:00", 1795466460000, 840},
                      GoodTime{"LeapDay", "2024-02-29T00:00:00Z", 1709164800000, 0},
                      GoodTime{"LeapDay2000", "2000-02-29T00:00:00Z", 951782400000, 0},
                      GoodTime{"LastOfAll", "9999-12-31T23:59:59.999Z", 253402300799999, 0}),
    [](const auto& c) { return c.param.name; });

struct BadTime {
  const char* name;
  const char* text;
};
class ParseBadTimeTest : public ::testing::TestWithParam<BadTime> {};

TEST_P(ParseBadTimeTest, Refuses) {
  int offset = 77;
  EXPECT_THAT(ParseTime(GetParam().text, &offset), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(offset, 77);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ParseBadTimeTest,
    ::testing::Values(
        BadTime{"Empty", ""}, BadTime{"NoZone", "2026-11-23T20:41:00"},
        BadTime{"Space", "2026-11-23 20:41:00Z"}, BadTime{"LowerCase", "2026-11-23t20:41:00z"},
        BadTime{"DateOnly", "2026-11-23"}, BadTime{"ShortYear", "26-11-23T20:41:00Z"},
        BadTime{"Month13", "2026-13-01T00:00:00Z"}, BadTime{"Month0", "2026-00-01T00:00:00Z"},
        BadTime{"Day31", "2026-11-31T00:00:00Z"}, BadTime{"NoLeapDay", "2026-02-29T00:00:00Z"},
        BadTime{"NoLeapDay1900", "1900-02-29T00:00:00Z"}, BadTime{"Hour24", "2026-11-23T24:00:00Z"},
        BadTime{"Minute60", "2026-11-23T20:60:00Z"}, BadTime{"LeapSecond", "2016-12-31T23:59:60Z"},
        BadTime{"EmptyFraction", "2026-11-23T20:41:00.Z"},
        BadTime{"TenDecimals", "2026-11-23T20:41:00.1234567890Z"},
        BadTime{"Offset15", "2026-11-23T20:41:00+15:00"},
        BadTime{"OffsetMinute60", "2026-11-23T20:41:00+04:60"},
        BadTime{"OffsetNoColon", "2026-11-23T20:41:00+0430"},
        BadTime{"OffsetHourOnly", "2026-11-23T20:41:00+04"},
        BadTime{"Trailing", "2026-11-23T20:41:00Z "},
        BadTime{"BeforeEpoch", "1969-12-31T23:59:59Z"},
        BadTime{"BeforeEpochByOffset", "1970-01-01T00:00:00+00:01"},
        BadTime{"AfterTheLast", "9999-12-31T23:59:59-00:01"},
        BadTime{"PlusInDigits", "2026-11-+3T20:41:00Z"},
        BadTime{"ArabicDigits", "٢٠٢٦-11-23T20:41:00Z"}),
    [](const auto& c) { return c.param.name; });

TEST(FormatTimeTest, IsFixedWidthUtc) {
  EXPECT_EQ(FormatTime(static_cast<TimeMs>(1795466460007)), "2026-11-23T20:41:00.007Z");
  EXPECT_EQ(FormatTime(static_cast<TimeMs>(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTime(kTimeMax), "9999-12-31T23:59:59.999Z");
}

TEST(YearOfTest, ChangesAtMidnightUtc) {
  EXPECT_EQ(YearOf(ParseTime("2025-12-31T23:59:59.999Z").value()), 2025);
  EXPECT_EQ(YearOf(ParseTime("2026-01-01T00:00:00Z").value()), 2026);
  EXPECT_EQ(YearOf(ParseTime("2026-01-01T01:00:00+04:30").value()), 2025);
}

TEST(SystemClockTest, IsAfterThisWasWritten) {
  EXPECT_GT(SystemClock().Now(), static_cast<TimeMs>(1700000000000));
  EXPECT_LT(SystemClock().Now(), kTimeMax);
}

}  // namespace
}  // namespace parley
