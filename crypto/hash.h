#pragma once

// SHA-256 and the project's hash types. One hash function everywhere (docs/formats.md).

#include <string_view>

#include "crypto/bytes.h"

namespace parley {

struct HashTag {
  static constexpr std::string_view kName = "hash";
};
struct LedgerIdTag {
  static constexpr std::string_view kName = "ledger id";
};
struct CharterHashTag {
  static constexpr std::string_view kName = "charter hash";
};
struct RecordIdTag {
  static constexpr std::string_view kName = "record id";
};
struct EntryHashTag {
  static constexpr std::string_view kName = "entry hash";
};
struct BlockIdTag {
  static constexpr std::string_view kName = "block id";
};
struct StateDigestTag {
  static constexpr std::string_view kName = "state digest";
};

using Hash = FixedBytes<HashTag, 32>;                // Merkle nodes and leaves, plain digests
using LedgerId = FixedBytes<LedgerIdTag, 32>;        // SHA-256 of the genesis charter's text
using CharterHash = FixedBytes<CharterHashTag, 32>;  // SHA-256 of a charter version's text
using RecordId = FixedBytes<RecordIdTag, 32>;        // SHA-256 of the record's PAE bytes
using EntryHash = FixedBytes<EntryHashTag, 32>;      // SHA-256 of an entry's bytes
using BlockId = FixedBytes<BlockIdTag, 32>;          // SHA-256 of a block header's bytes
using StateDigest = FixedBytes<StateDigestTag, 32>;  // running digest of all state changes

// SHA-256 of the bytes, as the wanted type: Sha256<BlockId>(header).
std::array<uint8_t, 32> Sha256Raw(ByteSpan bytes);
template <class T = Hash>
T Sha256(ByteSpan bytes) {
  return T(Sha256Raw(bytes));
}

// Incremental SHA-256. Not thread-safe. Finish() may be called once.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  Sha256Stream& Update(ByteSpan bytes);
  Hash Finish();

 private:
  void* context_;  // EVP_MD_CTX, owned
};

}  // namespace parley
