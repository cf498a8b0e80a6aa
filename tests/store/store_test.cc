#include "ledger/store/store.h"

#include <rocksdb/db.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/encoding.h"
#include "crypto/sign.h"
#include "ledger/store/log_check.h"
#include "ledger/store/open.h"
#include "tests/store/store_fixture.h"

namespace parley::store {
namespace {

using ::parley::testing::IsOk;
using ::parley::testing::ReadAll;
using ::parley::testing::StatusIs;
using ::parley::testing::TempDir;
using ::parley::testing::WriteAll;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(Store, CommittedBatchSurvivesReopen) {
  const TempDir dir;
  {
    auto store = MustOpen(dir / "db");
    Store::Batch batch;
    batch.Put(Family::kEntries, "a", "1");
    batch.Put(Family::kState, "a", "2");
    batch.Put(Family::kState, "b", "3");
    batch.Delete(Family::kState, "b");
    EXPECT_FALSE(batch.empty());
    EXPECT_GT(batch.bytes(), 0u);
    ASSERT_OK(store->Commit(std::move(batch)));
  }
  auto store = MustOpen(dir / "db");
  EXPECT_EQ(store->Get(Family::kEntries, "a").value(), "1");
  EXPECT_EQ(store->Get(Family::kState, "a").value(), "2");
  EXPECT_THAT(store->Get(Family::kState, "b"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store->Get(Family::kTiles, "a"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(Store, DirectoryIsPrivate) {
  const TempDir dir;
  fs::create_directory(dir / "db");
  ASSERT_EQ(::chmod((dir / "db").c_str(), 0755), 0);
  auto store = MustOpen(dir / "db");
  struct stat info {};
  ASSERT_EQ(::stat((dir / "db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(Store, RangeDelete) {
  const TempDir dir;
  auto store = MustOpen(dir / "db");
  for (const char* key : {"a", "b", "c"}) ASSERT_OK(PutOne(*store, key, key));
  Store::Batch batch;
  batch.DeleteRange(Family::kEntries, "a", "c");
  ASSERT_OK(store->Commit(std::move(batch)));
  EXPECT_THAT(store->Get(Family::kEntries, "b"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(store->Get(Family::kEntries, "c"));
}

TEST(Store, SnapshotDoesNotMove) {
  const TempDir dir;
  auto store = MustOpen(dir / "db");
  ASSERT_OK(PutOne(*store, "k1", "old"));
  const auto snapshot = store->TakeSnapshot();
  ASSERT_OK(PutOne(*store, "k1", "new"));
  ASSERT_OK(PutOne(*store, "k2", "new"));
  EXPECT_EQ(snapshot->Get(Family::kEntries, "k1").value(), "old");
  EXPECT_THAT(snapshot->Get(Family::kEntries, "k2"), StatusIs(absl::StatusCode::kNotFound));
  size_t seen = 0;
  ASSERT_OK(snapshot->ForEach(Family::kEntries, "k", "",
                              [&](std::string_view, std::string_view) -> StatusOr<bool> {
                                ++seen;
                                return true;
                              }));
  EXPECT_EQ(seen, 1u);
  EXPECT_EQ(store->Get(Family::kEntries, "k1").value(), "new");
}

TEST(Store, ForEachKeepsToPrefixStartsAtFromAndStops) {
  const TempDir dir;
  auto store = MustOpen(dir / "db");
  const std::string high = "\xff\xff";
  for (const std::string& key : {std::string("a1"), std::string("b1"), std::string("b2"),
                                 std::string("b3"), std::string("c1"), high})
    ASSERT_OK(PutOne(*store, key, "v"));
  const auto keys = [&](std::string_view prefix, std::string_view from, size_t max) {
    std::vector<std::string> out;
    EXPECT_OK(store->TakeSnapshot()->ForEach(
        Family::kEntries, prefix, from,
        [&](std::string_view key, std::string_view) -> StatusOr<bool> {
          out.emplace_back(key);
          return out.size() < max;
        }));
    return out;
  };
  EXPECT_THAT(keys("b", "", 9), ::testing::ElementsAre("b1", "b2", "b3"));
  EXPECT_THAT(keys("b", "b2", 9), ::testing::ElementsAre("b2", "b3"));
  EXPECT_THAT(keys("b", "c", 9), ::testing::IsEmpty());
  EXPECT_THAT(keys("b", "a", 2), ::testing::ElementsAre("b1", "b2"));
  EXPECT_THAT(keys("\xff", "", 9), ::testing::ElementsAre(high));
  EXPECT_EQ(keys("", "", 9).size(), 6u);
  EXPECT_THAT(
      store->TakeSnapshot()->ForEach(Family::kEntries, "", "",
                                     [](std::string_view, std::string_view) -> StatusOr<bool> {
                                       return InvalidArgument("enough");
                                     }),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Store, SecondOwnerIsRefusedReaderIsNot) {
  const TempDir dir;
  auto store = MustOpen(dir / "db");
  ASSERT_OK(PutOne(*store, "k", "v"));
  EXPECT_THAT(Store::Open(dir / "db", Store::Mode::kReadWrite),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("in use")));
  const auto names = FilesWith(dir / "db", "");
  {
    auto reader = MustOpen(dir / "db", Store::Mode::kReadOnly);
    EXPECT_EQ(reader->Get(Family::kEntries, "k").value(), "v");
    EXPECT_THAT(PutOne(*reader, "k", "w"), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_EQ(FilesWith(dir / "db", ""), names);  // no traces
  ASSERT_OK(PutOne(*store, "k", "w"));
}

TEST(Store, ReadOnlyNeedsADatabase) {
  const TempDir dir;
  EXPECT_THAT(Store::Open(dir / "none", Store::Mode::kReadOnly),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_FALSE(fs::exists(dir / "none"));
  WriteAll(dir / "file", "x");
  EXPECT_THAT(Store::Open(dir / "file", Store::Mode::kReadOnly),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Store, CopyOfARunningDatabaseOpensReadOnlyAndIsNotChanged) {
  const TempDir dir;
  auto store = MustOpen(dir / "db");
  ASSERT_OK(PutOne(*store, "k", "v"));
  CrashCopy(dir / "db", dir / "copy");
  std::map<std::string, std::string> before;
  for (const auto& path : FilesWith(dir / "copy", "")) before[path] = ReadAll(path);
  { EXPECT_OK(MustOpen(dir / "copy", Store::Mode::kReadOnly)->Get(Family::kEntries, "k")); }
  std::map<std::string, std::string> after;
  for (const auto& path : FilesWith(dir / "copy", "")) after[path] = ReadAll(path);
  EXPECT_EQ(before, after);
}

// The message names the database, both versions and what to do.
void ExpectFormatRefused(uint64_t version, const std::string& what_to_do) {
  const TempDir dir;
  {
    auto store = MustOpen(dir / "db");
    ASSERT_OK_AND_ASSIGN(const std::string stored, store->Get(Family::kMeta, "format"));
    ASSERT_EQ(stored, BigEndian64(kFormatVersion));
    Store::Batch batch;
    batch.Put(Family::kMeta, "format", BigEndian64(version));
    ASSERT_OK(store->Commit(std::move(batch)));
  }
  for (const auto mode : {Store::Mode::kReadWrite, Store::Mode::kReadOnly})
    EXPECT_THAT(
        Store::Open(dir / "db", mode),
        StatusIs(
            absl::StatusCode::kFailedPrecondition,
            AllOf(HasSubstr(dir / "db"), HasSubstr(fmt::format("has format {}", version)),
                  HasSubstr(fmt::format("reads {} only", kFormatVersion)), HasSubstr(what_to_do))));
}

TEST(Store, NewerFormatIsRefused) { ExpectFormatRefused(kFormatVersion + 1, "newer version"); }

// Format 1 had other block headers: its bytes must never be read as if they were today's.
TEST(Store, OlderFormatIsRefused) {
  for (uint64_t version = 1; version < kFormatVersion; ++version)
    ExpectFormatRefused(version, "empty data_dir");
}

TEST(Store, UnknownColumnFamilyIsRefused) {
  const TempDir dir;
  { MustOpen(dir / "db"); }
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, dir / "db", &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> all;
  for (const auto& n : names) all.emplace_back(n, rocksdb::ColumnFamilyOptions());
  all.emplace_back("charters", rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  rocksdb::DBOptions options;
  options.create_missing_column_families = true;
  ASSERT_TRUE(rocksdb::DB::Open(options, dir / "db", all, &handles, &db).ok());
  for (auto* h : handles) db->DestroyColumnFamilyHandle(h);
  delete db;
  EXPECT_THAT(Store::Open(dir / "db", Store::Mode::kReadWrite),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("charters")));
}

TEST(Store, MissingCurrentIsNotANewDatabase) {
  const TempDir dir;
  { ASSERT_OK(PutOne(*MustOpen(dir / "db"), "k", "v")); }
  fs::remove(dir / "db/CURRENT");
  for (const auto mode : {Store::Mode::kReadWrite, Store::Mode::kReadOnly})
    EXPECT_THAT(Store::Open(dir / "db", mode),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("CURRENT")));
}

TEST(Store, EveryAcknowledgedCommitSurvivesSigkill) {
  const TempDir dir;
  int pipe_fd[2];
  ASSERT_EQ(::pipe(pipe_fd), 0);
  // It writes for ever, acknowledging each commit through the pipe.
  const pid_t child = StartChild({"for-ever", dir / "db", std::to_string(pipe_fd[1])});
  ::close(pipe_fd[1]);
  uint64_t acknowledged = 0;
  while (acknowledged < 200 &&
         ::read(pipe_fd[0], &acknowledged, sizeof(acknowledged)) == sizeof(acknowledged)) {
  }
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  WaitForChild(child);
  ::close(pipe_fd[0]);
  ASSERT_GE(acknowledged, 200u);
  auto store = MustOpen(dir / "db");
  for (uint64_t i = 0; i <= acknowledged; ++i)
    EXPECT_OK(store->Get(Family::kEntries, BigEndian64(i))) << i;
}

}  // namespace
}  // namespace parley::store
