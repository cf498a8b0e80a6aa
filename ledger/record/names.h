#pragma once

// Syntax of codes and numbers that records and charters share; names are crypto/identity.h's. ASCII
// only and independent of locale: they become parts of key names, certificates and keys of the
// state.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/identity.h"  // IsName

namespace parley::record {

// The officer name of a member's root key.
inline constexpr std::string_view kRootOfficer = "root";

// Codes of event types: [A-Z][A-Z0-9_]{0,31}.
bool IsEventCode(std::string_view text);
// BCP 47 (RFC 5646) in outline: 2..8 letters, then subtags of 1..8 letters or digits; at most 35.
bool IsLanguageTag(std::string_view text);
// Roles of references: [a-z][a-z0-9-]{0,31}.
bool IsReferenceRole(std::string_view text);
// ISO 3166-2 codes and P-codes: 1..32 letters, digits and '-'.
bool IsAdminCode(std::string_view text);

// "2025-0042": ledger year and number in it, at least four digits, no needless zeros. Ordered by
// year, then number.
struct CaseNumber {
  uint32_t year = 0;    // 1970..9999
  uint32_t number = 0;  // 1..99,999,999
  std::string ToString() const;
  static StatusOr<CaseNumber> Parse(std::string_view text);
  friend auto operator<=>(const CaseNumber&, const CaseNumber&) = default;
};

inline constexpr uint32_t kCaseNumberMax = 99'999'999;

}  // namespace parley::record
