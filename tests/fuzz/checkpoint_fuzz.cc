// Checkpoint texts and whole checkpoint notes.

#include "ledger/note/cosignature.h"
#include "tests/fuzz/fuzz_target.h"

using parley::note::Checkpoint;
using parley::note::CosignedCheckpoint;

FUZZ_TARGET(checkpoint) {
  const std::string_view in = parley::AsText({data, size});
  const auto checkpoint = Checkpoint::Parse(in);
  if (checkpoint.ok()) {
    if (checkpoint->Serialize() != in) __builtin_trap();
    if (!parley::note::CheckCheckpoint(*checkpoint).ok()) __builtin_trap();
  }
  const auto cosigned = CosignedCheckpoint::Parse(in);
  if (!cosigned.ok()) return 0;
  if (cosigned->note.Serialize() != in) __builtin_trap();
  // Nobody's key: whatever the lines hold, there is no quorum.
  const parley::note::Cosigner member = {"a/b", parley::PublicKey()};
  if (parley::note::VerifyQuorum(*cosigned, {&member, 1}, 1).ok()) __builtin_trap();
  const auto assembled = parley::note::AssembleCheckpoint(cosigned->checkpoint, parley::LedgerId(),
                                                          cosigned->note.signatures());
  if (assembled.ok() && !CosignedCheckpoint::Parse(assembled->Serialize()).ok()) __builtin_trap();
  return 0;
}
