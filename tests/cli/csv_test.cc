#include "tools/parley/csv.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "tests/support/places.h"
#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

TEST(CsvTest, ReadsQuotesCommasAndLineBreaks) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table,
                       ParseCsvTable("a,b\n\"x, \"\"y\"\"\",\"two\nlines\"\r\n,\n"));
  EXPECT_THAT(table.columns, ElementsAre("a", "b"));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("x, \"y\"", "two\nlines"));
  EXPECT_EQ(table.rows[0].line, 2U);
  EXPECT_EQ(table.rows[1].line, 4U);  // the row before it took two lines
  EXPECT_THAT(table.rows[1].fields, ElementsAre("", ""));
}

TEST(CsvTest, KnowsTheHxlRowAndTheByteOrderMark) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table, ParseCsvTable("\xef\xbb\xbfid,n\n,#geo\n1,2"));
  EXPECT_THAT(table.columns, ElementsAre("id", "n"));
  EXPECT_THAT(table.hashtags, ElementsAre("", "#geo"));
  EXPECT_EQ(table.rows.size(), 1U);
}

TEST(CsvTest, TakesAHashInLaterRowsAsData) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table, ParseCsvTable("a\n1\n#2\n"));
  EXPECT_TRUE(table.hashtags.empty());
  EXPECT_EQ(table.rows.size(), 2U);
}

// As spreadsheets on Windows save it.
TEST(CsvTest, ReadsLineBreaksInFieldsAsOne) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table, ParseCsvTable("a,b\r\n\"x\r\ny\r\r\n\",\"\r\"\r\n"));
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("x\ny\n", "\r"));
}

TEST(CsvTest, EmptyLinesAreNoRowsAtTheEndOnly) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table, ParseCsvTable("a,b\n1,2\n\n3,4\n\r\n\n"));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[1].problem, "1 fields, the header has 2 columns");
  EXPECT_TRUE(table.rows[2].problem.empty());
  ASSERT_OK_AND_ASSIGN(const CsvTable one, ParseCsvTable("a\n1\n\n"));  // here one is a row
  EXPECT_EQ(one.rows.size(), 2U);
}

struct CsvRefusal {
  const char* name;
  std::string text;
  const char* why;
};
class CsvRefusesTest : public ::testing::TestWithParam<CsvRefusal> {};
TEST_P(CsvRefusesTest, AndNamesTheLine) {
  EXPECT_THAT(ParseCsvTable(GetParam().text),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr(GetParam().why)));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, CsvRefusesTest,
    ::testing::Values(CsvRefusal{"Empty", "", "line 1"}, CsvRefusal{"NoName", "a,\n", "column 2"},
                      CsvRefusal{"Twice", "a,a\n", "'a' stands there twice"},
                      CsvRefusal{"ShortHashtags", "a,b\n#x\n", "line 2: 1 fields"},
                      CsvRefusal{"StrayQuote", "a\nx\"y\n", "line 2: a quote inside"},
                      CsvRefusal{"AfterQuote", "a\n\"x\"y\n", "line 2: want a comma"},
                      CsvRefusal{"Open", "a\n1\n\"x\n\n", "line 3: the quoted field"},
                      CsvRefusal{"LoneReturn", "a\nx\ry\n", "line 2: a carriage return"},
                      CsvRefusal{"Utf16", std::string("\xff\xfe\x61\0", 4), "UTF-16"},
                      CsvRefusal{"Semicolons", "id;date;place\n1;2;3\n", "not by ';'"},
                      CsvRefusal{"Tabs", "id\tdate\n1\t2\n", "not by '\\t'"},
                      CsvRefusal{"HeaderUtf8", "\xff\n", "line 1"}),
    [](const auto& c) { return c.param.name; });

TEST(CsvTest, WhatIsWrongWithOneRowLeavesTheOthersUsable) {
  ASSERT_OK_AND_ASSIGN(
      const CsvTable table,
      ParseCsvTable(std::string("a,b\n1,2\n3\n4,5,6\n\xff,7\nx\0y,8\n\n9,10\n", 32)));
  ASSERT_EQ(table.rows.size(), 7U);
  std::vector<bool> good;
  for (const CsvRow& row : table.rows) {
    EXPECT_EQ(row.fields.size(), 2U) << row.line;
    good.push_back(row.problem.empty());
  }
  EXPECT_THAT(good, ::testing::ElementsAre(true, false, false, false, false, false, true));
  EXPECT_EQ(table.rows[1].line, 3U);
  EXPECT_EQ(table.rows[1].problem, "1 fields, the header has 2 columns");
  EXPECT_THAT(table.rows[6].fields, ::testing::ElementsAre("9", "10"));
}

TEST(CsvTest, HasLimits) {
  EXPECT_THAT(ParseCsvTable("a\n\"" + std::string(limits::kCsvFieldBytesMax + 1, 'x') + "\"\n"),
              StatusIs(StatusCode::kResourceExhausted, HasSubstr("line 2")));
  EXPECT_THAT(ParseCsvTable(std::string(limits::kCsvColumnsMax, ',')),
              StatusIs(StatusCode::kResourceExhausted));
}

TEST(CsvTest, ReadsTheShippedTable) {
  std::ifstream in(testing::SourceFile("data/ucdp_ged_pakistan_1989-2021_hxl.csv"));
  std::stringstream text;
  text << in.rdbuf();
  ASSERT_OK_AND_ASSIGN(const CsvTable table, ParseCsvTable(text.str()));
  EXPECT_EQ(table.columns.size(), 46U);
  EXPECT_EQ(table.rows.size(), 6'416U);
  EXPECT_FALSE(table.hashtags.empty());
}

}  // namespace
}  // namespace parley::cli
