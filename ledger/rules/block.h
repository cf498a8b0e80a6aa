#pragma once

// Blocks: the unit of agreement. A header is bound to its records by their digest before anything
// is executed, and to their consequences by the tree root and the state digest after. Byte format:
// docs/formats.md, "Block".

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/hash.h"

namespace parley::rules {

struct BlockHeader {
  uint64_t epoch = 1;  // the version of the charter that it was made under
  uint64_t height = 0;
  BlockId parent;  // all zero for genesis
  TimeMs time{};
  uint64_t first_entry = 0;
  uint32_t entry_count = 0;
  bool seal = false;    // its last entry adopts a charter: the next block belongs to the next epoch
  Hash records_digest;  // of what the block brings; see RecordsDigest
  Hash tree_root;       // after this block
  StateDigest state_digest;  // after this block

  // Domain parley/block/v1, ledger id, then the fields in the order above.
  Bytes Encode(const LedgerId& ledger) const;
  static StatusOr<BlockHeader> Decode(const LedgerId& ledger, ByteSpan bytes);
  BlockId Id(const LedgerId& ledger) const;
  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

struct RawBlock {
  BlockHeader header;
  std::vector<std::string> envelopes;
  std::vector<std::string> proofs = {};  // of misbehaviour

  // U32 header length, header, U32 count, then U32 length and bytes for each envelope; when there
  // are proofs, U32 count and U32 length and bytes for each of them as well.
  std::string Encode(const LedgerId& ledger) const;
  // Strict; limits::kBlockBytesMax; refuses a body whose digest is not the header's.
  static StatusOr<RawBlock> Decode(const LedgerId& ledger, std::string_view bytes);
};

// SHA-256 over U32 length || envelope for every envelope in order; when there are proofs, then over
// U32 2^32 - 1 (no length) and U32 length || proof for every proof.
Hash RecordsDigest(const std::vector<std::string>& envelopes,
                   const std::vector<std::string>& proofs);

// The body as it follows the header in RawBlock's encoding.
std::string EncodeBody(const std::vector<std::string>& envelopes,
                       const std::vector<std::string>& proofs);

}  // namespace parley::rules
