#pragma once

// Frontier: all that is needed to append to a Merkle tree and to know its root, without the leaves.
// It is the "compact range" of RFC 6962 implementations: the roots of the complete subtrees that
// the size's binary digits name, for example 4 + 1 leaves for size 5.
//
// Copyable, cheap (at most 63 hashes): speculative execution appends to a copy. Two frontiers are
// equal exactly when they stand for the same leaves. Not thread-safe while being written.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "crypto/hash.h"
#include "ledger/merkle/tree_hash.h"

namespace parley::merkle {

class Frontier {
 public:
  // The empty tree.
  Frontier() = default;

  // INVALID_ARGUMENT unless there is one peak for each set bit of `size` and size <= kTreeSizeMax.
  static StatusOr<Frontier> FromPeaks(uint64_t size, std::vector<Hash> peaks);

  uint64_t size() const { return size_; }

  // The complete subtrees' roots, largest (leftmost) first; one for each set bit of size().
  const std::vector<Hash>& peaks() const { return peaks_; }

  // O(log size), O(1) on average. `leaf` is a LeafHash, not an entry.
  void Append(const Hash& leaf);

  // The RFC 6962 root; EmptyRoot() when empty. O(log size).
  Hash Root() const;

  // For storage: U64 size, then the peaks. Parse takes exactly what Encode writes.
  std::string Encode() const;
  static StatusOr<Frontier> Parse(std::string_view bytes);

  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

}  // namespace parley::merkle
