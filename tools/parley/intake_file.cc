#include "tools/parley/intake_file.h"

#include <algorithm>
#include <string>

#include "tools/parley/text.h"

namespace parley::cli {

StatusOr<record::IntakeReceipt> ParseIntakeFile(std::string_view text) {
  std::string_view trimmed = text;
  while (!trimmed.empty() && trimmed.back() == '\n') trimmed.remove_suffix(1);
  // The bytes themselves begin with zeros, which no hex does.
  const bool hex = !trimmed.empty() && std::all_of(trimmed.begin(), trimmed.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!hex) return record::ParseIntakeReceipt(text);
  ASSIGN_OR_RETURN(const Bytes bytes, HexDecode(trimmed), "intake receipt");
  return record::ParseIntakeReceipt(AsText(bytes));
}

Status CheckIntake(std::string_view bytes, const LedgerId& ledger, const RecordId& record,
                   std::string_view member) {
  ASSIGN_OR_RETURN(const record::IntakeReceipt receipt, record::ParseIntakeReceipt(bytes));
  if (receipt.ledger_id == ledger && receipt.record == record && receipt.member == member)
    return absl::OkStatus();
  return Unauthenticated(fmt::format(
      "intake receipt: wanted one of {} for record {} of ledger {}, got one of {} for "
      "record {} of ledger {}",
      member, record, ledger, Printable(receipt.member), receipt.record, receipt.ledger_id));
}

}  // namespace parley::cli
