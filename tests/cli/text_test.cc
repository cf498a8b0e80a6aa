#include "tools/parley/text.h"

#include <gtest/gtest.h>

namespace parley::cli {
namespace {

TEST(PrintableTest, KeepsEveryScriptAndTheJoinersThatPersianNeeds) {
  for (const char* text : {"Göl Heyeti", "بندرگاہ مشن", "می\u200cشود", "日本", "a b~!"})
    EXPECT_EQ(Printable(text), text);
}

TEST(PrintableTest, ShowsWhatWouldDriveATerminal) {
  EXPECT_EQ(Printable("\x1b[2J"), "\\u{1b}[2J");
  EXPECT_EQ(Printable("a\rb\nc\td"), "a\\rb\\nc\\td");
  EXPECT_EQ(Printable("\u202eabc\u2066"), "\\u{202e}abc\\u{2066}");
  EXPECT_EQ(Printable("\u009b31m"), "\\u{9b}31m");
  EXPECT_EQ(Printable("\u2028"), "\\u{2028}");
  EXPECT_EQ(Printable("\x7f"), "\\u{7f}");
}

TEST(PrintableTest, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(Printable("\xe2\x82"), "\\xe2\\x82");           // cut
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\u{0}");
}

TEST(PrintableTest, LinesKeepsNewlinesOnly) {
  EXPECT_EQ(PrintableLines("a\nb\x1b"), "a\nb\\u{1b}");
}

TEST(SafeJsonTest, EscapesInsideTheSameValue) {
  EXPECT_EQ(SafeJson("{\n\"a\": \"\u202e\"\n}"), "{\n\"a\": \"\\u202e\"\n}");
  EXPECT_EQ(SafeJson("\"\U000e0041\""), "\"\\udb40\\udc41\"");
  EXPECT_EQ(SafeJson("\"\x7f\""), "\"\\u007f\"");
  EXPECT_EQ(SafeJson("\"بندر\""), "\"بندر\"");
}

TEST(TableTest, AlignsByCodePointsAndEscapesCells) {
  EXPECT_EQ(Table({{"a", "b"}, {"öö", "x\n"}}), "a   b\nöö  x\\n\n");
}

TEST(LocalTimeTest, ShowsHalfHourOffsets) {
  const TimeMs t = static_cast<TimeMs>(1'763'929'860'000ULL);  // 2025-11-23T20:31:00Z
  EXPECT_EQ(LocalTime(t, 270), "2025-11-24T01:01+04:30");
  EXPECT_EQ(LocalTime(t, -210), "2025-11-23T17:01-03:30");
  EXPECT_EQ(ShortTime(t), "2025-11-23 20:31:00 UTC");
}

TEST(LocalTimeTest, FallsBackToUtcBeforeTheEpoch) {
  EXPECT_EQ(LocalTime(static_cast<TimeMs>(0), -60), "1970-01-01T00:00:00.000Z");
}

TEST(CheckUtf8Test, NamesFieldAndByte) {
  EXPECT_TRUE(CheckUtf8("köprü \xf0\x9f\x95\x8a", "place").ok());
  EXPECT_EQ(MessageOf(CheckUtf8("ab\xff", "place")), "place: not UTF-8 at byte 2 (0xff)");
  EXPECT_FALSE(CheckUtf8("\xed\xa0\x80", "place").ok());  // a surrogate
  EXPECT_FALSE(CheckUtf8("cut \xc3", "place").ok());
}

}  // namespace
}  // namespace parley::cli
