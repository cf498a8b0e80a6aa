#include "ledger/record/text.h"

#include <cstdint>
#include <optional>

namespace parley::record {
namespace {

// Decodes the code point at text[*at] and moves *at behind it; nullopt when it is not well-formed
// UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
std::optional<char32_t> NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(*at);
  if (first < 0x80) return static_cast<char32_t>(text[(*at)++]);
  size_t more = 0;
  char32_t value = 0;
  char32_t least = 0;
  if ((first & 0xe0) == 0xc0)
    more = 1, value = first & 0x1f, least = 0x80;
  else if ((first & 0xf0) == 0xe0)
    more = 2, value = first & 0x0f, least = 0x800;
  else if ((first & 0xf8) == 0xf0)
    more = 3, value = first & 0x07, least = 0x10000;
  else
    return std::nullopt;
  if (text.size() - *at <= more) return std::nullopt;
  for (size_t i = 1; i <= more; ++i) {
    if ((byte(*at + i) & 0xc0) != 0x80) return std::nullopt;
    value = (value << 6) | (byte(*at + i) & 0x3f);
  }
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return std::nullopt;
  *at += more + 1;
  return value;
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }
bool IsBidiControl(char32_t c) {
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}
bool IsSeparator(char32_t c) { return c == 0x2028 || c == 0x2029; }

// Why the code point is not welcome; nullptr when it is.
const char* Refusal(char32_t c, const TextRules& rules) {
  if (IsControl(c) && !(rules.lines && (c == '\n' || c == '\t'))) return "control character";
  if (IsSeparator(c) && !rules.lines) return "line separator";
  if (IsBidiControl(c)) return "bidirectional control, which would show the text in another order,";
  return nullptr;
}

}  // namespace

Status CheckText(std::string_view text, const std::string& field, const TextRules& rules) {
  if (rules.required && text.empty()) return InvalidArgument(field + ": missing");
  // A code point has at most four bytes: no need to walk through what is too long anyway.
  if (text.size() > 4 * rules.chars_max)
    return InvalidArgument(fmt::format("{}: {} bytes, at most {} characters are allowed", field,
                                       text.size(), rules.chars_max));
  size_t chars = 0;
  for (size_t at = 0; at < text.size(); ++chars) {
    const size_t start = at;
    const std::optional<char32_t> c = NextCodePoint(text, &at);
    if (!c) return InvalidArgument(fmt::format("{}: not UTF-8 at byte {}", field, start));
    if (const char* why = Refusal(*c, rules); why != nullptr)
      return InvalidArgument(fmt::format("{}: {} U+{:04X} at character {} is not allowed", field,
                                         why, static_cast<uint32_t>(*c), chars + 1));
  }
  if (chars > rules.chars_max)
    return InvalidArgument(
        fmt::format("{}: {} characters, at most {} are allowed", field, chars, rules.chars_max));
  return absl::OkStatus();
}

}  // namespace parley::record
