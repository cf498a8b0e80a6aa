// A node's database as a source: audits of good and of damaged ones.

#include "parley/v1/entry.pb.h"
#include "tests/archive/database_fixture.h"

namespace parley::store {
namespace {

using ::parley::testing::DatabaseTest;
using ::parley::testing::IsOk;
using ::parley::testing::ReadAll;
using ::parley::testing::StatusIs;
using ::parley::testing::WriteAll;
using ::testing::Contains;
using ::testing::Field;
namespace fs = std::filesystem;

TEST_F(DatabaseTest, GoodOneHasNoProblems) {
  const auto report = Run();
  EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.problems[0].detail);
  EXPECT_EQ(report.covered, ledger_.size());
  EXPECT_EQ(report.blocks, ledger_.blocks().size());
}

// The bytes of a whole database, blocks and the rules' state included, and the number of their
// format. When this fails the bytes have changed, and a database of before would be accused of
// damage: raise kFormatVersion (ledger/store/open.h), then put both new values here.
TEST_F(DatabaseTest, BytesMoveOnlyWithTheFormatVersion) {
  ledger_.Adopt(4, 2);
  ledger_.Cosign();
  fs::remove_all(db());
  Write();
  ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(db(), Store::Mode::kReadOnly));
  const auto snapshot = store->TakeSnapshot();
  Encoder rows;
  for (size_t f = 0; f < static_cast<size_t>(Family::kCount); ++f) {
    ASSERT_OK(
        snapshot->ForEach(static_cast<Family>(f), "", "",
                          [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
                            rows.U8(static_cast<uint8_t>(f)).Var(key);
                            if (key != "format") rows.Var(value);
                            return true;
                          }));
  }
  EXPECT_EQ(store->Get(Family::kMeta, "format").value(), BigEndian64(4));
  EXPECT_EQ(Sha256(rows.bytes()).ToHex(),
            "be9c728e53c7669729173f048e06fd3af8f0a840a8a2d8f12aafefa7f87511dd");
}

TEST_F(DatabaseTest, RecordsAreStoredOnceAndBlocksComeBackWhole) {
  ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(db(), Store::Mode::kReadOnly));
  const LedgerReader reader(store->TakeSnapshot());
  for (const rules::ExecutedBlock& block : ledger_.blocks()) {
    const std::string want = Block(block).Encode(ledger_.charter().ledger_id());
    EXPECT_EQ(reader.BlockBytes(block.header.height).value(), want);
    EXPECT_LT(store->Get(Family::kBlocks, "b" + BigEndian64(block.header.height))->size(), 400u);
    for (size_t i = 0; i < block.records.size(); ++i)
      EXPECT_EQ(reader.FindRecord(block.records[i].id()).value(),
                block.header.first_entry + block.entries.size() - block.records.size() + i);
  }
}

TEST_F(DatabaseTest, OneFlippedByteInOneEntryIsNamed) {
  std::string entry = ledger_.entries()[123];
  entry[entry.size() / 2] ^= 1;
  Put(Family::kEntries, BigEndian64(123), entry);
  const auto report = Run();
  EXPECT_LE(report.problems.size(), 3u);
  EXPECT_THAT(report.problems, Contains(::testing::AllOf(
                                   Field(&archive::Problem::kind, "leaf"),
                                   Field(&archive::Problem::entry, std::optional<uint64_t>(123)),
                                   Field(&archive::Problem::place, "entries/123"))));
}

TEST_F(DatabaseTest, EntriesBeyondTheCheckpointAreFine) {
  ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(db(), Store::Mode::kReadWrite));
  Store::Batch batch;
  batch.Delete(Family::kCheckpoints, CheckpointKey(ledger_.size()));
  ASSERT_OK(store->Commit(std::move(batch)));
  StoreSource source(std::shared_ptr<Store>(store.get(), [](Store*) {}));
  ASSERT_OK_AND_ASSIGN(const auto report, archive::Audit(source, {}));
  EXPECT_TRUE(report.ok()) << report.problems[0].detail;
  EXPECT_LT(report.covered, ledger_.size());
}

TEST_F(DatabaseTest, ExportedArchiveIsGood) {
  ASSERT_OK_AND_ASSIGN(const auto source, OpenStoreSource(db()));
  ASSERT_OK(archive::Export(*source, dir_ / "a.tar", true, nullptr));
  ASSERT_OK_AND_ASSIGN(const auto tar, archive::OpenArchive(dir_ / "a.tar"));
  ASSERT_OK_AND_ASSIGN(const auto report, archive::Audit(*tar, {}));
  EXPECT_TRUE(report.ok()) << report.problems[0].detail;
}

// A checksum covers a whole block of a file, a leaf hash one entry.
TEST_F(DatabaseTest, AFlippedByteInATableFileNamesExactlyItsEntry) {
  { ASSERT_OK(Store::Open(db(), Store::Mode::kReadWrite)); }  // moves the log into tables
  size_t tried = 0;
  for (const auto& file : fs::directory_iterator(db())) {
    if (file.path().extension() != ".sst") continue;
    const std::string good = ReadAll(file.path());
    for (uint64_t n = 40; n < ledger_.size(); n += 60) {
      v1::Entry entry;
      v1::Envelope envelope;
      ASSERT_TRUE(entry.ParseFromString(ledger_.entries()[n]));
      if (!entry.has_record() || !envelope.ParseFromString(entry.record())) continue;
      // A signature cannot be compressed, so it lies in the file as it is.
      const size_t at = good.find(envelope.signature());
      if (at == std::string::npos) continue;
      std::string bad = good;
      bad[at + 20] = static_cast<char>(bad[at + 20] ^ 1);
      WriteAll(file.path(), bad);
      const auto report = Run();
      size_t named = 0;
      for (const archive::Problem& p : report.problems) {
        EXPECT_TRUE(p.kind == "container" || p.entry == n) << p.kind << ": " << p.detail;
        named += p.kind == "leaf" && p.author.ends_with("/desk");
      }
      EXPECT_EQ(named, 1u) << n;
      EXPECT_THAT(report.problems,
                  Contains(Field(&archive::Problem::detail,
                                 ::testing::HasSubstr(file.path().filename().string()))));
      ++tried;
    }
    WriteAll(file.path(), good);
  }
  EXPECT_GE(tried, 2u);
}

TEST_F(DatabaseTest, AMissingTableFileIsNamed) {
  { ASSERT_OK(Store::Open(db(), Store::Mode::kReadWrite)); }
  std::vector<fs::path> tables;
  for (const auto& file : fs::directory_iterator(db())) {
    if (file.path().extension() == ".sst") tables.push_back(file.path());
  }
  for (const fs::path& table : tables) {
    fs::rename(table, dir_ / "away");
    const auto source = OpenStoreSource(db());
    if (!source.ok()) {
      EXPECT_THAT(source, StatusIs(absl::StatusCode::kDataLoss));
      EXPECT_THAT(source.status().ToString(), ::testing::HasSubstr(table.filename().string()));
    } else {
      const auto report = archive::Audit(**source, {});
      ASSERT_OK(report);
      EXPECT_THAT(report->problems,
                  Contains(Field(&archive::Problem::detail,
                                 ::testing::HasSubstr(table.filename().string() + " is missing"))));
    }
    fs::rename(dir_ / "away", table);
  }
  fs::rename(db() + "/CURRENT", dir_ / "away");
  EXPECT_THAT(OpenStoreSource(db()), StatusIs(absl::StatusCode::kDataLoss));
}

// Each flip in a file of the database is refused, reported, or changes nothing that is read.
TEST_F(DatabaseTest, FlipsInFilesNeverGoUnnoticed) {
  { ASSERT_OK(Store::Open(db(), Store::Mode::kReadWrite)); }  // moves the log into tables
  const std::string bad_db = dir_ / "bad";
  size_t detected = 0;
  for (const auto& file : fs::directory_iterator(db())) {
    const std::string name = file.path().filename();
    if (name == "LOCK" || name.starts_with("LOG") || file.file_size() == 0) continue;
    const std::string good = ReadAll(file.path());
    // Spread over the file, and its last bytes: those of a table say how it is to be read.
    std::vector<size_t> places;
    for (size_t i = 1; i < 8; ++i) places.push_back(good.size() * i / 8);
    for (const size_t back : {1U, 9U, 12U, 53U}) {
      if (name.ends_with(".sst")) places.push_back(good.size() - back);
    }
    for (const size_t place : places) {
      fs::remove_all(bad_db);
      fs::copy(db(), bad_db, fs::copy_options::recursive);
      std::string bytes = good;
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << place % 8));
      WriteAll(bad_db + "/" + name, bytes);
      const auto source = OpenStoreSource(bad_db);
      if (!source.ok()) {
        ++detected;
        continue;
      }
      const auto report = archive::Audit(**source, {});
      if (!report.ok() || !report->ok()) {
        ++detected;
        continue;
      }
      for (uint64_t n = 0; n < ledger_.size(); ++n)
        ASSERT_EQ((*source)->Entry(n).value(), ledger_.entries()[n]) << name << " at " << place;
    }
  }
  EXPECT_GT(detected, 5u);
}

}  // namespace
}  // namespace parley::store
