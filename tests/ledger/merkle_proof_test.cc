#include "ledger/merkle/proof.h"
#include "tests/ledger/merkle_reference.h"
#include "tests/support/status_matchers.h"

namespace parley::merkle {
namespace {

using ::parley::testing::StatusIs;
using ::testing::HasSubstr;

using testing::kRefused;
constexpr size_t kSizes = 70;

Hash Flip(const Hash& hash) {
  std::array<uint8_t, Hash::kSize> bytes;
  std::copy(hash.bytes().begin(), hash.bytes().end(), bytes.begin());
  bytes[31] ^= 1;
  return Hash(bytes);
}

// Everything that differs by little from the good proof: one hash changed, missing or more.
std::vector<Hashes> Wrong(const Hashes& good) {
  std::vector<Hashes> out;
  for (size_t i = 0; i < good.size(); ++i) {
    out.push_back(good);
    out.back()[i] = Flip(good[i]);
    out.push_back(good);
    out.back().erase(out.back().begin() + static_cast<ptrdiff_t>(i));
  }
  out.push_back(good);
  out.back().push_back(LeafHash({}));
  out.push_back(good);
  out.back().insert(out.back().begin(), LeafHash({}));
  return out;
}

TEST(InclusionProofTest, IsThatOfTheReferenceForEveryLeafOfEverySize) {
  const Hashes leaves = DecimalLeaves(kSizes);
  MemoryTiles tiles = TilesOf(leaves);
  for (size_t n = 1; n <= kSizes; ++n) {
    const HashSpan tree = HashSpan(leaves).first(n);
    const Hash root = ReferenceRoot(tree);
    for (size_t i = 0; i < n; ++i) {
      ASSERT_OK_AND_ASSIGN(const Hashes proof, InclusionProof(tiles, i, n));
      ASSERT_EQ(proof, ReferenceInclusion(i, tree)) << i << " in " << n;
      ASSERT_OK(VerifyInclusion(i, n, leaves[i], proof, root)) << i << " in " << n;
      for (const Hashes& wrong : Wrong(proof))
        ASSERT_THAT(VerifyInclusion(i, n, leaves[i], wrong, root), StatusIs(kRefused));
      ASSERT_THAT(VerifyInclusion(i, n, Flip(leaves[i]), proof, root), StatusIs(kRefused));
      ASSERT_THAT(VerifyInclusion(i, n, leaves[i], proof, Flip(root)), StatusIs(kRefused));
    }
  }
}

// The proof of one place is none for any other; a size may only be mistaken where the path is the
// same.
TEST(InclusionProofTest, IsRefusedAtEveryOtherIndex) {
  const Hashes leaves = DecimalLeaves(kSizes);
  MemoryTiles tiles = TilesOf(leaves);
  for (size_t n = 1; n <= kSizes; ++n) {
    const Hash root = ReferenceRoot(HashSpan(leaves).first(n));
    ASSERT_OK_AND_ASSIGN(const Hashes proof, InclusionProof(tiles, n / 2, n));
    for (size_t i = 0; i <= kSizes; ++i) {
      if (i == n / 2) continue;
      ASSERT_THAT(VerifyInclusion(i, n, leaves[n / 2], proof, root), StatusIs(kRefused));
    }
  }
}

TEST(ConsistencyProofTest, IsThatOfTheReferenceForEveryPairOfSizes) {
  const Hashes leaves = DecimalLeaves(kSizes);
  MemoryTiles tiles = TilesOf(leaves);
  for (size_t n = 0; n <= kSizes; ++n) {
    const HashSpan tree = HashSpan(leaves).first(n);
    const Hash root = ReferenceRoot(tree);
    for (size_t m = 0; m <= n; ++m) {
      const Hash old = ReferenceRoot(tree.first(m));
      ASSERT_OK_AND_ASSIGN(const Hashes proof, ConsistencyProof(tiles, m, n));
      ASSERT_EQ(proof, m == 0 ? Hashes{} : ReferenceConsistency(m, tree)) << m << " to " << n;
      ASSERT_OK(VerifyConsistency(m, n, old, root, proof)) << m << " to " << n;
      for (const Hashes& wrong : Wrong(proof))
        ASSERT_THAT(VerifyConsistency(m, n, old, root, wrong), StatusIs(kRefused)) << m << n;
      ASSERT_THAT(VerifyConsistency(m, n, Flip(old), root, proof), StatusIs(kRefused));
      // Nothing ties the empty tree to what grew out of it.
      if (m > 0) {
        ASSERT_THAT(VerifyConsistency(m, n, old, Flip(root), proof), StatusIs(kRefused));
      }
    }
  }
}

TEST(ConsistencyProofTest, RewrittenHistoryIsRefused) {
  Hashes leaves = DecimalLeaves(40);
  const Hash old = ReferenceRoot(HashSpan(leaves).first(20));
  leaves[7] = Flip(leaves[7]);
  MemoryTiles rewritten = TilesOf(leaves);
  ASSERT_OK_AND_ASSIGN(const Hashes proof, ConsistencyProof(rewritten, 20, 40));
  EXPECT_THAT(VerifyConsistency(20, 40, old, ReferenceRoot(leaves), proof),
              StatusIs(kRefused, HasSubstr("older tree")));
}

TEST(ProofTest, OldSizesAreProvenFromGrownTiles) {
  const Hashes leaves = DecimalLeaves(70'000);
  MemoryTiles tiles = TilesOf(leaves);
  for (const size_t n : {255u, 256u, 257u, 65'535u, 65'536u, 65'537u, 69'999u}) {
    ASSERT_OK_AND_ASSIGN(const Hash root, RootFromTiles(tiles, n));
    EXPECT_EQ(root, ReferenceRoot(HashSpan(leaves).first(n))) << n;
    ASSERT_OK_AND_ASSIGN(const Hashes proof, InclusionProof(tiles, n / 3, n));
    EXPECT_OK(VerifyInclusion(n / 3, n, leaves[n / 3], proof, root)) << n;
  }
  ASSERT_OK_AND_ASSIGN(const Hash empty, RootFromTiles(tiles, 0));
  EXPECT_EQ(empty, EmptyRoot());
}

TEST(ProofTest, ReadsFewTiles) {
  MemoryTiles tiles = TilesOf(DecimalLeaves(70'000));
  ASSERT_OK(InclusionProof(tiles, 12'345, 70'000));
  EXPECT_LE(tiles.reads, 6u);  // per level the path's tile and the right edge's
  tiles.reads = 0;
  ASSERT_OK(ConsistencyProof(tiles, 65'535, 70'000));
  EXPECT_LE(tiles.reads, 6u);
}

TEST(ProofTest, RefusesWhatIsNotInTheTree) {
  MemoryTiles tiles = TilesOf(DecimalLeaves(5));
  using testing::kInvalid;
  EXPECT_THAT(InclusionProof(tiles, 5, 5), StatusIs(kInvalid, HasSubstr("not in a tree of")));
  EXPECT_THAT(InclusionProof(tiles, 0, 0), StatusIs(kInvalid));
  EXPECT_THAT(InclusionProof(tiles, 0, UINT64_MAX), StatusIs(kInvalid));
  EXPECT_THAT(ConsistencyProof(tiles, 5, 4), StatusIs(kInvalid));
  EXPECT_THAT(RootFromTiles(tiles, UINT64_MAX), StatusIs(kInvalid));
  EXPECT_THAT(InclusionProof(tiles, 0, 6), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(InclusionProof(tiles, 0, kTreeSizeMax), StatusIs(absl::StatusCode::kNotFound));
}

TEST(ProofTest, ReaderThatGivesTooFewHashesIsCaught) {
  MemoryTiles tiles = TilesOf(DecimalLeaves(300));
  tiles.give_short = true;
  EXPECT_THAT(InclusionProof(tiles, 3, 300),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("got")));
}

}  // namespace
}  // namespace parley::merkle
