#pragma once

// An archive of a cosigned ledger in a folder of its own, ways to tamper with it, and its audit.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ledger/archive/audit.h"
#include "ledger/merkle/entry_bundle.h"
#include "ledger/merkle/tile_path.h"
#include "parley/v1/entry.pb.h"
#include "tests/archive/cosigned_ledger.h"
#include "tests/store/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::archive {

namespace fs = std::filesystem;
using ::parley::testing::CosignedLedger;
using ::parley::testing::IsOk;
using ::parley::testing::MemorySource;
using ::parley::testing::ReadAll;
using ::parley::testing::TempDir;
using ::parley::testing::WriteAll;

inline const CosignedLedger& BigLedger() {
  static const CosignedLedger* ledger = [] {
    auto* out = new CosignedLedger();
    out->GrowTo(600, 40);
    return out;
  }();
  return *ledger;
}

inline std::string Text(const AuditReport& report) {
  std::string out;
  for (const Problem& p : report.problems)
    out += fmt::format("  [{}] entry {} {} {}: {}\n", p.kind,
                       p.entry ? std::to_string(*p.entry) : "-", p.author, p.place, p.detail);
  return out;
}

inline AuditReport MustAudit(Source& source, const AuditOptions& options = {}) {
  auto report = Audit(source, options);
  EXPECT_OK(report);
  return report.ok() ? std::move(*report) : AuditReport();
}

inline AuditReport AuditPath(const std::string& path, const AuditOptions& options = {}) {
  auto source = OpenArchive(path);
  EXPECT_OK(source);
  return source.ok() ? MustAudit(**source, options) : AuditReport();
}

// Entry bundles of a directory, for tampering by entry.
inline std::vector<std::string> ReadEntries(const std::string& dir, uint64_t size) {
  std::vector<std::string> out;
  for (uint64_t first = 0; first < size; first += 256) {
    const auto width = static_cast<uint16_t>(std::min<uint64_t>(256, size - first));
    const std::string bytes = ReadAll(dir + "/" + merkle::EntryBundlePath(first / 256, width));
    const auto entries = merkle::ParseEntryBundle(bytes, width);
    EXPECT_OK(entries);
    for (const std::string_view e : *entries) out.emplace_back(e);
  }
  return out;
}

inline void WriteEntries(const std::string& dir, const std::vector<std::string>& entries) {
  fs::remove_all(dir + "/tile/entries");
  for (size_t first = 0; first < entries.size(); first += 256) {
    const size_t width = std::min<size_t>(256, entries.size() - first);
    const std::string path =
        dir + "/" + merkle::EntryBundlePath(first / 256, static_cast<uint16_t>(width));
    fs::create_directories(fs::path(path).parent_path());
    WriteAll(path, merkle::EncodeEntryBundle(std::span(entries).subspan(first, width)).value());
  }
}

// Tiles and hash chain made right again, as an operator would after changing an entry.
inline void Rebuild(const std::string& dir, std::vector<std::string> entries) {
  merkle::TileUpdates tiles;
  std::string previous(32, '\0');
  for (size_t i = 0; i < entries.size(); ++i) {
    v1::Entry e;
    ASSERT_TRUE(e.ParseFromString(entries[i]));
    e.set_index(i);
    e.set_previous(previous);
    entries[i] = record::CanonicalBytes(e);
    previous = Sha256(AsBytes(entries[i])).ToString();
    tiles.Append(merkle::LeafHash(AsBytes(entries[i])));
  }
  fs::remove_all(dir + "/tile");
  WriteEntries(dir, entries);
  for (const merkle::TileWrite& t : tiles.TakeChanges()) {
    const std::string path =
        dir + "/" + merkle::TilePath({t.level, t.index, static_cast<uint16_t>(t.hashes.size())});
    fs::create_directories(fs::path(path).parent_path());
    WriteAll(path, merkle::EncodeTile(t.hashes));
  }
}

inline std::string EditEntry(const std::string& bytes,
                             const std::function<void(v1::Entry*)>& edit) {
  v1::Entry e;
  EXPECT_TRUE(e.ParseFromString(bytes));
  edit(&e);
  return record::CanonicalBytes(e);
}

inline std::string EditRecord(const std::string& bytes,
                              const std::function<void(v1::Record*)>& edit) {
  return EditEntry(bytes, [&](v1::Entry* e) {
    v1::Envelope envelope;
    EXPECT_TRUE(envelope.ParseFromString(e->record()));
    v1::Record r;
    EXPECT_TRUE(r.ParseFromString(envelope.payload()));
    edit(&r);
    envelope.set_payload(record::CanonicalBytes(r));
    e->set_record(record::CanonicalBytes(envelope));
  });
}

class AuditTest : public ::testing::Test {
 protected:
  void SetUp() override {
    MemorySource source(ledger_);
    ASSERT_OK(Export(source, archive(), false, nullptr));
    size_ = ledger_.size();
    entries_ = ReadEntries(archive(), size_);
    // Some record in the middle, and a lapse.
    for (uint64_t i = 300; i < size_ && record_ == 0; ++i)
      if (IsRecord(i) && IsRecord(i + 1)) record_ = i;
    for (uint64_t i = 300; i < size_ && lapse_ == 0; ++i)
      if (!IsRecord(i)) lapse_ = i;
    ASSERT_NE(record_, 0u);
    ASSERT_NE(lapse_, 0u);
  }
  bool IsRecord(uint64_t i) const {
    v1::Entry e;
    return e.ParseFromString(entries_[i]) && e.has_record();
  }
  std::string archive() const { return dir_ / "archive"; }
  AuditReport Run() {
    AuditReport report = AuditPath(archive());
    if (::testing::Test::HasFailure()) fmt::print("{}", Text(report));
    return report;
  }
  // Exactly this entry is named, by few problems, one of them of this kind.
  void ExpectNamed(const AuditReport& report, const std::string& kind, uint64_t entry,
                   size_t problems_max = 2) {
    EXPECT_LE(report.problems.size(), problems_max) << Text(report);
    EXPECT_THAT(report.problems, ::testing::Contains(::testing::AllOf(
                                     ::testing::Field(&Problem::kind, kind),
                                     ::testing::Field(&Problem::entry, std::optional(entry)))))
        << Text(report);
  }

  const CosignedLedger& ledger_ = BigLedger();
  TempDir dir_;
  uint64_t size_ = 0;
  uint64_t record_ = 0;
  uint64_t lapse_ = 0;
  std::vector<std::string> entries_;
};

}  // namespace parley::archive
