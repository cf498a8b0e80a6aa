// Hex, base64, identities and times: what decodes has exactly one text.

#include <algorithm>

#include "base/time.h"
#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(text_encodings) {
  const std::string_view text = parley::AsText({data, size});
  const auto hex = parley::HexDecode(text);
  if (hex.ok() && parley::HexEncode(*hex) != text) __builtin_trap();
  const auto base64 = parley::Base64Decode(text);
  if (base64.ok() && parley::Base64Encode(*base64) != text) __builtin_trap();
  const auto identity = parley::Identity::FromUri(text);
  if (identity.ok() && identity->ToUri() != text) __builtin_trap();
  const auto time = parley::ParseTime(text);
  if (time.ok()) {
    const auto again = parley::ParseTime(parley::FormatTime(*time));
    if (!again.ok() || *again != *time) __builtin_trap();
  }
  // And the other way: every byte string has a text that comes back.
  const parley::Bytes bytes(data, data + size);
  if (parley::HexDecode(parley::HexEncode(bytes)).value() != bytes) __builtin_trap();
  if (parley::Base64Decode(parley::Base64Encode(bytes)).value() != bytes) __builtin_trap();
  return 0;
}
