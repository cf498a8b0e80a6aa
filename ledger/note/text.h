#pragma once

// What the text formats of this folder share. Included by .cc files of this folder only.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/hash.h"

namespace parley::note {

// The em dash that starts a signature line, and its space.
inline constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";

// OK when the text is UTF-8 (shortest form, no surrogates, at most U+10FFFF) without bytes below
// 0x20 but newlines. INVALID_ARGUMENT names the position of the first fault.
Status CheckPlainText(std::string_view text);

// The code point at the start of `text` and its length in bytes; nullopt when malformed or empty.
struct CodePoint {
  char32_t value;
  size_t bytes;
};
std::optional<CodePoint> DecodeUtf8(std::string_view text);

// White_Space of Unicode.
bool IsUnicodeSpace(char32_t c);

// Takes the next line (without its newline) off `rest`; nullopt when there is no newline left.
std::optional<std::string_view> TakeLine(std::string_view* rest);

// 32 bytes in canonical base64.
StatusOr<Hash> ParseHash(std::string_view base64);

}  // namespace parley::note
