// The file that remembers which rows were imported: what is read is written again to the same rows,
// and a line that a crash cut short is left out.

#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/import_state.h"

FUZZ_TARGET(import_state) {
  constexpr std::string_view kHeader = "parley-import/v1 0000 fuzz\n";
  const std::string_view text = parley::AsText({data, size});
  const auto rows = parley::cli::ParseImportState(text, kHeader);
  if (!rows.ok()) return 0;
  std::string again(kHeader);
  for (const auto& [nonce, digest] : *rows)
    again += parley::HexEncode(nonce) + (digest ? " " + digest->ToHex() : "") + "\n";
  const auto reread = parley::cli::ParseImportState(again, kHeader);
  if (!reread.ok() || *reread != *rows) __builtin_trap();
  const auto cut = parley::cli::ParseImportState(again + "00", kHeader);
  if (!cut.ok() || *cut != *rows) __builtin_trap();
  return 0;
}
