// Charter texts and notes: no input crashes the parser, and what is accepted is what was given.

#include "ledger/rules/charter.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(charter) {
  const std::string_view bytes = parley::AsText({data, size});
  const auto text = parley::rules::Charter::ParseText(bytes);
  if (text.ok()) {
    if (text->text() != bytes) __builtin_trap();
    if (text->members().size() < 2 || text->quorum() > text->members().size()) __builtin_trap();
  }
  const auto note = parley::rules::Charter::ParseNote(bytes);
  if (note.ok()) {
    if (note->note() != bytes) __builtin_trap();
    const auto again = parley::rules::Charter::ParseText(note->text());
    if (!again.ok() || again->ledger_id() != note->ledger_id()) __builtin_trap();
  }
  return 0;
}
