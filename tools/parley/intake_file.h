#pragma once

// A file with one intake receipt (ledger/record/intake.h): its bytes as the node gave them, as
// --intake files them, or in hex, as --json prints them.

#include <string_view>

#include "base/status.h"
#include "ledger/record/intake.h"

namespace parley::cli {

// A receipt has about 200 bytes; hex doubles them.
inline constexpr size_t kIntakeFileBytesMax = 1'024;

// INVALID_ARGUMENT says what is wrong. Says nothing about the signature.
StatusOr<record::IntakeReceipt> ParseIntakeFile(std::string_view text);

// That a node's answer is the receipt of this record, taken in by this member for this ledger.
// UNAUTHENTICATED when it is not. Says nothing about the signature.
Status CheckIntake(std::string_view bytes, const LedgerId& ledger, const RecordId& record,
                   std::string_view member);

}  // namespace parley::cli
