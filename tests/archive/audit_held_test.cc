// A ledger that was cut or rewritten is good in itself: what the auditor holds tells.

#include "ledger/merkle/proof.h"
#include "ledger/note/receipt.h"
#include "tests/archive/archive_fixture.h"

namespace parley::archive {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AuditHeldTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger_.GrowTo(60, 4);
    // The archive of a member that stopped showing what came later.
    MemorySource source(ledger_);
    ASSERT_OK(Export(source, dir_ / "cut", false, nullptr));
    cut_size_ = ledger_.size();
    ledger_.GrowTo(80, 4);
    latest_ = ledger_.checkpoints().rbegin()->second;
    MemorySource all(ledger_);
    ASSERT_OK(Export(all, dir_ / "all", false, nullptr));
  }
  AuditReport Run(const std::string& folder, std::vector<HeldNote> checkpoints,
                  std::vector<HeldReceipt> receipts = {}) {
    AuditOptions options;
    options.held_checkpoints = std::move(checkpoints);
    options.held_receipts = std::move(receipts);
    return AuditPath(dir_ / folder, options);
  }
  void ExpectOnly(const AuditReport& report, const std::string& kind, const std::string& says) {
    ASSERT_EQ(report.problems.size(), 1u) << Text(report);
    EXPECT_EQ(report.problems[0].kind, kind) << Text(report);
    EXPECT_THAT(report.problems[0].detail, HasSubstr(says));
    EXPECT_EQ(report.problems[0].place, "mine");
  }
  HeldReceipt Receipt(uint64_t index) {
    MemorySource source(ledger_);
    struct Reader final : merkle::TileReader {
      explicit Reader(Source& s) : from(s) {}
      StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t n, uint16_t width) override {
        return from.Tile(level, n, width);
      }
      Source& from;
    } reader(source);
    note::Receipt out;
    out.index = index;
    out.hashes = merkle::InclusionProof(reader, index, ledger_.size()).value();
    out.checkpoint_note = latest_;
    return {{"mine", out.Serialize()}, ledger_.entries()[index]};
  }

  CosignedLedger ledger_;
  TempDir dir_;
  uint64_t cut_size_ = 0;
  std::string latest_;
};

TEST_F(AuditHeldTest, WhatIsHeldAgreesWithAGoodLedger) {
  std::vector<HeldNote> held;
  for (const auto& [size, note] : ledger_.checkpoints()) held.push_back({"mine", note});
  const AuditReport report = Run("all", held, {Receipt(7), Receipt(70)});
  EXPECT_TRUE(report.ok()) << Text(report);
  EXPECT_EQ(report.held, held.size() + 2);
  EXPECT_GT(report.covered_at_s, 1'700'000'000u);
}

TEST_F(AuditHeldTest, ACutLedgerIsGoodUntilALaterCheckpointIsHeld) {
  EXPECT_TRUE(Run("cut", {}).ok());
  ExpectOnly(Run("cut", {{"mine", latest_}}), "cut",
             fmt::format("you hold a checkpoint of size {}, this source covers {}", ledger_.size(),
                         cut_size_));
  ExpectOnly(Run("cut", {}, {Receipt(70)}), "cut", "the ledger was cut");
}

TEST_F(AuditHeldTest, AForkNamesBothRootsAndWhoSignedBoth) {
  const Hash other = Sha256(AsBytes("another history"));
  const std::string fork = ledger_.CosignAs({ledger_.charter().origin(), 40, other}, 3);
  const AuditReport report = Run("all", {{"mine", fork}});
  ExpectOnly(report, "fork", other.ToHex());
  EXPECT_THAT(report.problems[0].detail, HasSubstr("med-a, med-b, party-a also signed root"));
}

TEST_F(AuditHeldTest, WhatIsNotValidProvesNothing) {
  const Hash root = ledger_.tree().Root();
  const std::string few = ledger_.CosignAs({ledger_.charter().origin(), ledger_.size(), root}, 2);
  ExpectOnly(Run("all", {{"mine", few}}), "held", "is not valid");
  ExpectOnly(Run("all", {{"mine", "nonsense"}}), "held", "");
  HeldReceipt receipt = Receipt(7);
  receipt.entry = ledger_.entries()[8];
  ExpectOnly(Run("all", {}, {receipt}), "held", "the receipt you hold is not valid");
}

}  // namespace
}  // namespace parley::archive
