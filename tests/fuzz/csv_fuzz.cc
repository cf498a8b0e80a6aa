// CSV tables: whatever parses is written and parsed again to the same table.

#include <string>

#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/csv.h"

namespace {

std::string Write(const parley::cli::CsvTable& table) {
  std::string out;
  const auto line = [&](const std::vector<std::string>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) {
      // A lone empty field would be an empty line; quotes keep it a row.
      if (i > 0) out += ',';
      out += fields.size() == 1 && fields[i].empty() ? "\"\"" : parley::cli::CsvField(fields[i]);
    }
    out += '\n';
  };
  line(table.columns);
  if (!table.hashtags.empty()) line(table.hashtags);
  for (const parley::cli::CsvRow& row : table.rows) line(row.fields);
  return out;
}

}  // namespace

FUZZ_TARGET(csv) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto table = parley::cli::ParseCsvTable(text);
  if (!table.ok()) return 0;
  const auto again = parley::cli::ParseCsvTable(Write(*table));
  if (!again.ok() || again->columns != table->columns || again->hashtags != table->hashtags ||
      again->rows.size() != table->rows.size())
    __builtin_trap();
  for (size_t i = 0; i < table->rows.size(); ++i) {
    if (again->rows[i].fields != table->rows[i].fields) __builtin_trap();
  }
  return 0;
}
