// Damaged files and failed writes: what is lost is named, and nothing else is.

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
#include "ledger/store/store.h"
#include "tests/store/store_fixture.h"

namespace parley::store {
namespace {

using ::parley::testing::IsOk;
using ::parley::testing::ReadAll;
using ::parley::testing::StatusIs;
using ::parley::testing::TempDir;
using ::parley::testing::WriteAll;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

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
  const int result = WaitForChild(StartChild({"no-room", dir / "db"}));
  ASSERT_TRUE(WIFEXITED(result));
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

// Offsets at which a record of a log or manifest ends.
std::vector<size_t> RecordEnds(const std::string& bytes) {
  std::vector<size_t> out;
  for (size_t at = 0; at + 7 <= bytes.size();) {
    at += 7 + static_cast<uint8_t>(bytes[at + 4]) + 256 * static_cast<uint8_t>(bytes[at + 5]);
    out.push_back(at);
  }
  return out;
}

// A cut between two records is the one that RocksDB takes for sound. An empty database must never
// stand in the place of the one that was there. An older one may: it is as good as an older copy of
// the whole folder, which the node tells by its count of starts (node/replica/generation.h).
TEST(Store, ManifestCutBetweenRecordsNeverMakesAnEmptyDatabase) {
  const TempDir dir;
  for (int i = 0; i < 3; ++i) {  // each start turns the log of the one before into a table
    auto store = MustOpen(dir / "db");
    ASSERT_OK(PutOne(*store, fmt::format("k{}", i), std::string(100, 'v')));
  }
  const fs::path manifest = fs::path(FilesWith(dir / "db", "MANIFEST").back()).filename();
  const std::string good = ReadAll((dir / "db" / manifest).string());
  const std::vector<size_t> ends = RecordEnds(good);
  ASSERT_GT(ends.size(), 10u);
  ASSERT_EQ(ends.back(), good.size());
  size_t missing = 0;
  for (const size_t end : ends) {
    const std::string copy = dir / fmt::format("cut{}", end);
    fs::copy(dir / "db", copy);
    WriteAll((fs::path(copy) / manifest).string(), good.substr(0, end));
    const auto before = FilesWith(copy, ".sst");
    auto store = Store::Open(copy, Store::Mode::kReadWrite);
    if (store.ok()) {
      EXPECT_OK((*store)->Get(Family::kEntries, "k0")) << "cut at " << end;
      EXPECT_TRUE((*store)->Get(Family::kEntries, "k1").ok() ||
                  !(*store)->Get(Family::kEntries, "k2").ok())
          << "cut at " << end;
    } else {
      EXPECT_THAT(store, StatusIs(absl::StatusCode::kDataLoss, HasSubstr(copy)));
      EXPECT_EQ(FilesWith(copy, ".sst"), before) << "cut at " << end;
      missing += MessageOf(store.status()).find("column families") != std::string::npos;
    }
  }
  EXPECT_GT(missing, 3u);
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

// No byte of a footer is under a checksum; each is looked at all the same.
TEST(Store, EveryFlippedByteOfAFooterIsNamed) {
  const TempDir dir;
  { ASSERT_OK(PutOne(*MustOpen(dir / "db"), "key", "1")); }
  { MustOpen(dir / "db"); }
  const std::string table = FilesWith(dir / "db", ".sst").front();
  const std::string name = fs::path(table).filename();
  const std::string good = ReadAll(table);
  { EXPECT_TRUE(MustOpen(dir / "db", Store::Mode::kReadOnly)->DamagedFiles().empty()); }
  for (size_t back = 1; back <= 53; ++back) {
    std::string bytes = good;
    bytes[bytes.size() - back] = static_cast<char>(bytes[bytes.size() - back] ^ 0x04);
    WriteAll(table, bytes);
    const auto store = Store::Open(dir / "db", Store::Mode::kReadOnly);
    const std::vector<std::string> named =
        store.ok() ? (*store)->DamagedFiles() : std::vector{MessageOf(store.status())};
    ASSERT_FALSE(named.empty()) << back << " bytes before the end";
    EXPECT_THAT(named.front(), HasSubstr(name)) << back << " bytes before the end";
  }
}

// RocksDB would read such a file by other rules than it was written by, and abort.
TEST(Store, TableOfAnotherFormatIsRefused) {
  const TempDir dir;
  { ASSERT_OK(PutOne(*MustOpen(dir / "db"), "key", "1")); }
  { MustOpen(dir / "db"); }
  const std::string table = FilesWith(dir / "db", ".sst").front();
  const std::string good = ReadAll(table);
  for (const size_t back : {53U, 12U}) {  // checksum type, format version
    std::string bytes = good;
    bytes[bytes.size() - back] = static_cast<char>(bytes[bytes.size() - back] ^ 1);
    WriteAll(table, bytes);
    for (const Store::Mode mode : {Store::Mode::kReadOnly, Store::Mode::kReadWrite})
      EXPECT_THAT(
          Store::Open(dir / "db", mode),
          StatusIs(absl::StatusCode::kDataLoss, HasSubstr(fs::path(table).filename().string())));
  }
  WriteAll(table, good);
  EXPECT_OK(Store::Open(dir / "db", Store::Mode::kReadOnly));
}

}  // namespace
}  // namespace parley::store
