// Notes and single signature lines: one encoding only.

#include "ledger/note/signed_note.h"
#include "tests/fuzz/fuzz_target.h"

using parley::note::SignatureLine;
using parley::note::SignedNote;

FUZZ_TARGET(signed_note) {
  const std::string_view in = parley::AsText({data, size});
  if (const auto line = SignatureLine::Parse(in); line.ok() && line->Serialize() != in)
    __builtin_trap();
  if (const auto key = parley::note::VerifierKey::Parse(in); key.ok() && key->ToString() != in)
    __builtin_trap();
  const auto note = SignedNote::Parse(in);
  if (!note.ok()) return 0;
  if (note->Serialize() != in) __builtin_trap();
  // The same note made from its parts.
  auto again = SignedNote::FromText(note->text());
  if (!again.ok()) __builtin_trap();
  for (const SignatureLine& line : note->signatures()) {
    if (!again->Add(line).ok()) __builtin_trap();
  }
  if (*again != *note) __builtin_trap();
  return 0;
}
