#include "ledger/merkle/tree_hash.h"

#include <algorithm>
#include <array>

namespace parley::merkle {

Hash LeafHash(ByteSpan entry) {
  constexpr std::array<uint8_t, 1> kLeaf = {0x00};
  return Sha256Stream().Update(kLeaf).Update(entry).Finish();
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<uint8_t, 1 + 2 * Hash::kSize> bytes;
  bytes[0] = 0x01;
  std::copy(left.bytes().begin(), left.bytes().end(), bytes.begin() + 1);
  std::copy(right.bytes().begin(), right.bytes().end(), bytes.begin() + 1 + Hash::kSize);
  return Sha256(bytes);
}

Hash EmptyRoot() { return Sha256(ByteSpan()); }

}  // namespace parley::merkle
