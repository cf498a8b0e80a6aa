// Entry bundles and tile files. The first byte is the width minus one.

#include "ledger/merkle/entry_bundle.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(entry_bundle) {
  if (size == 0) return 0;
  const auto width = static_cast<uint16_t>(data[0] + 1);
  const std::string_view in = parley::AsText({data + 1, size - 1});
  if (const auto entries = parley::merkle::ParseEntryBundle(in, width); entries.ok()) {
    const std::vector<std::string> copy(entries->begin(), entries->end());
    const auto again = parley::merkle::EncodeEntryBundle(copy);
    if (!again.ok() || *again != in || copy.size() != width) __builtin_trap();
  }
  if (const auto hashes = parley::merkle::ParseTile(in, width); hashes.ok()) {
    if (parley::merkle::EncodeTile(*hashes) != in || hashes->size() != width) __builtin_trap();
  }
  return 0;
}
