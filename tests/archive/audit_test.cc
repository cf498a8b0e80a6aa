// Audits of good ledgers find nothing; each kind of tampering is found and named.

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
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST_F(AuditTest, GoodArchiveHasNoProblems) {
  const AuditReport report = Run();
  EXPECT_TRUE(report.ok()) << Text(report);
  EXPECT_EQ(report.entries, size_);
  EXPECT_EQ(report.covered, size_);
  EXPECT_EQ(report.blocks, ledger_.blocks().size());
  EXPECT_EQ(report.checkpoints, ledger_.checkpoints().size());
  EXPECT_EQ(report.records + report.lapses + 1, size_);
  EXPECT_GT(report.lapses, 10u);
  EXPECT_GT(report.cases, 10u);
  EXPECT_EQ(report.latest_cosigners.size(), 4u);
  EXPECT_FALSE(report.charter_trusted);
  EXPECT_EQ(report.origin, "parley.example/test");
}

TEST_F(AuditTest, TarAndDirectoryAreTheSame) {
  MemorySource source(ledger_);
  ASSERT_OK(Export(source, dir_ / "a.tar", true, nullptr));
  ASSERT_OK_AND_ASSIGN(const auto from_dir, OpenArchive(archive()));
  ASSERT_OK(Export(*from_dir, dir_ / "b.tar", true, nullptr));
  EXPECT_EQ(ReadAll(dir_ / "a.tar"), ReadAll(dir_ / "b.tar"));
  ASSERT_OK_AND_ASSIGN(const auto from_tar, OpenArchive(dir_ / "a.tar"));
  ASSERT_OK(Export(*from_tar, dir_ / "again", false, nullptr));
  size_t files = 0;
  for (const auto& e : fs::recursive_directory_iterator(archive())) {
    if (!e.is_regular_file()) continue;
    ++files;
    EXPECT_EQ(ReadAll(e.path()),
              ReadAll(dir_ / ("again/" + fs::relative(e.path(), archive()).string())));
  }
  EXPECT_GT(files, 8u);
  EXPECT_TRUE(AuditPath(dir_ / "a.tar").ok());
}

TEST_F(AuditTest, TrustedCharterAndLedgerId) {
  AuditOptions options;
  options.trusted_charter_note = ledger_.charter().note();
  options.trusted_ledger_id = ledger_.charter().ledger_id().ToHex();
  AuditReport report = AuditPath(archive(), options);
  EXPECT_TRUE(report.ok()) << Text(report);
  EXPECT_TRUE(report.charter_trusted);
  options.trusted_ledger_id = std::string(64, 'a');
  EXPECT_THAT(AuditPath(archive(), options).problems, Contains(Field(&Problem::kind, "charter")));
  options.trusted_ledger_id = "nonsense";
  ASSERT_OK_AND_ASSIGN(auto source, OpenArchive(archive()));
  EXPECT_THAT(Audit(*source, options), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(AuditTest, EditedNarrative) {
  entries_[record_] = EditRecord(entries_[record_], [](v1::Record* r) {
    r->mutable_report_incident()->mutable_facts()->set_narrative("nothing happened");
  });
  WriteEntries(archive(), entries_);
  const AuditReport report = Run();
  ExpectNamed(report, "leaf", record_, 3);
  EXPECT_THAT(report.problems, Contains(Field(&Problem::author, HasSubstr("/desk"))));
}

TEST_F(AuditTest, EditedSignature) {
  entries_[record_] = EditEntry(entries_[record_], [](v1::Entry* e) {
    v1::Envelope envelope;
    envelope.ParseFromString(e->record());
    (*envelope.mutable_signature())[5] ^= 1;
    e->set_record(record::CanonicalBytes(envelope));
  });
  WriteEntries(archive(), entries_);
  ExpectNamed(Run(), "leaf", record_);
}

TEST_F(AuditTest, EditedHeaderFields) {
  const std::vector<std::function<void(v1::Entry*)>> edits = {
      [](v1::Entry* e) { e->set_time_ms(e->time_ms() - 86'400'000); },  // backdated
      [](v1::Entry* e) { e->set_height(e->height() + 1); },
      [](v1::Entry* e) { e->set_height(1); },
      [](v1::Entry* e) { e->set_index(3); },
      [](v1::Entry* e) { e->set_case_id("2025-0001"); },
      [](v1::Entry* e) { e->set_case_previous(7); },
      [](v1::Entry* e) { (*e->mutable_previous())[0] ^= 1; },
  };
  for (const uint64_t target : {record_, lapse_}) {
    for (const auto& edit : edits) {
      auto changed = entries_;
      changed[target] = EditEntry(entries_[target], edit);
      if (changed[target] == entries_[target]) continue;
      WriteEntries(archive(), changed);
      ExpectNamed(Run(), "leaf", target);
    }
  }
}

TEST_F(AuditTest, EditedLapse) {
  entries_[lapse_] = EditEntry(entries_[lapse_], [](v1::Entry* e) {
    e->mutable_event()->mutable_lapse()->set_member("med-b");
  });
  WriteEntries(archive(), entries_);
  ExpectNamed(Run(), "leaf", lapse_);
}

TEST_F(AuditTest, DeletedRecordWithLaterOnesMovedUp) {
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(record_));
  WriteEntries(archive(), entries_);
  const AuditReport report = Run();
  ExpectNamed(report, "entry", record_, 6);
  EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "author-chain"))) << Text(report);
  EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "order"))) << Text(report);
}

TEST_F(AuditTest, DeletedLapse) {
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(lapse_));
  WriteEntries(archive(), entries_);
  ExpectNamed(Run(), "entry", lapse_, 6);
}

TEST_F(AuditTest, DeletedLastEntry) {
  entries_.pop_back();
  WriteEntries(archive(), entries_);
  const AuditReport report = Run();
  ExpectNamed(report, "entry", size_ - 1, 4);
}

TEST_F(AuditTest, ShortBundle) {
  const std::string path = archive() + "/" + merkle::EntryBundlePath(1, 256);
  const std::string bytes = ReadAll(path);
  WriteAll(path, bytes.substr(0, bytes.size() - 10));
  const AuditReport report = Run();
  ExpectNamed(report, "entry", 511, 6);
  EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "container"))) << Text(report);
}

TEST_F(AuditTest, SwappedEntries) {
  for (const uint64_t other : {record_ + 1, record_ - 200}) {
    auto changed = entries_;
    std::swap(changed[record_], changed[other]);
    WriteEntries(archive(), changed);
    const AuditReport report = Run();
    ExpectNamed(report, "order", record_);
    ExpectNamed(report, "order", other);
  }
}

TEST_F(AuditTest, AppendedForgery) {
  // Signed by nobody's key: the last author's signature over something else.
  entries_.push_back(EditRecord(entries_[record_], [](v1::Record* r) { r->set_sequence(999); }));
  WriteEntries(archive(), entries_);
  const AuditReport report = Run();
  EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "checkpoint"))) << Text(report);
  EXPECT_THAT(report.problems, Contains(Field(&Problem::entry, std::optional(size_))));
}

TEST_F(AuditTest, InsertedForgery) {
  entries_.insert(entries_.begin() + static_cast<ptrdiff_t>(record_), entries_[10]);
  WriteEntries(archive(), entries_);
  ExpectNamed(Run(), "leaf", record_, 6);
}

TEST_F(AuditTest, DamagedTiles) {
  const std::vector<std::string> paths = {
      "tile/0/000", "tile/0/001", "tile/1/000.p/2",
      merkle::TilePath({0, 2, static_cast<uint16_t>(size_ % 256)})};
  for (const std::string& path : paths) {
    const std::string file = archive() + "/" + path;
    const std::string good = ReadAll(file);
    ASSERT_FALSE(good.empty()) << path;
    std::string bad = good;
    bad[40] = static_cast<char>(bad[40] ^ 1);
    for (const std::string& bytes :
         {bad, good.substr(0, good.size() - 32), good + good.substr(0, 32)}) {
      WriteAll(file, bytes);
      const AuditReport report = Run();
      ASSERT_EQ(report.problems.size(), 1u) << path << "\n" << Text(report);
      EXPECT_EQ(report.problems[0].kind, "tile");
      EXPECT_EQ(report.problems[0].place, path);
    }
    fs::remove(file);
    const AuditReport report = Run();
    ASSERT_EQ(report.problems.size(), 1u) << path << "\n" << Text(report);
    EXPECT_EQ(report.problems[0].kind, "tile");
    WriteAll(file, good);
  }
}

TEST_F(AuditTest, EntryAndItsTileBothChanged) {
  entries_[record_] = EditEntry(entries_[record_], [](v1::Entry* e) { e->set_case_previous(7); });
  WriteEntries(archive(), entries_);
  const std::string file = archive() + "/tile/0/001";
  std::string bytes = ReadAll(file);
  const Hash leaf = merkle::LeafHash(AsBytes(entries_[record_]));
  bytes.replace((record_ - 256) * 32, 32, leaf.ToString());
  WriteAll(file, bytes);
  const AuditReport report = Run();
  EXPECT_FALSE(report.ok());
  EXPECT_LE(report.problems.size(), 6u) << Text(report);
  EXPECT_THAT(
      report.problems,
      Contains(Field(&Problem::entry, ::testing::Optional(::testing::AnyOf(record_, record_ + 1)))))
      << Text(report);
}

TEST_F(AuditTest, Checkpoints) {
  const std::string file = archive() + "/checkpoint";
  const std::string good = ReadAll(file);
  const auto expect_checkpoint = [&](const std::string& what) {
    const AuditReport report = Run();
    EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "checkpoint"))) << what;
    EXPECT_THAT(report.problems, Each(Field(&Problem::kind, "checkpoint"))) << what << Text(report);
  };
  const note::Checkpoint checkpoint = note::CosignedCheckpoint::Parse(good)->checkpoint;
  WriteAll(file, ledger_.CosignAs(checkpoint, 2));
  expect_checkpoint("too few");
  auto other = checkpoint;
  other.root = Sha256(AsBytes("x"));
  WriteAll(file, other.Serialize() + good.substr(checkpoint.Serialize().size()));
  expect_checkpoint("another root under the same signatures");
  const size_t line = good.rfind("\xe2\x80\x94");
  WriteAll(file, good + good.substr(line));
  expect_checkpoint("line twice");
  ASSERT_OK_AND_ASSIGN(
      const auto stranger,
      note::Cosign(checkpoint, "stranger.example", note::UnixSeconds{5}, SecretKey::Generate()));
  WriteAll(file, good + stranger.Serialize());
  expect_checkpoint("a stranger's line");
  WriteAll(file, "nonsense");
  expect_checkpoint("nonsense");
  fs::remove(file);
  expect_checkpoint("none");
}

TEST_F(AuditTest, OlderCheckpointInTheNewestOnesPlace) {
  const auto older = std::prev(std::prev(ledger_.checkpoints().end()));
  WriteAll(archive() + "/checkpoint", older->second);
  EXPECT_THAT(Run().problems, Contains(Field(&Problem::kind, "checkpoint")));
  fs::remove(fmt::format("{}/checkpoints/{}", archive(), size_));
  const AuditReport report = Run();
  EXPECT_THAT(
      report.problems,
      Contains(Field(&Problem::detail, HasSubstr(fmt::format("entries {} to", older->first)))))
      << Text(report);
}

TEST_F(AuditTest, TwoCosignedRootsOfOneSizeNameTheGuilty) {
  const auto some = std::next(ledger_.checkpoints().begin());
  note::Checkpoint fork = note::CosignedCheckpoint::Parse(some->second)->checkpoint;
  fork.root = Sha256(AsBytes("fork"));
  WriteAll(fmt::format("{}/checkpoints/{}", archive(), some->first), ledger_.CosignAs(fork, 3));
  const AuditReport report = Run();
  EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "consistency"))) << Text(report);
}

TEST_F(AuditTest, Charter) {
  const std::string file = archive() + "/charters/1.note";
  const std::string good = ReadAll(file);
  std::string bad = good;
  bad[good.find("title: \"") + 8] = 'R';
  WriteAll(file, bad);
  EXPECT_THAT(Run().problems, Each(Field(&Problem::kind, "charter")));
  EXPECT_FALSE(Run().ok());
  WriteAll(file, good.substr(0, good.rfind("\xe2\x80\x94")));  // a signature removed
  EXPECT_FALSE(Run().ok());
  fs::remove(file);
  EXPECT_FALSE(Run().ok());
  WriteAll(file, good);
  WriteAll(archive() + "/charters/2.note", good);
  EXPECT_FALSE(Run().ok());
}

TEST_F(AuditTest, ExtraAndMissingFiles) {
  WriteAll(archive() + "/notes.txt", "mine");
  const AuditReport report = Run();
  ASSERT_EQ(report.problems.size(), 1u) << Text(report);
  EXPECT_EQ(report.problems[0].kind, "container");
  EXPECT_THAT(report.problems[0].detail, HasSubstr("notes.txt"));
}

TEST_F(AuditTest, RebuiltByItsOperatorIsConvictedByCosignatures) {
  auto changed = entries_;
  changed.erase(changed.begin() + static_cast<ptrdiff_t>(record_));
  Rebuild(archive(), changed);
  AuditReport report = Run();
  EXPECT_THAT(report.problems, Contains(AllOf(Field(&Problem::kind, "author-chain"),
                                              Field(&Problem::author, HasSubstr("/desk")))))
      << Text(report);
  EXPECT_LT(report.covered, record_ + 1);
  changed = entries_;
  changed[record_] = EditRecord(changed[record_], [](v1::Record* r) {
    r->mutable_report_incident()->mutable_facts()->set_narrative("nothing happened");
  });
  Rebuild(archive(), changed);
  report = Run();
  EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "consistency"))) << Text(report);
  EXPECT_THAT(report.problems, Contains(AllOf(Field(&Problem::kind, "signature"),
                                              Field(&Problem::entry, std::optional(record_)))))
      << Text(report);
  EXPECT_LE(report.problems.size(), 6u) << Text(report);
}

TEST_F(AuditTest, IllegalActThatAQuorumCosignedIsStillNamed) {
  // All members together sign a ledger whose entry 5 is in the wrong case.
  auto changed = std::vector<std::string>(entries_.begin(), entries_.begin() + 20);
  changed[5] = EditEntry(changed[5], [](v1::Entry* e) { e->set_case_id("2025-0777"); });
  Rebuild(archive(), changed);
  fs::remove_all(archive() + "/checkpoints");
  fs::create_directory(archive() + "/checkpoints");
  merkle::Frontier tree;
  for (const std::string& e : ReadEntries(archive(), 20)) tree.Append(merkle::LeafHash(AsBytes(e)));
  const std::string note = ledger_.CosignAs({ledger_.charter().origin(), 20, tree.Root()}, 4);
  WriteAll(archive() + "/checkpoint", note);
  WriteAll(archive() + "/checkpoints/20", note);
  ExpectNamed(Run(), "entry", 5, 2);
}

TEST(Suspects, RecordsAfterTheMomentAreListed) {
  CosignedLedger ledger;
  ledger.GrowTo(40, 100);
  const std::string member = ledger.charter().members()[0].name;
  const TimeMs since = ledger.time();
  ledger.Add({ledger.Report(member)});
  const uint64_t doubtful = ledger.size() - 1;
  ledger.Add({ledger.Revoke(member, since)});
  ledger.Cosign();
  MemorySource source(ledger);
  const AuditReport report = MustAudit(source);
  EXPECT_TRUE(report.ok()) << Text(report);
  ASSERT_EQ(report.suspect.size(), 1u);
  EXPECT_THAT(report.suspect[0], HasSubstr(fmt::format("entry {} by {}/desk", doubtful, member)));
}

TEST(Checkpoints, TwoOfFourAreNoQuorum) {
  CosignedLedger ledger;
  ledger.GrowTo(20, 100);
  ledger.Cosign(3);
  MemorySource enough(ledger);
  EXPECT_TRUE(MustAudit(enough).ok());
  ledger.Cosign(2);
  MemorySource source(ledger);
  const AuditReport report = MustAudit(source);
  EXPECT_EQ(report.covered, 0u);
  EXPECT_THAT(report.problems, Contains(Field(&Problem::detail, HasSubstr("3 are needed"))));
}

TEST(Problems, AreCutAtTheLimit) {
  CosignedLedger ledger;
  ledger.GrowTo(20, 100);
  MemorySource source(ledger);
  const TempDir dir;
  ASSERT_OK(Export(source, dir / "a", false, nullptr));
  for (int i = 0; i < 9; ++i) WriteAll(dir / fmt::format("a/stray{}", i), "x");
  AuditOptions options;
  options.kind_problems_max = 5;
  const AuditReport report = AuditPath(dir / "a", options);
  EXPECT_EQ(report.problems.size(), 5u);
  EXPECT_FALSE(report.unlisted.empty());
}

TEST(Progress, EndsAtTheTotal) {
  CosignedLedger ledger;
  ledger.GrowTo(20, 100);
  MemorySource source(ledger);
  AuditOptions options;
  std::pair<uint64_t, uint64_t> last;
  options.progress = [&](uint64_t done, uint64_t total) { last = {done, total}; };
  options.threads = 3;
  EXPECT_TRUE(MustAudit(source, options).ok());
  EXPECT_EQ(last.first, last.second);
}

}  // namespace
}  // namespace parley::archive
