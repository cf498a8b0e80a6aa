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
#include "tests/store/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

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

std::unique_ptr<Store> MustOpen(const std::string& dir,
                                Store::Mode mode = Store::Mode::kReadWrite) {
  auto store = Store::Open(dir, mode);
  EXPECT_OK(store);
  return store.ok() ? std::move(*store) : nullptr;
}

Status PutOne(Store& store, std::string_view key, std::string_view value) {
  Store::Batch batch;
  batch.Put(Family::kEntries, key, value);
  return store.Commit(std::move(batch));
}

std::vector<std::string> FilesWith(const std::string& dir, const std::string& part) {
  std::vector<std::string> out;
  for (const auto& e : fs::directory_iterator(dir)) {
    if (e.path().filename().string().find(part) != std::string::npos)
      out.push_back(e.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Copies a database while its store is open: what a crash (SIGKILL) would leave.
void CrashCopy(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive);
  fs::remove(to + "/LOCK");
}

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

TEST(Store, NewerFormatIsRefused) {
  const TempDir dir;
  {
    auto store = MustOpen(dir / "db");
    Store::Batch batch;
    batch.Put(Family::kMeta, "format", BigEndian64(2));
    ASSERT_OK(store->Commit(std::move(batch)));
  }
  for (const auto mode : {Store::Mode::kReadWrite, Store::Mode::kReadOnly})
    EXPECT_THAT(Store::Open(dir / "db", mode),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("newer")));
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
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // writes for ever, acknowledging each commit through the pipe
    auto store = Store::Open(dir / "db", Store::Mode::kReadWrite);
    for (uint64_t i = 0; store.ok(); ++i) {
      if (!PutOne(**store, BigEndian64(i), std::string(500, 'x')).ok()) break;
      if (::write(pipe_fd[1], &i, sizeof(i)) != sizeof(i)) break;
    }
    ::_exit(1);
  }
  uint64_t acknowledged = 0;
  while (acknowledged < 200 &&
         ::read(pipe_fd[0], &acknowledged, sizeof(acknowledged)) == sizeof(acknowledged)) {
  }
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  int result = 0;
  ::waitpid(child, &result, 0);
  ::close(pipe_fd[0]);
  ::close(pipe_fd[1]);
  ASSERT_GE(acknowledged, 200u);
  auto store = MustOpen(dir / "db");
  for (uint64_t i = 0; i <= acknowledged; ++i)
    EXPECT_OK(store->Get(Family::kEntries, BigEndian64(i))) << i;
}

// ---- damage ------------------------------------------------------------------------------------

class DamagedLog : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = MustOpen(dir_ / "db");
    for (int i = 0; i < 5; ++i)
      ASSERT_OK(PutOne(*store, fmt::format("k{}", i), std::string(100, 'v')));
    CrashCopy(dir_ / "db", dir_ / "crashed");
    log_ = FilesWith(dir_ / "crashed", ".log").back();
    bytes_ = ReadAll(log_);
  }
  std::string crashed() const { return dir_ / "crashed"; }

  TempDir dir_;
  std::string log_;
  std::string bytes_;
};

TEST_F(DamagedLog, TornTailIsDroppedAndTheRestKept) {
  WriteAll(log_, bytes_.substr(0, bytes_.size() - 30));
  auto store = MustOpen(crashed());
  EXPECT_OK(store->Get(Family::kEntries, "k3"));
  EXPECT_THAT(store->Get(Family::kEntries, "k4"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DamagedLog, ZerosBehindTheTailAreFine) {
  WriteAll(log_, bytes_ + std::string(5000, '\0'));
  EXPECT_OK(MustOpen(crashed())->Get(Family::kEntries, "k4"));
}

TEST_F(DamagedLog, EveryFlippedByteIsRefusedByName) {
  // Lengths in the last records are the ones that RocksDB alone would take for a torn tail.
  for (size_t i = 0; i < bytes_.size(); ++i) {
    std::string damaged = bytes_;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    WriteAll(log_, damaged);
    ASSERT_THAT(Store::Open(crashed(), Store::Mode::kReadOnly),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(log_)))
        << "offset " << i << " of " << bytes_.size();
  }
}

// RocksDB alone takes both of these for the end of the log and drops what follows.
TEST_F(DamagedLog, ZerosInTheMiddleAreRefused) {
  std::string damaged = bytes_;
  for (size_t start = bytes_.size() - 300; start < bytes_.size() - 200; start += 10) {
    damaged = bytes_;
    damaged.replace(start, 40, std::string(40, '\0'));
    EXPECT_THAT(CheckLogBytes(damaged), StatusIs(absl::StatusCode::kDataLoss)) << start;
  }
  WriteAll(log_, damaged);
  EXPECT_THAT(Store::Open(crashed(), Store::Mode::kReadWrite),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(log_)));
}

TEST_F(DamagedLog, SmearedHeadersAreRefused) {
  for (size_t start = 0; start + 160 < bytes_.size(); ++start) {
    std::string damaged = bytes_;
    damaged.replace(start, 12, std::string(12, '\x7f'));
    EXPECT_THAT(CheckLogBytes(damaged), StatusIs(absl::StatusCode::kDataLoss)) << start;
  }
}

TEST_F(DamagedLog, EveryCutIsATornTail) {
  for (size_t size = 0; size <= bytes_.size(); ++size)
    EXPECT_OK(CheckLogBytes(std::string_view(bytes_).substr(0, size))) << size;
}

TEST(Store, AfterAFailedWriteNothingMoreIsCommitted) {
  const TempDir dir;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto store = Store::Open(dir / "db", Store::Mode::kReadWrite);
    if (!store.ok() || !PutOne(**store, "k", "v").ok()) ::_exit(1);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 4'096;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (PutOne(**store, "big", std::string(100'000, 'x')).ok()) ::_exit(2);
    limit.rlim_cur = before;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (PutOne(**store, "later", "v").ok()) ::_exit(3);
    ::_exit((*store)->Get(Family::kEntries, "k").ok() ? 0 : 4);
  }
  int result = 0;
  ::waitpid(child, &result, 0);
  EXPECT_TRUE(WIFEXITED(result));
  EXPECT_EQ(WEXITSTATUS(result), 0);
  auto store = MustOpen(dir / "db");
  EXPECT_OK(store->Get(Family::kEntries, "k"));
  EXPECT_THAT(store->Get(Family::kEntries, "later"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DamagedLog, DamagedManifestIsRefused) {
  const std::string manifest = FilesWith(crashed(), "MANIFEST").back();
  const std::string whole = ReadAll(manifest);
  for (size_t i = 0; i < whole.size(); i += 7) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x01);
    WriteAll(manifest, damaged);
    ASSERT_THAT(Store::Open(crashed(), Store::Mode::kReadOnly),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("MANIFEST")))
        << "offset " << i;
  }
}

TEST(Store, DamagedTableLosesItsBlockAndNothingElse) {
  const TempDir dir;
  constexpr uint64_t kCount = 2'000;
  {
    auto store = MustOpen(dir / "db");
    Store::Batch batch;
    for (uint64_t i = 0; i < kCount; ++i)
      batch.Put(Family::kEntries, BigEndian64(i), HexEncode(RandomBytes(100)));
    ASSERT_OK(store->Commit(std::move(batch)));
  }
  { MustOpen(dir / "db"); }  // recovery moves the log into tables
  const auto tables = FilesWith(dir / "db", ".sst");
  ASSERT_FALSE(tables.empty());
  std::string biggest = tables[0];
  for (const auto& t : tables)
    if (fs::file_size(t) > fs::file_size(biggest)) biggest = t;
  std::string bytes = ReadAll(biggest);
  bytes[20'000] = static_cast<char>(bytes[20'000] ^ 1);
  WriteAll(biggest, bytes);
  auto store = MustOpen(dir / "db", Store::Mode::kReadOnly);
  size_t lost = 0;
  for (uint64_t i = 0; i < kCount; ++i) {
    const auto value = store->Get(Family::kEntries, BigEndian64(i));
    if (value.ok()) continue;
    EXPECT_THAT(value, StatusIs(absl::StatusCode::kDataLoss,
                                HasSubstr(fs::path(biggest).filename().string())));
    ++lost;
  }
  EXPECT_GT(lost, 0u);
  EXPECT_LT(lost, 100u);
}

TEST(Store, TableWithADamagedFooterLosesOnlyItsEntries) {
  const TempDir dir;
  { ASSERT_OK(PutOne(*MustOpen(dir / "db"), "old-entry-key", "1")); }
  { ASSERT_OK(PutOne(*MustOpen(dir / "db"), "new-entry-key", "2")); }
  { MustOpen(dir / "db"); }
  std::string damaged_file;
  for (const auto& path : FilesWith(dir / "db", ".sst")) {
    std::string bytes = ReadAll(path);
    if (bytes.find("old-entry-key") == std::string::npos) continue;
    damaged_file = path;
    bytes[bytes.size() - 3] = 'x';
    WriteAll(path, bytes);
  }
  ASSERT_FALSE(damaged_file.empty());
  const auto store = Store::Open(dir / "db", Store::Mode::kReadOnly);
  ASSERT_OK(store);
  EXPECT_THAT((*store)->Get(Family::kEntries, "old-entry-key"),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_OK((*store)->Get(Family::kEntries, "new-entry-key"));
}

}  // namespace
}  // namespace parley::store
