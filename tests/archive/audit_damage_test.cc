// How much an audit says: one cause is one problem, and no flood hides another.

#include "tests/archive/archive_fixture.h"

namespace parley::archive {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

class AuditDamageTest : public AuditTest {
 protected:
  // The first entry from `from` on that opens a case.
  uint64_t Opener(uint64_t from) const {
    for (uint64_t i = from; i < size_; ++i) {
      v1::Entry e;
      EXPECT_TRUE(e.ParseFromString(entries_[i]));
      if (e.has_record() && e.case_previous() == 0 && !e.case_id().empty()) return i;
    }
    return 0;
  }
  static std::unique_ptr<::parley::testing::TestAccord> OtherAccord() {
    ::parley::testing::AccordOptions options;
    options.origin = "parley.example/other";
    return ::parley::testing::TestAccord::Create(2, 2, options);
  }
  void ExpectSays(const AuditReport& report, const std::string& kind, const std::string& says) {
    EXPECT_THAT(report.problems, Contains(AllOf(Field(&Problem::kind, kind),
                                                Field(&Problem::detail, HasSubstr(says)))))
        << Text(report);
  }
};

// Whatever becomes unreadable by it, honest records are not accused.
TEST_F(AuditDamageTest, OneFlippedBitInTheFirstRecordOfACaseAccusesNobodyElse) {
  const uint64_t opener = Opener(20);
  const std::string good = entries_[opener];
  for (size_t at = 0; at < good.size(); at += 31) {
    for (const char bit : {'\x01', '\x10', '\x40'}) {
      entries_[opener] = good;
      entries_[opener][at] = static_cast<char>(entries_[opener][at] ^ bit);
      WriteEntries(archive(), entries_);
      const AuditReport report = Run();
      ASSERT_LE(report.problems.size(), 5u) << "byte " << at << "\n" << Text(report);
      for (const Problem& p : report.problems)
        EXPECT_TRUE(p.entry == opener || p.kind == "rule" || p.kind == "author-chain")
            << "byte " << at << "\n"
            << Text(report);
    }
  }
}

TEST_F(AuditDamageTest, ADeletedBundleIsOneProblemWithItsRange) {
  fs::remove(archive() + "/" + merkle::EntryBundlePath(1, 256));
  const AuditReport report = Run();
  ExpectSays(report, "entry", "entries 256 to 511 are missing");
  size_t entries = 0;
  for (const Problem& p : report.problems) entries += p.kind == "entry";
  EXPECT_EQ(entries, 1u) << Text(report);
  EXPECT_LE(report.problems.size(), 12u) << Text(report);
}

TEST_F(AuditDamageTest, ManyChangedNeighboursAreOneProblemAFewAreNamed) {
  for (uint64_t i = 100; i < 200; ++i)
    entries_[i] = EditEntry(entries_[i], [](v1::Entry* e) { e->set_time_ms(e->time_ms() + 1); });
  for (uint64_t i = 400; i < 403; ++i)
    entries_[i] = EditEntry(entries_[i], [](v1::Entry* e) { e->set_time_ms(e->time_ms() + 1); });
  WriteEntries(archive(), entries_);
  const AuditReport report = Run();
  ExpectSays(report, "leaf", "entries 100 to 199 were changed");
  for (uint64_t i = 400; i < 403; ++i)
    EXPECT_THAT(report.problems, Contains(Field(&Problem::entry, std::optional(i))));
  EXPECT_LE(report.problems.size(), 12u) << Text(report);
}

// Whoever gives the charter of another accord is told that, and nobody is accused.
TEST_F(AuditDamageTest, AnotherLedgerIsOneProblem) {
  const auto other = OtherAccord();
  AuditOptions options;
  options.trusted_charter_note = other->charter().note();
  const AuditReport report = AuditPath(archive(), options);
  ASSERT_EQ(report.problems.size(), 1u) << Text(report);
  ExpectSays(report, "charter", "another one than your charter's");
  ExpectSays(report, "charter", other->charter().ledger_id().ToHex());
  EXPECT_EQ(report.ledger_id, ledger_.charter().ledger_id().ToHex());
}

// An operator who replaces every copy of the charter does not make it another ledger: members of
// the auditor's charter have cosigned it, so it is looked at.
TEST_F(AuditDamageTest, AReplacedCharterHidesNothing) {
  const auto other = OtherAccord();
  entries_[0] = EditEntry(entries_[0], [&](v1::Entry* e) {
    e->mutable_event()->mutable_genesis()->set_charter_note(other->charter().note());
  });
  WriteEntries(archive(), entries_);
  WriteAll(archive() + "/charters/1.note", other->charter().note());
  AuditOptions options;
  options.trusted_charter_note = ledger_.charter().note();
  const AuditReport report = AuditPath(archive(), options);
  EXPECT_THAT(report.problems, Contains(AllOf(Field(&Problem::kind, "leaf"),
                                              Field(&Problem::entry, std::optional<uint64_t>(0)))))
      << Text(report);
  EXPECT_GT(report.checkpoints, 0u);
}

TEST_F(AuditDamageTest, AFloodOfOneKindHidesNoAlteredEntry) {
  AuditOptions options;
  options.kind_problems_max = 2;
  for (const uint64_t i : {50U, 60U, 70U, 80U, 90U})
    entries_[i] = EditEntry(entries_[i], [](v1::Entry* e) { e->set_time_ms(e->time_ms() + 1); });
  WriteEntries(archive(), entries_);
  for (int i = 0; i < 10; ++i) WriteAll(archive() + fmt::format("/stray{}", i), "x");
  const AuditReport report = AuditPath(archive(), options);
  for (const uint64_t i : {50u, 60u, 70u, 80u, 90u})
    EXPECT_THAT(report.problems, Contains(Field(&Problem::entry, std::optional<uint64_t>(i))))
        << Text(report);
  EXPECT_EQ(report.unlisted.at("container"), 8u);
}

}  // namespace
}  // namespace parley::archive
