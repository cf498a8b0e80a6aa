// The parser of key files. Opening is tried only where it is cheap, and must not succeed: nobody
// can make a file for a passphrase of random bytes.

#include "base/limits.h"
#include "crypto/key_file.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(key_file) {
  const std::string_view text = parley::AsText({data, size});
  const auto info = parley::InspectKeyText(text);
  if (!info.ok()) return 0;
  if (info->kdf_memory_bytes > parley::limits::kKdfMemoryBytesMax ||
      info->kdf_passes > parley::limits::kKdfPassesMax)
    __builtin_trap();
  // What is accepted is in its only form.
  if (text.find(info->public_key.ToHex()) == std::string_view::npos || text.back() != '\n')
    __builtin_trap();
  if (info->kdf_memory_bytes > 1 << 20) return 0;
  static const parley::Passphrase passphrase =
      parley::Passphrase::FromText(parley::HexEncode(parley::RandomBytes(16))).value();
  if (parley::OpenKeyText(text, info->purpose, passphrase).ok()) __builtin_trap();
  return 0;
}
