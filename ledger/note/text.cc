#include "ledger/note/text.h"

namespace parley::note {

std::optional<CodePoint> DecodeUtf8(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return CodePoint{first, 1};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return std::nullopt;
  char32_t value = first & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if ((c & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (c & 0x3f);
  }
  const char32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < least || value > 0x10ffff || surrogate) return std::nullopt;
  return CodePoint{value, bytes};
}

Status CheckPlainText(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const std::optional<CodePoint> c = DecodeUtf8(text.substr(at));
    if (!c) return InvalidArgument(fmt::format("byte {} is not UTF-8", at));
    if (c->value < 0x20 && c->value != '\n') {
      return InvalidArgument(fmt::format("byte {} is the control character 0x{:02x}", at,
                                         static_cast<uint32_t>(c->value)));
    }
    at += c->bytes;
  }
  return absl::OkStatus();
}

bool IsUnicodeSpace(char32_t c) {
  switch (c) {
    case 0x20:
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
      return true;
    default:
      return (c >= 0x09 && c <= 0x0d) || (c >= 0x2000 && c <= 0x200a);
  }
}

std::optional<std::string_view> TakeLine(std::string_view* rest) {
  const size_t end = rest->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest->substr(0, end);
  rest->remove_prefix(end + 1);
  return line;
}

StatusOr<Hash> ParseHash(std::string_view base64) {
  ASSIGN_OR_RETURN(const Bytes bytes, Base64Decode(base64));
  return Hash::FromBytes(bytes);
}

}  // namespace parley::note
