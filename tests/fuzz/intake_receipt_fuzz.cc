// Intake receipts: one encoding each, and none that was not signed verifies.

#include <cstddef>
#include <cstdint>

#include "ledger/record/intake.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(intake_receipt) {
  using namespace parley;
  const std::string_view bytes = AsText({data, size});
  const StatusOr<record::IntakeReceipt> got = record::ParseIntakeReceipt(bytes);
  if (!got.ok()) return 0;
  static const SecretKey key = SecretKey::FromSeed(Bytes(32, 7)).value();
  const std::string again = record::SignIntakeReceipt(*got, key);
  // All but the signature must come out as it went in.
  if (again.size() != size) __builtin_trap();
  if (again.substr(0, size - 64) != bytes.substr(0, size - 64)) __builtin_trap();
  const StatusOr<record::IntakeReceipt> ours = record::ParseIntakeReceipt(again);
  if (!ours.ok() || !record::VerifyIntakeReceipt(*ours, key.public_key()).ok()) __builtin_trap();
  return 0;
}
