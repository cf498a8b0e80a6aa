#include "tools/parley/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace parley::cli {
namespace {

// One code point off the front; size 0 at the end, code 0xffffffff for a byte that is no UTF-8.
struct CodePoint {
  uint32_t code;
  size_t size;
};
constexpr uint32_t kNoUtf8 = 0xffffffff;

size_t SequenceLength(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

CodePoint Next(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const size_t size = SequenceLength(byte(0));
  if (size == 1) return {byte(0), 1};
  if (size == 0 || size > text.size()) return {kNoUtf8, 1};
  uint32_t code = byte(0) & (0xffU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {kNoUtf8, 1};
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (overlong || surrogate || code > 0x10ffff) return {kNoUtf8, 1};
  return {code, size};
}

bool IsHidden(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
         c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

std::string Escape(uint32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  return fmt::format("\\u{{{:x}}}", c);
}

std::string MakePrintable(std::string_view text, bool keep_newlines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = Next(text);
    if (point.code == kNoUtf8) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[0]));
    } else if (IsHidden(point.code) && !(keep_newlines && point.code == '\n')) {
      out += Escape(point.code);
    } else {
      out += text.substr(0, point.size);
    }
    text.remove_prefix(point.size);
  }
  return out;
}

size_t Width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    text.remove_prefix(Next(text).size);
    ++width;
  }
  return width;
}

std::string JsonEscape(uint32_t c) {
  if (c < 0x10000) return fmt::format("\\u{:04x}", c);
  const uint32_t rest = c - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
}

}  // namespace

std::string Printable(std::string_view text) { return MakePrintable(text, false); }
std::string PrintableLines(std::string_view text) { return MakePrintable(text, true); }

std::string SafeJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const CodePoint point = Next(json);
    const bool escape = point.code != kNoUtf8 && point.code != '\n' && IsHidden(point.code);
    out += escape ? JsonEscape(point.code) : std::string(json.substr(0, point.size));
    json.remove_prefix(point.size);
  }
  return out;
}

std::string Indent(std::string_view text, size_t spaces) {
  std::string out;
  while (true) {
    const size_t end = text.find('\n');
    out += std::string(spaces, ' ') + Printable(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> clean = rows;
  std::vector<size_t> widths;
  for (auto& row : clean) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = Printable(row[i]);
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  std::string out;
  for (const auto& row : clean) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - Width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string ShortTime(TimeMs t) {
  std::string text = FormatTime(t);  // 2026-11-23T20:41:00.123Z
  text[10] = ' ';
  return text.substr(0, 19) + " UTC";
}

std::string LocalTime(TimeMs t, int offset_minutes) {
  const int64_t shifted = static_cast<int64_t>(ToInt(t)) + int64_t{offset_minutes} * 60'000;
  if (shifted < 0 || shifted > static_cast<int64_t>(ToInt(kTimeMax))) return FormatTime(t);
  const std::string text = FormatTime(static_cast<TimeMs>(shifted));
  const int minutes = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  return fmt::format("{}{}{:02}:{:02}", text.substr(0, 16), offset_minutes < 0 ? '-' : '+',
                     minutes / 60, minutes % 60);
}

bool IsUtf8(std::string_view text) { return CheckUtf8(text, "").ok(); }

Status CheckUtf8(std::string_view text, std::string_view field) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const CodePoint point = Next(rest);
    if (point.code == kNoUtf8)
      return InvalidArgument(fmt::format("{}: not UTF-8 at byte {} (0x{:02x})", field,
                                         text.size() - rest.size(), static_cast<uint8_t>(rest[0])));
    rest.remove_prefix(point.size);
  }
  return absl::OkStatus();
}

}  // namespace parley::cli
