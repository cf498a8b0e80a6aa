// Charters that replace one another: the file, the entry that adopted it and the checkpoints after
// it must agree.

#include "tests/archive/archive_fixture.h"

namespace parley::archive {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

// Four members, then six of whom five must sign.
class AuditCharterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger_.GrowTo(40, 5);
    before_ = ledger_.size();
    ledger_.Adopt(4, 2);
    adoption_ = ledger_.size() - 1;
    ledger_.Cosign(6);
    ledger_.Add({ledger_.Report("party-a")});
    ledger_.Cosign(5);
    MemorySource source(ledger_);
    ASSERT_OK(Export(source, archive(), false, nullptr));
  }
  std::string archive() const { return dir_ / "archive"; }
  note::Checkpoint Now() const {
    return {ledger_.charter().origin(), ledger_.size(), ledger_.tree().Root()};
  }
  void Expect(const std::string& kind, const std::string& says) {
    const AuditReport report = AuditPath(archive());
    EXPECT_THAT(report.problems, Contains(AllOf(Field(&Problem::kind, kind),
                                                Field(&Problem::detail, HasSubstr(says)))))
        << Text(report);
  }

  CosignedLedger ledger_;
  TempDir dir_;
  uint64_t before_ = 0;
  uint64_t adoption_ = 0;
};

TEST_F(AuditCharterTest, GoodOneWithCheckpointsOfBothMemberships) {
  const AuditReport report = AuditPath(archive());
  EXPECT_TRUE(report.ok()) << Text(report);
  EXPECT_EQ(report.covered, ledger_.size());
  EXPECT_EQ(report.latest_cosigners.size(), 5u);
  EXPECT_THAT(report.checkpoint_sizes, Contains(before_));
}

// A ledger that goes on may have adopted one after its newest checkpoint.
TEST_F(AuditCharterTest, NotesAreExportedUpToTheCheckpoint) {
  CosignedLedger ledger;
  ledger.GrowTo(40, 5);
  const uint64_t covered = ledger.size();
  ledger.Adopt(4, 2);
  MemorySource source(ledger);
  const std::string path = dir_ / "of-before";
  ASSERT_OK(Export(source, path, false, nullptr));
  const AuditReport report = AuditPath(path);
  EXPECT_TRUE(report.ok()) << Text(report);
  EXPECT_EQ(report.covered, covered);
}

TEST_F(AuditCharterTest, LaterNoteAltered) {
  const std::string file = archive() + "/charters/2.note";
  const std::string good = ReadAll(file);
  std::string bad = good;
  bad[bad.size() - 10] = bad[bad.size() - 10] == 'A' ? 'B' : 'A';
  WriteAll(file, bad);
  Expect("charter", fmt::format("it is not the note of entry {}", adoption_));
  WriteAll(file, ledger_.charter().note());
  Expect("charter", "it is not the note of entry");
}

TEST_F(AuditCharterTest, LaterNoteRemoved) {
  fs::remove(archive() + "/charters/2.note");
  Expect("charter", fmt::format("version 2 was adopted by entry {} and is not here", adoption_));
}

TEST_F(AuditCharterTest, NoteThatWasNeverAdopted) {
  WriteAll(archive() + "/charters/3.note", ledger_.in_force().note());
  Expect("charter", "it was never adopted");
}

// Even with the chain, the tree and the blocks made right again.
TEST_F(AuditCharterTest, AdoptionEntryDropped) {
  auto entries = ReadEntries(archive(), ledger_.size());
  entries.erase(entries.begin() + static_cast<ptrdiff_t>(adoption_));
  Rebuild(archive(), entries);
  const AuditReport report = AuditPath(archive());
  EXPECT_THAT(report.problems, Contains(Field(&Problem::kind, "charter"))) << Text(report);
  EXPECT_THAT(report.problems, Contains(AllOf(Field(&Problem::kind, "consistency"),
                                              Field(&Problem::detail, HasSubstr("cosigned root")))))
      << Text(report);
}

TEST_F(AuditCharterTest, OldMembersAloneCosignNothingAfterTheChange) {
  const std::string note = ledger_.CosignAs(Now(), 4, ledger_.charter());
  WriteAll(archive() + "/checkpoint", note);
  WriteAll(archive() + fmt::format("/checkpoints/{}", ledger_.size()), note);
  Expect("checkpoint", "4 valid cosignatures of members, 5 are needed");
  // The very same members before it: enough.
  EXPECT_THAT(
      AuditPath(archive()).problems,
      ::testing::Not(Contains(Field(&Problem::place, fmt::format("checkpoints/{}", before_)))));
}

TEST_F(AuditCharterTest, NewMembersCosignNothingBeforeTheChange) {
  const std::string file = archive() + fmt::format("/checkpoints/{}", before_);
  const auto held = note::CosignedCheckpoint::Parse(ReadAll(file));
  ASSERT_OK(held);
  WriteAll(file, ledger_.CosignAs(held->checkpoint, 6));
  Expect("checkpoint", "who is not a member");
}

}  // namespace
}  // namespace parley::archive
