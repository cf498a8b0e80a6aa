// tests/vectors/merkle_*.json.

#include "ledger/merkle/entry_bundle.h"
#include "ledger/merkle/proof.h"
#include "ledger/merkle/tile_path.h"
#include "tests/ledger/merkle_reference.h"
#include "tests/support/status_matchers.h"
#include "tests/support/vectors.h"

namespace parley::merkle {
namespace {

using nlohmann::json;
using testing::LoadVectors;
using testing::VectorName;

Hash HashOf(const json& v, const char* field) {
  return Hash::FromHex(v.at(field).get<std::string>()).value();
}

Hashes HashesOf(const json& v, const char* field) {
  Hashes out;
  for (const json& item : v.at(field))
    out.push_back(Hash::FromHex(item.get<std::string>()).value());
  return out;
}

Hash FrontierRoot(HashSpan leaves) {
  Frontier out;
  for (const Hash& leaf : leaves) out.Append(leaf);
  return out.Root();
}

// 70,000 leaves are hashed once for all tests.
const Hashes& Leaves70000() {
  static const Hashes leaves = DecimalLeaves(70'000);
  return leaves;
}

class MerkleRootVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(MerkleRootVectorTest, Root) {
  Hashes leaves;
  for (const json& entry : GetParam().at("entries"))
    leaves.push_back(LeafHash(HexDecode(entry.get<std::string>()).value()));
  EXPECT_EQ(FrontierRoot(leaves) == HashOf(GetParam(), "root"), GetParam().at("valid"));
}
INSTANTIATE_TEST_SUITE_P(File, MerkleRootVectorTest,
                         ::testing::ValuesIn(LoadVectors("merkle_root.json")), VectorName);

class MerkleDecimalVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(MerkleDecimalVectorTest, Root) {
  const HashSpan leaves = HashSpan(Leaves70000()).first(GetParam().at("size").get<size_t>());
  EXPECT_EQ(FrontierRoot(leaves), HashOf(GetParam(), "root"));
}
INSTANTIATE_TEST_SUITE_P(File, MerkleDecimalVectorTest,
                         ::testing::ValuesIn(LoadVectors("merkle_decimal.json")), VectorName);

// A file of the tree of the 70,000 decimal entries.
StatusOr<std::string> FileAt(const std::string& path) {
  if (const auto bundle = ParseEntryBundlePath(path); bundle.ok()) {
    std::vector<std::string> entries;
    for (uint64_t i = 0; i < bundle->width; ++i)
      entries.push_back(std::to_string(bundle->index * kTileWidth + i));
    return EncodeEntryBundle(entries);
  }
  ASSIGN_OR_RETURN(const TileId id, ParseTilePath(path));
  MemoryTiles tiles = TilesOf(Leaves70000());
  ASSIGN_OR_RETURN(const Hashes hashes, tiles.ReadTile(id.level, id.index, id.width));
  return EncodeTile(hashes);
}

class MerkleTilesVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(MerkleTilesVectorTest, File) {
  ASSERT_OK_AND_ASSIGN(const std::string file, FileAt(GetParam().at("path")));
  EXPECT_EQ(Sha256(AsBytes(file)), HashOf(GetParam(), "digest"));
}
INSTANTIATE_TEST_SUITE_P(File, MerkleTilesVectorTest,
                         ::testing::ValuesIn(LoadVectors("merkle_tiles.json")), VectorName);

class MerkleInclusionVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(MerkleInclusionVectorTest, Verifies) {
  const json& v = GetParam();
  const Status status = VerifyInclusion(v.at("index"), v.at("size"), HashOf(v, "leaf"),
                                        HashesOf(v, "proof"), HashOf(v, "root"));
  EXPECT_EQ(status.code(),
            v.at("valid") ? absl::StatusCode::kOk : absl::StatusCode::kUnauthenticated)
      << v.at("comment") << status.ToString();
}
INSTANTIATE_TEST_SUITE_P(File, MerkleInclusionVectorTest,
                         ::testing::ValuesIn(LoadVectors("merkle_inclusion.json")), VectorName);

class MerkleConsistencyVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(MerkleConsistencyVectorTest, Verifies) {
  const json& v = GetParam();
  const Status status = VerifyConsistency(v.at("old_size"), v.at("new_size"), HashOf(v, "old_root"),
                                          HashOf(v, "new_root"), HashesOf(v, "proof"));
  EXPECT_EQ(status.code(),
            v.at("valid") ? absl::StatusCode::kOk : absl::StatusCode::kUnauthenticated)
      << v.at("comment") << status.ToString();
}
INSTANTIATE_TEST_SUITE_P(File, MerkleConsistencyVectorTest,
                         ::testing::ValuesIn(LoadVectors("merkle_consistency.json")), VectorName);

TEST(MerkleVectorTest, ProofsOfTheLargeTreeAreMadeAlike) {
  MemoryTiles tiles = TilesOf(Leaves70000());
  for (const json& v : LoadVectors("merkle_inclusion.json")) {
    if (v.at("size") != 70'000) continue;
    ASSERT_OK_AND_ASSIGN(const Hashes proof, InclusionProof(tiles, v.at("index"), 70'000));
    EXPECT_EQ(proof, HashesOf(v, "proof")) << v.at("id");
  }
  for (const json& v : LoadVectors("merkle_consistency.json")) {
    if (v.at("new_size") != 70'000) continue;
    ASSERT_OK_AND_ASSIGN(const Hashes proof, ConsistencyProof(tiles, v.at("old_size"), 70'000));
    EXPECT_EQ(proof, HashesOf(v, "proof")) << v.at("id");
  }
}

}  // namespace
}  // namespace parley::merkle
