#pragma once

// CSV as RFC 4180 defines it: comma-separated fields, records ended by LF or CRLF, fields with
// commas, quotes or line breaks in double quotes, quotes doubled inside; CRLF in a field is read as
// LF. Strict: a stray quote, text after a closing quote, a lone CR outside quotes and an unclosed
// field are errors with their line: nothing behind them can be trusted to be where it seems. What
// concerns one row alone (its number of fields, bytes that are no UTF-8, NUL) is that row's problem
// and the others can be used. A byte order mark at the start is skipped.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace parley::cli {

struct CsvRow {
  size_t line = 0;  // on which the row begins, from 1: fields may hold line breaks
  std::vector<std::string> fields;
  std::string problem;  // not empty: the row must not be used, and why
};

// Reads row after row. Borrows its text. Not thread-safe.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text);

  // False at the end. INVALID_ARGUMENT or RESOURCE_EXHAUSTED (a field of more than
  // kCsvFieldBytesMax, a row of more than kCsvColumnsMax) name the line; nothing can be read then.
  StatusOr<bool> Next(CsvRow* row);

 private:
  Status ReadField(std::string* out, bool* last, std::string* problem);
  Status ReadQuoted(std::string* out);
  Status Bad(const std::string& what) const;

  std::string_view rest_;
  size_t line_ = 1;
};

// A table with a header row and, second, a row of HXL hashtags (hxlstandard.org): known by its
// first non-empty cell, which starts with '#'. Every row has as many fields as the header: one that
// has not is cut or filled up with empty ones, and its problem says so. Empty lines at the end are
// no rows.
struct CsvTable {
  std::vector<std::string> columns;   // distinct, not empty
  std::vector<std::string> hashtags;  // one for each column; empty without such a row
  std::vector<CsvRow> rows;
};
StatusOr<CsvTable> ParseCsvTable(std::string_view text);

// Quotes a field if it must be quoted: for writing what ParseCsvTable reads.
std::string CsvField(std::string_view value);

}  // namespace parley::cli
