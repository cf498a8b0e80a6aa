#include "tools/parley/import_mapping.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/places.h"
#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::StatusIs;

std::string ReadFile(const std::string& name) {
  std::ifstream in(testing::SourceFile("data/" + name));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class UcdpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(table_, ParseCsvTable(ReadFile("ucdp_ged_pakistan_1989-2021_hxl.csv")));
  }
  CsvTable table_;
};

TEST_F(UcdpTest, TheShippedMappingConvertsEveryRow) {
  ASSERT_OK_AND_ASSIGN(const ImportMapping mapping,
                       ImportMapping::Parse(ReadFile("ucdp-mapping.json"), "m", table_));
  std::vector<RowProblem> problems;
  for (const CsvRow& row : table_.rows)
    ASSERT_TRUE(mapping.Convert(row, &problems).has_value()) << row.line;
  EXPECT_EQ(problems.size(), 200U);  // bounds that contradict the best estimate
  for (const RowProblem& p : problems) EXPECT_TRUE(p.remark);
}

TEST_F(UcdpTest, TheFirstRowSaysWhatTheSourceSays) {
  ASSERT_OK_AND_ASSIGN(const ImportMapping mapping,
                       ImportMapping::Parse(ReadFile("ucdp-mapping.json"), "m", table_));
  std::vector<RowProblem> problems;
  const auto facts = mapping.Convert(table_.rows[0], &problems);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(mapping.IdOf(table_.rows[0]), "59553");
  EXPECT_EQ(facts->event_type(), "ARMED_GROUP");
  EXPECT_EQ(facts->position().latitude_e7(), 348'218'650);
  EXPECT_EQ(facts->position().longitude_e7(), 743'555'440);
  EXPECT_EQ(facts->from_ms(), 654'980'400'000U);  // 1990-10-04T00:00+05:00
  EXPECT_EQ(facts->to_ms(), 655'066'799'000U);
  EXPECT_EQ(facts->location_precision(), v1::NEAR);
  EXPECT_EQ(facts->alleged_size(), 2);
  EXPECT_EQ(facts->alleged(0).group(), "Government of India");  // a group, never a member
  ASSERT_EQ(facts->casualties_size(), 1);
  EXPECT_EQ(facts->casualties(0).best(), 2U);
  EXPECT_THAT(facts->narrative(), HasSubstr("no finding of this mechanism"));
}

constexpr const char* kMapping =
    R"({"dataset": "d", "id": "id", "fields": {
        "event_type": {"column": "t", "map": {"1": "IED"}},
        "from": {"column": "d", "utc_offset": "+04:30"},
        "time_precision": {"value": "DAY"},
        "latitude": {"column": "lat"}, "longitude": {"column": "lon"},
        "place": {"column": "p", "line_chars_max": 5}},
       "casualties": [{"outcome": "KILLED", "group": "CIVILIAN", "best": "n"}]})";

StatusOr<ImportMapping> ParseSmall(const std::string& mapping, const CsvTable& table) {
  return ImportMapping::Parse(mapping, "map.json", table);
}

TEST(ImportMappingTest, NamesEveryProblemOfARow) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table,
                       ParseCsvTable("id,t,d,lat,lon,p,n\nr1,9,soon,95,x,here,-1\n"));
  ASSERT_OK_AND_ASSIGN(const ImportMapping mapping, ParseSmall(kMapping, table));
  std::vector<RowProblem> problems;
  EXPECT_FALSE(mapping.Convert(table.rows[0], &problems).has_value());
  std::vector<std::string> columns;
  for (const RowProblem& p : problems) {
    EXPECT_EQ(p.line, 2U);
    EXPECT_EQ(p.id, "r1");
    columns.push_back(p.column);
  }
  EXPECT_THAT(columns, ::testing::ElementsAre("t", "d", "lat", "lon", "n"));
}

TEST(ImportMappingTest, CutsLongLinesAndKeepsBlankCasualtiesBlank) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table,
                       ParseCsvTable("id,t,d,lat,lon,p,n\nr1,1,2020-02-29,1,2,\"şehir\ndışı\",\n"));
  ASSERT_OK_AND_ASSIGN(const ImportMapping mapping, ParseSmall(kMapping, table));
  std::vector<RowProblem> problems;
  const auto facts = mapping.Convert(table.rows[0], &problems);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->place(), "şehir...");
  EXPECT_EQ(facts->casualties_size(), 0);
  EXPECT_EQ(facts->utc_offset_minutes(), 270);
}

TEST(ImportMappingTest, RefusesMappingsThatDoNotFit) {
  ASSERT_OK_AND_ASSIGN(const CsvTable table, ParseCsvTable("id,t,d,lat,lon,p,n\n"));
  const auto with = [](const std::string& from, const std::string& to) {
    std::string out = kMapping;
    return out.replace(out.find(from), from.size(), to);
  };
  for (const auto& [text, why] :
       {std::pair(with("\"column\": \"p\"", "\"column\": \"q\""), "no column 'q'"),
        {with("\"place\"", "\"plaice\""), "no such key 'plaice'"},
        {with("\"dataset\": \"d\", ", ""), "'dataset' is missing"},
        {with("+04:30", "4:30"), "want an offset"},
        {with("\"KILLED\"", "\"DEAD\""), "is none of KILLED"},
        {with("{\"value\": \"DAY\"}", "{}"), "want one of column"},
        {with("\"longitude\": {\"column\": \"lon\"},", ""), "go together"}})
    EXPECT_THAT(ParseSmall(text, table), StatusIs(StatusCode::kInvalidArgument, HasSubstr(why)))
        << text;
}

}  // namespace
}  // namespace parley::cli
