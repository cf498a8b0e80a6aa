// Copies of a database that its owner goes on writing.

#include <filesystem>

#include "ledger/store/store.h"
#include "tests/store/store_fixture.h"

namespace parley::store {
namespace {

using ::parley::testing::IsOk;
using ::parley::testing::ReadAll;
using ::parley::testing::StatusIs;
using ::parley::testing::TempDir;
using ::parley::testing::WriteAll;
namespace fs = std::filesystem;

TEST(Store, SavedCopyHoldsWhatWasCommittedBeforeIt) {
  const TempDir dir;
  const std::string copy = (dir.path() / "copy").string();
  auto store = MustOpen((dir.path() / "db").string());
  ASSERT_NE(store, nullptr);
  ASSERT_OK(PutOne(*store, "before", "1"));
  ASSERT_OK(store->SaveCopy(copy));
  ASSERT_OK(PutOne(*store, "after", "2"));
  const auto copied = MustOpen(copy, Store::Mode::kReadOnly);
  ASSERT_NE(copied, nullptr);
  EXPECT_EQ(copied->Get(Family::kEntries, "before").value(), "1");
  EXPECT_THAT(copied->Get(Family::kEntries, "after"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(fs::status(copy).permissions(), fs::perms::owner_all);
}

TEST(Store, SavedCopyReplacesNothing) {
  const TempDir dir;
  const std::string copy = (dir.path() / "copy").string();
  auto store = MustOpen((dir.path() / "db").string());
  ASSERT_NE(store, nullptr);
  WriteAll(copy, "something");
  EXPECT_THAT(store->SaveCopy(copy), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReadAll(copy), "something");
  EXPECT_FALSE(store->SaveCopy((dir.path() / "no/such/folder").string()).ok());
  EXPECT_OK(PutOne(*store, "still", "writes"));
}

}  // namespace
}  // namespace parley::store
