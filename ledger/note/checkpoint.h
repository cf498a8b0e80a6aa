#pragma once

// C2SP tlog-checkpoint: the text that names one state of the ledger.
//
//   <origin> \n <size, decimal> \n <base64(root)> \n
//
// No extension lines: tools treat them in three different ways. One state has exactly one text:
// size without leading zeros, canonical base64, and the empty tree always carries the empty root.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/hash.h"

namespace parley::note {

struct Checkpoint {
  std::string origin;  // a valid key name of at most kOriginBytesMax bytes
  uint64_t size = 0;   // entries; at most merkle::kTreeSizeMax
  Hash root;           // merkle::EmptyRoot() when size is 0
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;

  // The text without signatures.
  std::string Serialize() const;

  // INVALID_ARGUMENT names the line and what is wrong with it.
  static StatusOr<Checkpoint> Parse(std::string_view text);
};

// What Parse holds true of every checkpoint, for one that was put together by hand.
Status CheckCheckpoint(const Checkpoint& checkpoint);

// A decimal number as the formats here write it: digits only, no leading zero, at most 2^63 - 1.
// `what` names it in the error.
StatusOr<uint64_t> ParseDecimal(std::string_view digits, std::string_view what);

}  // namespace parley::note
