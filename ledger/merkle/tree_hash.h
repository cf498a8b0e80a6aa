#pragma once

// The hashes of the ledger's Merkle tree: RFC 6962 section 2.1 (the same as RFC 9162 section 2.1)
// over SHA-256. The first byte tells leaves from inner nodes, so that no entry can pass for a node.

#include <cstdint>

#include "crypto/hash.h"

namespace parley::merkle {

// The most leaves that any format here can name; others read sizes into signed 64-bit numbers.
inline constexpr uint64_t kTreeSizeMax = (1ULL << 63) - 1;

// SHA-256(0x00 || entry).
Hash LeafHash(ByteSpan entry);

// SHA-256(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);

// SHA-256 of nothing: the root of the tree without leaves.
Hash EmptyRoot();

}  // namespace parley::merkle
