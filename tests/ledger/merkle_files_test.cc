// Paths, tile files and entry bundles.

#include "ledger/merkle/entry_bundle.h"
#include "ledger/merkle/tile_path.h"
#include "tests/support/status_matchers.h"

namespace parley::merkle {
namespace {

using ::parley::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using testing::kInvalid;

TEST(TilePathTest, WritesAndReadsTheSpecifiedForm) {
  const std::vector<std::pair<TileId, std::string>> cases = {
      {{0, 5, 256}, "tile/0/005"},
      {{0, 999, 256}, "tile/0/999"},
      {{0, 1'000, 256}, "tile/0/x001/000"},
      {{0, 1'234'067, 256}, "tile/0/x001/x234/067"},
      {{1, 1, 17}, "tile/1/001.p/17"},
      {{2, 0, 1}, "tile/2/000.p/1"},
      {{7, 0, 255}, "tile/7/000.p/255"},
      {{0, kTileIndexMax, 255}, "tile/0/x036/x028/x797/x018/x963/967.p/255"}};
  for (const auto& [id, path] : cases) {
    EXPECT_EQ(TilePath(id), path);
    ASSERT_OK_AND_ASSIGN(const TileId parsed, ParseTilePath(path));
    EXPECT_EQ(parsed, id) << path;
  }
  EXPECT_EQ(EntryBundlePath(1'234'067, 256), "tile/entries/x001/x234/067");
  ASSERT_OK_AND_ASSIGN(const EntryBundleId bundle, ParseEntryBundlePath("tile/entries/000.p/5"));
  EXPECT_EQ(bundle, (EntryBundleId{0, 5}));
}

class BadTilePathTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BadTilePathTest, IsRefused) {
  EXPECT_THAT(ParseTilePath(GetParam()), StatusIs(kInvalid));
  EXPECT_THAT(ParseEntryBundlePath(GetParam()), StatusIs(kInvalid));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadTilePathTest,
    ::testing::Values("", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/",
                      "tile/0/00", "tile/0/0000", "tile/0/x000", "tile/0/x000/001",
                      "tile/0/001/000", "tile/0/x001/x000", "tile/00/000", "tile/8/000",
                      "tile/-1/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
                      "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/", "tile/0/000.P/1",
                      "tile/0/../000", "tile/0/00a", "tile/0/ 00", "tile/data/000", "tile/entries",
                      "tile/entries/", "tile/entries/x000/000", "tile/entries/000.p/256",
                      "tile/0/000.p/1.p/1", "tile/0/x036/x028/x797/x018/x963/968",
                      "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999"));

TEST(TilePathTest, EachKindRefusesTheOther) {
  EXPECT_THAT(ParseTilePath("tile/entries/000"), StatusIs(kInvalid));
  EXPECT_THAT(ParseEntryBundlePath("tile/0/000"), StatusIs(kInvalid));
}

TEST(TilePathTest, ErrorHoldsNoControlCharacters) {
  EXPECT_THAT(ParseTilePath("tile/\x1b[2J\n"), StatusIs(kInvalid, HasSubstr("'tile/?[2J?'")));
}

TEST(EntryBundleTest, WritesAndReadsTheSpecifiedForm) {
  const std::vector<std::string> entries = {"one", "two", "three", "four", "five"};
  ASSERT_OK_AND_ASSIGN(const std::string bundle, EncodeEntryBundle(entries));
  EXPECT_EQ(HexEncode(AsBytes(bundle)),
            "00036f6e65000374776f000574687265650004666f7572000466697665");
  ASSERT_OK_AND_ASSIGN(const auto parsed, ParseEntryBundle(bundle, 5));
  EXPECT_THAT(parsed, ElementsAre("one", "two", "three", "four", "five"));
}

TEST(EntryBundleTest, TakesTheLongestEntryAndNoLonger) {
  ASSERT_OK_AND_ASSIGN(const std::string bundle,
                       EncodeEntryBundle(std::vector{std::string(65'535, 'x'), std::string()}));
  ASSERT_OK_AND_ASSIGN(const auto parsed, ParseEntryBundle(bundle, 2));
  EXPECT_EQ(parsed[0].size(), 65'535u);
  EXPECT_TRUE(parsed[1].empty());
  EXPECT_THAT(EncodeEntryBundle(std::vector{std::string(65'536, 'x')}), StatusIs(kInvalid));
}

TEST(EntryBundleTest, RefusesAnyOtherNumberOfEntries) {
  ASSERT_OK_AND_ASSIGN(const std::string bundle,
                       EncodeEntryBundle(std::vector<std::string>{"one", "two"}));
  EXPECT_THAT(ParseEntryBundle(bundle, 1),
              StatusIs(kInvalid, HasSubstr("5 bytes follow the last entry")));
  EXPECT_THAT(ParseEntryBundle(bundle, 3), StatusIs(kInvalid, HasSubstr("before entry 2 of 3")));
  for (size_t cut = 0; cut < bundle.size(); ++cut)
    EXPECT_THAT(ParseEntryBundle(std::string_view(bundle).substr(0, cut), 2), StatusIs(kInvalid));
  EXPECT_THAT(ParseEntryBundle("", 0), StatusIs(kInvalid));
  EXPECT_THAT(ParseEntryBundle(bundle, 257), StatusIs(kInvalid));
  EXPECT_THAT(EncodeEntryBundle({}), StatusIs(kInvalid));
  EXPECT_THAT(EncodeEntryBundle(std::vector<std::string>(257)), StatusIs(kInvalid));
}

TEST(TileFileTest, IsTheBareHashes) {
  const std::vector<Hash> hashes = {Sha256(AsBytes("a")), Sha256(AsBytes("b"))};
  const std::string file = EncodeTile(hashes);
  EXPECT_EQ(file, hashes[0].ToString() + hashes[1].ToString());
  ASSERT_OK_AND_ASSIGN(const std::vector<Hash> parsed, ParseTile(file, 2));
  EXPECT_EQ(parsed, hashes);
  EXPECT_THAT(ParseTile(file, 1), StatusIs(kInvalid));
  EXPECT_THAT(ParseTile(file, 3), StatusIs(kInvalid));
  EXPECT_THAT(ParseTile(file.substr(1), 2), StatusIs(kInvalid));
  EXPECT_THAT(ParseTile("", 0), StatusIs(kInvalid));
}

}  // namespace
}  // namespace parley::merkle
