// Small archives, damaged at every place; and what is no archive at all.

#include <algorithm>
#include <map>
#include <set>

#include "tests/archive/archive_fixture.h"

namespace parley::archive {
namespace {

using ::parley::testing::CosignedLedger;
using ::parley::testing::IsOk;
using ::parley::testing::MemorySource;
using ::parley::testing::ReadAll;
using ::parley::testing::StatusIs;
using ::parley::testing::TempDir;
using ::parley::testing::WriteAll;
namespace fs = std::filesystem;

class SmallArchive : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger_.GrowTo(30, 100);
    MemorySource source(ledger_);
    ASSERT_OK(Export(source, dir_ / "a", false, nullptr));
    ASSERT_OK(Export(source, dir_ / "a.tar", true, nullptr));
  }
  static bool Detected(const std::string& path) {
    auto source = OpenArchive(path);
    if (!source.ok()) return true;
    const auto report = Audit(**source, {});
    return !report.ok() || !report->ok();
  }
  // Whether an audit, with the charter at hand or without it, has a problem that names the file.
  bool Named(const std::string& file) const {
    for (const std::string& charter : {std::string(), ledger_.charter().note()}) {
      auto source = OpenArchive(dir_ / "a");
      if (!source.ok()) return false;
      AuditOptions options;
      options.trusted_charter_note = charter;
      const auto report = Audit(**source, options);
      const auto names = [&](const Problem& p) {
        return p.place == file || p.detail.find(file) != std::string::npos;
      };
      if (!report.ok() || std::none_of(report->problems.begin(), report->problems.end(), names))
        return false;
    }
    return true;
  }
  CosignedLedger ledger_;
  TempDir dir_;
};

// Which checkpoints there were is written nowhere (docs/formats.md, "Archive"), so that one of
// them is gone is the one thing that is not noticed here, but for the newest.
TEST_F(SmallArchive, FilesEmptiedCutRemovedOrExchangedAreNamed) {
  std::map<std::string, std::string> files;
  for (const auto& e : fs::recursive_directory_iterator(dir_ / "a")) {
    if (e.is_regular_file())
      files[e.path().lexically_relative(dir_ / "a")] = ReadAll(e.path().string());
  }
  const std::string newest = fmt::format("checkpoints/{}", ledger_.size());
  ASSERT_TRUE(files.contains(newest));
  size_t tried = 0;
  for (const auto& [name, good] : files) {
    const std::string path = dir_ / ("a/" + name);
    std::set<std::string> bad = {"", good.substr(0, good.size() / 2), good + good};
    for (const auto& [other, bytes] : files) bad.insert(bytes);
    bad.erase(good);
    for (const std::string& bytes : bad) {
      WriteAll(path, bytes);
      EXPECT_TRUE(Named(name)) << name << " of " << bytes.size() << " bytes";
      ++tried;
    }
    fs::remove(path);
    // Without its entries an archive is named by them: there is no file that could be.
    const std::string named = name.starts_with("tile/entries/") ? "entries 0 to" : name;
    if (!name.starts_with("checkpoints/") || name == newest) {
      EXPECT_TRUE(Named(named)) << name << " is gone";
    }
    WriteAll(path, good);
  }
  EXPECT_GT(tried, files.size() * files.size());
  EXPECT_FALSE(Detected(dir_ / "a"));
}

TEST_F(SmallArchive, FlipsInEveryFileAreDetected) {
  ASSERT_FALSE(Detected(dir_ / "a"));
  size_t tried = 0;
  for (const auto& e : fs::recursive_directory_iterator(dir_ / "a")) {
    if (!e.is_regular_file()) continue;
    const std::string good = ReadAll(e.path());
    const size_t step = std::max<size_t>(1, good.size() / 60);
    for (size_t i = 0; i < good.size(); i += step, ++tried) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (tried % 8)));
      WriteAll(e.path(), bad);
      EXPECT_TRUE(Detected(dir_ / "a")) << e.path() << " offset " << i;
    }
    WriteAll(e.path(), good);
  }
  EXPECT_GT(tried, 200u);
  EXPECT_FALSE(Detected(dir_ / "a"));
}

TEST_F(SmallArchive, FlipsInATarAreDetected) {
  const std::string good = ReadAll(dir_ / "a.tar");
  ASSERT_FALSE(Detected(dir_ / "a.tar"));
  for (size_t i = 0; i < good.size(); i += 101) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    WriteAll(dir_ / "a.tar", bad);
    EXPECT_TRUE(Detected(dir_ / "a.tar")) << "offset " << i;
  }
}

TEST_F(SmallArchive, CutTarIsDetected) {
  const std::string good = ReadAll(dir_ / "a.tar");
  for (size_t size = 0; size < good.size(); size += 509) {
    WriteAll(dir_ / "a.tar", good.substr(0, size));
    EXPECT_TRUE(Detected(dir_ / "a.tar")) << size;
  }
}

TEST_F(SmallArchive, DamagedSourceIsNotExported) {
  const std::string file = dir_ / fmt::format("a/tile/0/000.p/{}", ledger_.size());
  std::string bytes = ReadAll(file);
  bytes[3] ^= 1;
  WriteAll(file, bytes);
  ASSERT_OK_AND_ASSIGN(auto source, OpenArchive(dir_ / "a"));
  EXPECT_THAT(Export(*source, dir_ / "b.tar", true, nullptr),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(fs::exists(dir_ / "b.tar"));
}

TEST(Export, NeedsACheckpointAndAFreePlace) {
  CosignedLedger ledger;
  MemorySource source(ledger);
  const TempDir dir;
  EXPECT_THAT(Export(source, dir / "x", false, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ledger.GrowTo(3, 1);
  WriteAll(dir / "x", "mine");
  EXPECT_THAT(Export(source, dir / "x", true, nullptr), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReadAll(dir / "x"), "mine");
}

TEST(OpenArchive, RefusesWhatIsNone) {
  const TempDir dir;
  EXPECT_THAT(OpenArchive(dir / "none"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(OpenArchive(dir.path()), StatusIs(absl::StatusCode::kInvalidArgument));
  WriteAll(dir / "x", "mine");
  EXPECT_THAT(OpenArchive(dir / "x"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace parley::archive
