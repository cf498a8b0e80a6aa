// Mapping files against one small table: no mapping crashes the reader, a row that is not converted
// has a problem that says why, and one that is keeps low <= best <= high.

#include "crypto/bytes.h"
#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/import_mapping.h"

namespace {

const parley::cli::CsvTable& Table() {
  static const parley::cli::CsvTable table =
      parley::cli::ParseCsvTable(
          "id,type,day,lat,lon,text,n\n"
          "a,1,2020-01-01,34.5,69.1,\"two\nlines\",3\n"
          "b,2,soon,95,x,,-1\n"
          "c,,2020-02-29 23:59:59,,,\xd8\xb4\xd9\x87\xd8\xb1,0\n"
          "d,1\n")
          .value();
  return table;
}

}  // namespace

FUZZ_TARGET(import_mapping) {
  const auto mapping =
      parley::cli::ImportMapping::Parse(parley::AsText({data, size}), "fuzz", Table());
  if (!mapping.ok()) return 0;
  if (mapping->dataset().empty()) __builtin_trap();
  for (const parley::cli::CsvRow& row : Table().rows) {
    std::vector<parley::cli::RowProblem> problems;
    const auto facts = mapping->Convert(row, &problems);
    bool refused = false;
    for (const parley::cli::RowProblem& p : problems) {
      if (p.why.empty() || p.line != row.line) __builtin_trap();
      refused = refused || !p.remark;
    }
    if (refused == facts.has_value()) __builtin_trap();
    if (!facts.has_value()) continue;
    for (const parley::v1::Casualties& c : facts->casualties()) {
      if (c.has_low() && c.has_best() && c.low() > c.best()) __builtin_trap();
      if (c.has_best() && c.has_high() && c.best() > c.high()) __builtin_trap();
    }
  }
  return 0;
}
