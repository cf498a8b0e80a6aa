#pragma once

// Checks of the texts that people write into records and charters. Any script is welcome (Arabic,
// Urdu, Turkish, ...); what could make a text read differently from what was signed is not.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace parley::record {

// What a text may hold. Sizes count Unicode code points, not bytes.
struct TextRules {
  size_t chars_max = 0;
  bool required = false;  // empty is refused
  bool lines = false;     // \n and \t are welcome; otherwise the text is one line
};

// OK when `text` is well-formed UTF-8 within the rules, with no control character (U+0000..U+001F
// but \n and \t where allowed, U+007F..U+009F), no bidirectional control (U+202A..U+202E,
// U+2066..U+2069: the order of the characters themselves is all that scripts from right to left
// need, and with a control a text shows something else than what was signed) and, in a one-line
// text, no line or paragraph separator (U+2028, U+2029). INVALID_ARGUMENT begins with `field` and
// names position and code point.
Status CheckText(std::string_view text, const std::string& field, const TextRules& rules);

// Free text of any length up to 8,000 characters, with line breaks.
inline constexpr TextRules kFreeText{.chars_max = 8'000, .lines = true};
inline constexpr TextRules kFreeTextRequired{.chars_max = 8'000, .required = true, .lines = true};
// One line: places, names of groups, labels.
inline constexpr TextRules kShortText{.chars_max = 256};
inline constexpr TextRules kShortTextRequired{.chars_max = 256, .required = true};
inline constexpr TextRules kTag{.chars_max = 64, .required = true};

}  // namespace parley::record
