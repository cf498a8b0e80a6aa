#include "tools/parley/csv.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "tools/parley/text.h"

namespace parley::cli {

CsvReader::CsvReader(std::string_view text) : rest_(text) {
  if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
}

Status CsvReader::Bad(const std::string& what) const {
  return InvalidArgument(fmt::format("line {}: {}", line_, what));
}

namespace {

// Appends text in which CRLF becomes LF: the line break of whoever saved the table is no content.
void AppendLines(std::string_view text, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = std::min(text.find_first_not_of('\r', i), text.size());
    if (end < text.size() && text[end] == '\n') i = end;  // several, if it was converted twice
    *out += text[i];
  }
}

}  // namespace

Status CsvReader::ReadQuoted(std::string* out) {
  rest_.remove_prefix(1);
  const size_t opened = line_;
  while (true) {
    const size_t quote = rest_.find('"');
    if (quote == std::string_view::npos)
      return InvalidArgument(
          fmt::format("line {}: the quoted field that begins here never ends", opened));
    const std::string_view part = rest_.substr(0, quote);
    line_ += static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
    AppendLines(part, out);
    rest_.remove_prefix(quote + 1);
    if (out->size() > limits::kCsvFieldBytesMax) return absl::OkStatus();  // the caller complains
    if (!rest_.starts_with('"')) return absl::OkStatus();
    *out += '"';
    rest_.remove_prefix(1);
  }
}

Status CsvReader::ReadField(std::string* out, bool* last, std::string* problem) {
  out->clear();
  if (rest_.starts_with('"')) {
    RETURN_IF_ERROR(ReadQuoted(out));
  } else {
    const std::string_view plain = rest_.substr(0, rest_.find_first_of(",\r\n\""));
    *out += plain;
    rest_.remove_prefix(plain.size());
    if (rest_.starts_with('"')) return Bad("a quote inside a field that is not quoted");
  }
  if (out->size() > limits::kCsvFieldBytesMax)
    return ResourceExhausted(
        fmt::format("line {}: a field of more than {} bytes", line_, limits::kCsvFieldBytesMax));
  if (out->find('\0') != std::string::npos || !IsUtf8(*out))
    *problem = "a field that is not UTF-8 text";
  *last = true;
  if (rest_.empty()) return absl::OkStatus();
  if (rest_[0] == ',') {
    *last = false;
    rest_.remove_prefix(1);
    return absl::OkStatus();
  }
  if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
  if (rest_[0] == '\r') return Bad("a carriage return that no line feed follows");
  if (rest_[0] != '\n') return Bad("want a comma or the end of the line after a field");
  rest_.remove_prefix(1);
  return absl::OkStatus();
}

StatusOr<bool> CsvReader::Next(CsvRow* row) {
  row->fields.clear();
  row->problem.clear();
  row->line = line_;
  if (rest_.empty()) return false;
  bool last = false;
  while (!last) {
    if (row->fields.size() == limits::kCsvColumnsMax)
      return ResourceExhausted(
          fmt::format("line {}: more than {} columns", line_, limits::kCsvColumnsMax));
    std::string field;
    RETURN_IF_ERROR(ReadField(&field, &last, &row->problem));
    row->fields.push_back(std::move(field));
  }
  ++line_;
  return true;
}

namespace {

bool IsHashtagRow(const CsvRow& row) {
  for (const std::string& field : row.fields) {
    if (!field.empty()) return field[0] == '#';
  }
  return false;
}

// The usual ways in which a table is saved otherwise, in the words of those who save it.
Status CheckEncoding(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return InvalidArgument("line 1: the file is UTF-16; save it as CSV in UTF-8");
  return absl::OkStatus();
}

Status CheckHeader(const std::vector<std::string>& columns) {
  const size_t other = columns[0].find_first_of(";\t|");
  if (columns.size() == 1 && other != std::string::npos)
    return InvalidArgument(
        fmt::format("line 1: one column, named '{}': fields are separated by "
                    "commas here, not by '{}'",
                    Printable(columns[0].substr(0, 80)), Printable(columns[0].substr(other, 1))));
  std::set<std::string> seen;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].empty())
      return InvalidArgument(fmt::format("line 1: column {} has no name", i + 1));
    if (!seen.insert(columns[i]).second)
      return InvalidArgument(
          fmt::format("line 1: column '{}' stands there twice", Printable(columns[i])));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<CsvTable> ParseCsvTable(std::string_view text) {
  RETURN_IF_ERROR(CheckEncoding(text));
  CsvReader reader(text);
  CsvTable table;
  CsvRow row;
  ASSIGN_OR_RETURN(const bool has_header, reader.Next(&row));
  if (!has_header) return InvalidArgument("line 1: want a header row, the file is empty");
  if (!row.problem.empty()) return InvalidArgument("line 1: " + row.problem);
  RETURN_IF_ERROR(CheckHeader(row.fields));
  table.columns = std::move(row.fields);
  bool first = true;
  size_t empty_lines = 0;  // since the last one that is not
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(&row));
    if (!more) break;
    const bool empty = row.fields.size() == 1 && row.fields[0].empty() && table.columns.size() > 1;
    empty_lines = empty ? empty_lines + 1 : 0;
    if (row.fields.size() != table.columns.size()) {
      row.problem = fmt::format("{} fields, the header has {} columns", row.fields.size(),
                                table.columns.size());
      row.fields.resize(table.columns.size());
    }
    if (first && IsHashtagRow(row)) {
      if (!row.problem.empty())
        return InvalidArgument(fmt::format("line {}: {}", row.line, row.problem));
      table.hashtags = row.fields;
    } else {
      table.rows.push_back(row);
    }
    first = false;
  }
  table.rows.resize(table.rows.size() - empty_lines);
  return table;
}

std::string CsvField(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(value);
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace parley::cli
