// Blocks: the decoder accepts exactly what the encoder writes.

#include "ledger/rules/block.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = parley::AsText({data, size});
  const auto ledger = parley::Sha256<parley::LedgerId>(parley::AsBytes("a ledger"));
  const auto block = parley::rules::RawBlock::Decode(ledger, bytes);
  if (block.ok() && block->Encode(ledger) != bytes) __builtin_trap();
  return 0;
}
