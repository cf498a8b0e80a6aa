#pragma once

// What the key that is being enrolled signs, so that nobody can enrol a key that they do not hold.

#include <string_view>

#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace parley::record {

// Var("parley/enrol/v1") || ledger id || Var(member) || Var(officer); docs/formats.md, "Record".
Bytes EnrolmentBytes(const LedgerId& ledger, std::string_view member, std::string_view officer);

}  // namespace parley::record
