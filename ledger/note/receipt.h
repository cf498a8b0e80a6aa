#pragma once

// Receipts: C2SP tlog-proof files (".tlog-proof"). Together with the entry and the charter a
// receipt proves, with no network, that the entry is in the ledger.
//
//   c2sp.org/tlog-proof@v1 \n
//   index <decimal> \n
//   <base64 hash> \n ...           (inclusion proof, the leaf's sibling first)
//   \n
//   <checkpoint note, verbatim>
//
// The format's optional "extra" line is never authenticated and never written here; a file with one
// is refused.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "crypto/hash.h"
#include "ledger/note/cosignature.h"

namespace parley::note {

struct Receipt {
  uint64_t index = 0;           // of the entry, from 0
  std::vector<Hash> hashes;     // inclusion proof
  std::string checkpoint_note;  // the bytes as received
  friend bool operator==(const Receipt&, const Receipt&) = default;

  std::string Serialize() const;

  // Strict, the checkpoint note included: what is parsed serializes to the same bytes.
  static StatusOr<Receipt> Parse(std::string_view file);
};

struct ReceiptResult {
  Checkpoint checkpoint;
  QuorumResult quorum;
};

// OK when the rule's quorum has cosigned a ledger that has exactly these bytes as entry number
// receipt.index. UNAUTHENTICATED says what does not match.
StatusOr<ReceiptResult> VerifyReceipt(const Receipt& receipt, ByteSpan entry,
                                      const QuorumRule& rule);

}  // namespace parley::note
