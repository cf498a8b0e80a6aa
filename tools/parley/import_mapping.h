#pragma once

// How a row of a CSV table becomes an incident report. The mapping is a JSON file; docs/cli.md,
// "import", describes it and data/ucdp-mapping.json is one. In short: "id" names the column that
// identifies a row, "dataset" the collection, and each key of "fields" says where a fact comes
// from:
//
//   {"column": "c"}            the cell as it is
//   {"columns": ["c", "d"]}    the first of them that is not empty
//   {"column": "c", "map": {"1": "ARMED_GROUP"}}   by its value; null leaves the fact out
//   {"value": "ROUTINE"}       the same for all rows
//   {"template": "... {c} ..."}  text with cells put in
//   "line_chars_max": 200      beside any of these: line breaks become blanks, longer text is cut
//
// Times come from "from" and "to" (a date or date and time in the cell, read at "utc_offset";
// "end_of_day": true adds 23:59:59), "alleged_groups" lists groups, never members, and
// "casualties" lists outcome, group and the columns of low, best and high.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parley/v1/record.pb.h"
#include "tools/parley/csv.h"
#include "tools/parley/output.h"

namespace parley::cli {

// What is wrong, or odd, in one row. A remark does not stop the row.
struct RowProblem {
  size_t line = 0;  // in the file, from 1
  std::string id;
  std::string column;
  std::string value;
  std::string why;
  bool remark = false;
};

// A mapping that fits a table: every column it names exists. Immutable.
class ImportMapping {
 public:
  // INVALID_ARGUMENT names the key that is wrong; `source` names the file.
  static StatusOr<ImportMapping> Parse(std::string_view json, std::string_view source,
                                       const CsvTable& table);

  const std::string& dataset() const { return dataset_; }
  const std::string& language() const { return language_; }
  std::string IdOf(const CsvRow& row) const { return row.fields[id_column_]; }

  // The facts of one row; problems and remarks are added to the list. Absent when the row cannot be
  // imported. The result's shape is not checked against the record's rules.
  std::optional<v1::IncidentFacts> Convert(const CsvRow& row,
                                           std::vector<RowProblem>* problems) const;

 private:
  friend class MappingReader;
  friend class RowConverter;

  // Where one text comes from.
  struct Cell {
    std::vector<size_t> columns;
    std::string value;    // without columns: the text itself
    std::string pattern;  // a template; its {names} are checked when the mapping is read
    std::map<std::string, std::optional<std::string>> map;  // empty: as it is
    std::vector<std::string> skip;                          // values that mean "nothing"
    bool end_of_day = false;
    size_t line_chars_max = 0;  // not 0: made one line, and cut to so many characters
    int utc_offset_minutes = 0;
  };
  struct Harm {
    v1::Outcome outcome;
    v1::PersonGroup group;
    std::optional<size_t> low, best, high;
    bool skip_zero = false;
  };

  ImportMapping() = default;
  std::map<std::string, size_t> columns_;
  std::vector<std::string> names_;
  std::string dataset_;
  std::string language_ = "en";
  size_t id_column_ = 0;
  std::map<std::string, Cell> cells_;  // by field of IncidentFacts, and latitude, longitude
  std::vector<Cell> alleged_groups_;
  std::vector<Harm> casualties_;
  std::vector<std::string> tags_;
};

}  // namespace parley::cli
