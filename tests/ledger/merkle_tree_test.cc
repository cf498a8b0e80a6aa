#include "ledger/merkle/frontier.h"
#include "ledger/merkle/tiles.h"
#include "tests/ledger/merkle_reference.h"
#include "tests/support/status_matchers.h"

namespace parley::merkle {
namespace {

using ::parley::testing::StatusIs;
using ::testing::HasSubstr;

Frontier FrontierOf(HashSpan leaves) {
  Frontier out;
  for (const Hash& leaf : leaves) out.Append(leaf);
  return out;
}

TEST(FrontierTest, RootIsThatOfTheReferenceAtEverySize) {
  const Hashes leaves = DecimalLeaves(300);
  Frontier frontier;
  for (size_t n = 0; n < leaves.size(); ++n) {
    EXPECT_EQ(frontier.size(), n);
    EXPECT_EQ(frontier.Root(), ReferenceRoot(HashSpan(leaves).first(n))) << n;
    frontier.Append(leaves[n]);
  }
}

TEST(FrontierTest, CopyGoesItsOwnWay) {
  const Hashes leaves = DecimalLeaves(7);
  const Frontier parent = FrontierOf(HashSpan(leaves).first(5));
  Frontier child = parent;
  child.Append(leaves[5]);
  EXPECT_EQ(parent, FrontierOf(HashSpan(leaves).first(5)));
  EXPECT_EQ(child, FrontierOf(HashSpan(leaves).first(6)));
  EXPECT_NE(child, parent);
}

TEST(FrontierTest, StoredFormIsReadBack) {
  const Hashes leaves = DecimalLeaves(70);
  for (size_t n = 0; n <= leaves.size(); ++n) {
    const Frontier frontier = FrontierOf(HashSpan(leaves).first(n));
    ASSERT_OK_AND_ASSIGN(const Frontier read, Frontier::Parse(frontier.Encode()));
    EXPECT_EQ(read, frontier) << n;
  }
}

TEST(FrontierTest, RefusesOtherBytes) {
  const std::string good = FrontierOf(DecimalLeaves(5)).Encode();
  EXPECT_OK(Frontier::Parse(good));
  EXPECT_THAT(Frontier::Parse(""), StatusIs(absl::StatusCode::kInvalidArgument));
  for (size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_THAT(Frontier::Parse(good.substr(0, cut)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Frontier::Parse(good + '\0'), StatusIs(absl::StatusCode::kInvalidArgument));
  const std::string too_large = std::string(8, '\xff') + std::string(64 * 32, '\0');
  EXPECT_THAT(Frontier::Parse(too_large),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is over")));
}

TEST(FrontierTest, RefusesPeaksThatDoNotFitTheSize) {
  EXPECT_OK(Frontier::FromPeaks(5, Hashes(2)));
  EXPECT_THAT(Frontier::FromPeaks(5, Hashes(3)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has 2 peaks, got 3")));
}

TEST(TilesTest, ListsTheTilesOfASize) {
  const std::vector<TileId> tiles = TilesOfSize(70'000);
  ASSERT_EQ(tiles.size(), 274u + 2u + 1u);
  EXPECT_EQ(tiles[0], (TileId{0, 0, 256}));
  EXPECT_EQ(tiles[272], (TileId{0, 272, 256}));
  EXPECT_EQ(tiles[273], (TileId{0, 273, 112}));
  EXPECT_EQ(tiles[274], (TileId{1, 0, 256}));
  EXPECT_EQ(tiles[275], (TileId{1, 1, 17}));
  EXPECT_EQ(tiles[276], (TileId{2, 0, 1}));
  EXPECT_EQ(TilesOfSize(256), (std::vector<TileId>{{0, 0, 256}, {1, 0, 1}}));
  EXPECT_EQ(TilesOfSize(1), (std::vector<TileId>{{0, 0, 1}}));
  EXPECT_TRUE(TilesOfSize(0).empty());
}

TEST(TilesTest, WidthIsZeroBeyondTheTree) {
  EXPECT_EQ(TileWidthAt(0, 273, 70'000), 112);
  EXPECT_EQ(TileWidthAt(0, 274, 70'000), 0);
  EXPECT_EQ(TileWidthAt(3, 0, 70'000), 0);
  EXPECT_EQ(TileWidthAt(8, 0, kTreeSizeMax), 0);
  EXPECT_EQ(TileWidthAt(0, kTileIndexMax, kTreeSizeMax), 255);
  EXPECT_EQ(TileWidthAt(0, UINT64_MAX, kTreeSizeMax), 0);
  EXPECT_EQ(TileWidthAt(0, 1, 256), 0);
  EXPECT_EQ(TileLevels(kTreeSizeMax), kTileLevelsMax);
}

// However the leaves come, in one batch or with restarts in between, the same tiles lie there.
TEST(TileUpdatesTest, BatchesAndRestartsGiveTheSameTiles) {
  const Hashes leaves = DecimalLeaves(66'000);
  MemoryTiles whole = TilesOf(leaves);
  MemoryTiles pieces;
  size_t done = 0;
  for (const size_t batch : {1u, 254u, 1u, 256u, 0u, 600u, 64'000u, 888u}) {
    ASSERT_OK_AND_ASSIGN(TileUpdates updates, TileUpdates::Create(pieces, done));
    EXPECT_EQ(updates.size(), done);
    EXPECT_TRUE(updates.TakeChanges().empty());
    for (size_t i = 0; i < batch; ++i) updates.Append(leaves[done + i]);
    done += batch;
    pieces.PutAll(updates);
    EXPECT_TRUE(updates.TakeChanges().empty());
    EXPECT_EQ(updates.ToFrontier(), FrontierOf(HashSpan(leaves).first(done))) << done;
  }
  ASSERT_EQ(done, leaves.size());
  for (const TileId& id : TilesOfSize(leaves.size())) {
    ASSERT_OK_AND_ASSIGN(const Hashes want, whole.ReadTile(id.level, id.index, id.width));
    ASSERT_OK_AND_ASSIGN(const Hashes got, pieces.ReadTile(id.level, id.index, id.width));
    EXPECT_EQ(got, want);
  }
}

TEST(TileUpdatesTest, SaysWhatIsNewInATile) {
  const Hashes leaves = DecimalLeaves(258);
  TileUpdates updates;
  for (size_t i = 0; i < 3; ++i) updates.Append(leaves[i]);
  std::vector<TileWrite> writes = updates.TakeChanges();
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_EQ(writes[0].first_new, 0);
  EXPECT_EQ(writes[0].hashes.size(), 3u);
  for (size_t i = 3; i < leaves.size(); ++i) updates.Append(leaves[i]);
  writes = updates.TakeChanges();
  ASSERT_EQ(writes.size(), 3u);
  EXPECT_EQ(writes[0].index, 0u);
  EXPECT_EQ(writes[0].first_new, 3);
  EXPECT_EQ(writes[0].hashes.size(), 256u);
  EXPECT_EQ(writes[1].index, 1u);
  EXPECT_EQ(writes[1].first_new, 0);
  EXPECT_EQ(writes[1].hashes.size(), 2u);
  EXPECT_EQ(writes[2].level, 1);
  EXPECT_EQ(writes[2].hashes, (Hashes{FoldTile(writes[0].hashes)}));
}

TEST(TileUpdatesTest, RefusesMissingAndShortTiles) {
  MemoryTiles tiles = TilesOf(DecimalLeaves(300));
  EXPECT_OK(TileUpdates::Create(tiles, 300));
  EXPECT_THAT(TileUpdates::Create(tiles, 600), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(TileUpdates::Create(tiles, kTreeSizeMax + 1),
              StatusIs(absl::StatusCode::kInvalidArgument));
  tiles.give_short = true;
  EXPECT_THAT(TileUpdates::Create(tiles, 300),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("tile 0/1: want 44 hashes, got 43")));
}

TEST(TileUpdatesTest, FrontierShowsADamagedTile) {
  const Hashes leaves = DecimalLeaves(300);
  MemoryTiles tiles = TilesOf(leaves);
  Hashes last(leaves.begin() + 256, leaves.end());
  std::swap(last[0], last[1]);
  tiles.Put({0, 1, 0, last});
  ASSERT_OK_AND_ASSIGN(const TileUpdates updates, TileUpdates::Create(tiles, 300));
  EXPECT_NE(updates.ToFrontier(), FrontierOf(leaves));
}

}  // namespace
}  // namespace parley::merkle
