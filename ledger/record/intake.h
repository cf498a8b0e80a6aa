#pragma once

// Intake receipts: what a node hands to an officer when a record is durably kept by it. The node's
// signature says "this record reached me and is on my disk, and I work for its inclusion until the
// deadline". It does not say that the record is final. Bytes: docs/formats.md, "Intake receipt".

#include <string>
#include <string_view>

#include "base/time.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace parley::record {

struct IntakeReceipt {
  LedgerId ledger_id;
  RecordId record;
  std::string member;        // whose node it is
  TimeMs received_at{};      // by that node's clock
  uint64_t ledger_size = 0;  // entries of the ledger the node knew then
  TimeMs deadline{};         // not before received_at
  Signature signature;
  friend bool operator==(const IntakeReceipt&, const IntakeReceipt&) = default;
};

// Signs with the node key and returns the receipt's bytes; `receipt.signature` is not looked at.
std::string SignIntakeReceipt(const IntakeReceipt& receipt, const SecretKey& node_key);

// Takes exactly what SignIntakeReceipt writes; INVALID_ARGUMENT names the field. Says nothing about
// the signature.
StatusOr<IntakeReceipt> ParseIntakeReceipt(std::string_view bytes);

// UNAUTHENTICATED unless the signature is the node key's. Which key is the member's is in the
// charter; that ledger and record are the wanted ones is for the caller to compare.
Status VerifyIntakeReceipt(const IntakeReceipt& receipt, const PublicKey& node_key);

}  // namespace parley::record
