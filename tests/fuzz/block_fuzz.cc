// Blocks: the decoder accepts exactly what the encoder writes.

#include "ledger/rules/block.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(block) {
  const std::string_view bytes = parley::AsText({data, size});
  const auto ledger = parley::Sha256<parley::LedgerId>(parley::AsBytes("a ledger"));
  const auto block = parley::rules::RawBlock::Decode(ledger, bytes);
  if (block.ok() && block->Encode(ledger) != bytes) __builtin_trap();
  return 0;
}
