// Verifying proofs: the iterative algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2. No
// recursion, no allocation; the work is bounded by the 63 levels a tree can have.

#include <bit>

#include "ledger/merkle/proof.h"

namespace parley::merkle {
namespace {

Status WrongLength(std::string_view what, size_t got) {
  return Unauthenticated(fmt::format("{}: {} hashes are not the length of this path", what, got));
}

Status CheckRoot(std::string_view what, const Hash& got, const Hash& want) {
  if (got == want) return absl::OkStatus();
  return Unauthenticated(fmt::format("{}: leads to root {}, want {}", what, got, want));
}

// A node number and the last node's number on its level; both go up one level at a time.
struct Position {
  uint64_t node;
  uint64_t last;

  void Up() {
    node >>= 1;
    last >>= 1;
  }
  // Whether the sibling is on the left. A node at the right edge without a right sibling moves up
  // until it has a left one.
  bool SiblingIsLeft() const { return (node & 1) != 0 || node == last; }
  void SkipMissingSiblings() {
    if ((node & 1) != 0) return;
    do Up();
    while ((node & 1) == 0 && node != 0);
  }
};

}  // namespace

Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                       const Hash& root) {
  constexpr std::string_view kWhat = "inclusion proof";
  if (index >= size) {
    return Unauthenticated(
        fmt::format("{}: entry {} is not in a tree of size {}", kWhat, index, size));
  }
  Position at{index, size - 1};
  Hash got = leaf;
  for (const Hash& p : proof) {
    if (at.last == 0) return WrongLength(kWhat, proof.size());
    if (at.SiblingIsLeft()) {
      got = NodeHash(p, got);
      at.SkipMissingSiblings();
    } else {
      got = NodeHash(got, p);
    }
    at.Up();
  }
  if (at.last != 0) return WrongLength(kWhat, proof.size());
  return CheckRoot(kWhat, got, root);
}

Status VerifyConsistency(uint64_t old_size, uint64_t new_size, const Hash& old_root,
                         const Hash& new_root, std::span<const Hash> proof) {
  constexpr std::string_view kWhat = "consistency proof";
  if (old_size > new_size) {
    return Unauthenticated(
        fmt::format("{}: the older size {} is over the newer {}", kWhat, old_size, new_size));
  }
  if (old_size == 0) RETURN_IF_ERROR(CheckRoot("the empty tree", old_root, EmptyRoot()));
  if (old_size == 0 || old_size == new_size) {
    if (!proof.empty()) return WrongLength(kWhat, proof.size());
    return old_size == 0 && new_size != 0 ? absl::OkStatus() : CheckRoot(kWhat, old_root, new_root);
  }
  // A complete old tree is itself the first node; otherwise the proof brings it.
  const bool complete = std::has_single_bit(old_size);
  if (!complete && proof.empty()) return WrongLength(kWhat, 0);
  Hash old_got = complete ? old_root : proof[0];
  Hash new_got = old_got;
  Position at{old_size - 1, new_size - 1};
  while ((at.node & 1) != 0) at.Up();
  for (const Hash& p : proof.subspan(complete ? 0 : 1)) {
    if (at.last == 0) return WrongLength(kWhat, proof.size());
    if (at.SiblingIsLeft()) {
      old_got = NodeHash(p, old_got);
      new_got = NodeHash(p, new_got);
      at.SkipMissingSiblings();
    } else {
      new_got = NodeHash(new_got, p);
    }
    at.Up();
  }
  if (at.last != 0) return WrongLength(kWhat, proof.size());
  RETURN_IF_ERROR(CheckRoot("consistency proof, older tree", old_got, old_root));
  return CheckRoot("consistency proof, newer tree", new_got, new_root);
}

}  // namespace parley::merkle
