#include "ledger/record/names.h"

#include <algorithm>

#include "base/limits.h"
#include "crypto/identity.h"

namespace parley::record {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return IsLower(c) || IsUpper(c); }
bool IsAlnum(char c) { return IsLetter(c) || IsDigit(c); }

uint32_t ToNumber(std::string_view digits) {
  uint32_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<uint32_t>(c - '0');
  return value;
}

}  // namespace

bool IsEventCode(std::string_view text) {
  return !text.empty() && text.size() <= limits::kNameBytesMax && IsUpper(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsUpper(c) || IsDigit(c) || c == '_'; });
}

bool IsLanguageTag(std::string_view text) {
  if (text.size() > 35) return false;
  bool first = true;
  while (true) {
    const std::string_view tag = text.substr(0, text.find('-'));
    if (tag.size() < (first ? 2 : 1) || tag.size() > 8) return false;
    if (!std::all_of(tag.begin(), tag.end(), first ? IsLetter : IsAlnum)) return false;
    if (tag.size() == text.size()) return true;
    text.remove_prefix(tag.size() + 1);
    first = false;
  }
}

bool IsReferenceRole(std::string_view text) { return IsName(text) && IsLower(text.front()); }

bool IsAdminCode(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsAlnum(c) || c == '-'; });
}

std::string CaseNumber::ToString() const { return fmt::format("{:04}-{:04}", year, number); }

StatusOr<CaseNumber> CaseNumber::Parse(std::string_view text) {
  const auto bad = [&] {
    return InvalidArgument(fmt::format(
        "a case id reads like 2025-0042: year, '-', number of at least four digits; got {} bytes",
        text.size()));
  };
  if (text.size() < 9 || text.size() > 13 || text[4] != '-') return bad();
  const std::string_view year = text.substr(0, 4);
  const std::string_view number = text.substr(5);
  if (!std::all_of(year.begin(), year.end(), IsDigit)) return bad();
  if (!std::all_of(number.begin(), number.end(), IsDigit)) return bad();
  if (number.size() > 4 && number.front() == '0') return bad();
  const CaseNumber out{ToNumber(year), ToNumber(number)};
  if (out.year < 1970 || out.number == 0) return bad();
  return out;
}

}  // namespace parley::record
