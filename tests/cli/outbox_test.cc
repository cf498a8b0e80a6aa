#include "tools/parley/outbox.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/outbox_fixture.h"
#include "tests/support/status_matchers.h"
#include "tools/parley/import_state.h"

namespace parley::cli {
namespace {

using absl::StatusCode;
using testing::StatusIs;

class OutboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "outbox-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  Outbox Open() { return *Outbox::Open(dir_ / "outbox", TestLedger()); }

  std::filesystem::path dir_;
  const SecretKey key_ = *SecretKey::FromSeed(AsBytes(std::string(32, 'k')));
  const KeyId id_ = KeyIdOf(key_.public_key());
};

TEST_F(OutboxTest, KeepsRecordsAndTheHeadAcrossRuns) {
  const auto chain = MakeChain(key_, 1, 2);
  {
    Outbox outbox = Open();
    ASSERT_OK(outbox.Add({chain[0]}));
    ASSERT_OK(outbox.Add({chain[1]}));
  }
  Outbox outbox = Open();
  ASSERT_OK_AND_ASSIGN(const AuthorHead head, outbox.Head(id_));
  EXPECT_EQ(head.sequence, 2U);
  EXPECT_EQ(head.previous, chain[1].id());
  ASSERT_OK_AND_ASSIGN(const auto queued, outbox.Queued());
  EXPECT_EQ(queued.size(), 2U);
}

TEST_F(OutboxTest, KeepsTheHeadWhenRecordsAreFinal) {
  Outbox outbox = Open();
  ASSERT_OK(outbox.Add(MakeChain(key_, 1, 3)));
  ASSERT_OK(outbox.Forget(id_, 3));
  ASSERT_OK_AND_ASSIGN(const auto queued, outbox.Queued());
  EXPECT_TRUE(queued.empty());
  ASSERT_OK_AND_ASSIGN(const AuthorHead head, outbox.Head(id_));
  EXPECT_EQ(head.sequence, 3U);  // or the next record would have a number already used
}

TEST_F(OutboxTest, RefusesASecondRecordWithANumberAlreadyUsed) {
  Outbox outbox = Open();
  ASSERT_OK(outbox.Add(MakeChain(key_, 1, 1)));
  auto twin = MakeChain(key_, 1, 1);
  EXPECT_THAT(outbox.Add(twin), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(outbox.Add(MakeChain(key_, 3, 1, twin[0].id())),
              StatusIs(StatusCode::kFailedPrecondition));
}

TEST_F(OutboxTest, FindsTheHeadAgainAfterACrashBetweenItsTwoWrites) {
  const auto chain = MakeChain(key_, 1, 1);
  {
    Outbox outbox = Open();
    ASSERT_OK(outbox.Add(chain));
  }
  std::filesystem::remove(dir_ / "outbox" / (id_.ToHex() + ".head"));
  Outbox outbox = Open();
  ASSERT_OK_AND_ASSIGN(const AuthorHead head, outbox.Head(id_));
  EXPECT_EQ(head.previous, chain[0].id());
}

TEST_F(OutboxTest, DropGoesBackToTheRecordBefore) {
  Outbox outbox = Open();
  const auto chain = MakeChain(key_, 1, 3);
  ASSERT_OK(outbox.Add(chain));
  ASSERT_OK(outbox.DropFrom(id_, 2));
  ASSERT_OK_AND_ASSIGN(const AuthorHead head, outbox.Head(id_));
  EXPECT_EQ(head.sequence, 1U);
  EXPECT_EQ(head.previous, chain[0].id());
  ASSERT_OK_AND_ASSIGN(const auto queued, outbox.Queued());
  EXPECT_EQ(queued.size(), 1U);
}

TEST_F(OutboxTest, LearnsFromTheNodeAndNoticesATwinThere) {
  Outbox outbox = Open();
  const auto chain = MakeChain(key_, 1, 1);
  ASSERT_OK(outbox.Add(chain));
  const RecordId other = *RecordId::FromBytes(std::string(32, 'o'));
  EXPECT_THAT(outbox.Advance({TestLedger(), id_, 1, other}), StatusIs(StatusCode::kDataLoss));
  ASSERT_OK(outbox.Advance({TestLedger(), id_, 5, other}));
  ASSERT_OK_AND_ASSIGN(const AuthorHead head, outbox.Head(id_));
  EXPECT_EQ(head.sequence, 5U);
}

TEST_F(OutboxTest, IsForOneProcessAtATime) {
  const Outbox outbox = Open();
  EXPECT_THAT(Outbox::Open(dir_ / "outbox", TestLedger()).status(),
              StatusIs(StatusCode::kUnavailable));
}

TEST_F(OutboxTest, ReportsDamageInsteadOfSigningOverIt) {
  {
    Outbox outbox = Open();
    ASSERT_OK(outbox.Add(MakeChain(key_, 1, 1)));
  }
  std::ofstream(dir_ / "outbox" / (id_.ToHex() + ".head")) << "garbage";
  Outbox outbox = Open();
  EXPECT_THAT(outbox.Head(id_), StatusIs(StatusCode::kDataLoss));
}

TEST_F(OutboxTest, ImportStateRemembersAcrossRunsAndIgnoresACutLine) {
  const Bytes a(16, 1), b(16, 2);
  {
    ASSERT_OK_AND_ASSIGN(ImportState state, ImportState::Open(dir_, TestLedger(), "set"));
    ASSERT_OK(state.Add({{a, std::nullopt}}));
    ASSERT_OK(state.Add({{a, std::nullopt}, {b, std::nullopt}}));
  }
  for (const auto& item : std::filesystem::directory_iterator(dir_))
    std::ofstream(item.path(), std::ios::app) << "0303";
  ASSERT_OK_AND_ASSIGN(ImportState state, ImportState::Open(dir_, TestLedger(), "set"));
  EXPECT_TRUE(state.rows().contains(a));
  EXPECT_EQ(state.rows().size(), 2U);
  ASSERT_OK(state.Add({{Bytes(16, 3), std::nullopt}}));
  ASSERT_OK_AND_ASSIGN(const ImportState again, ImportState::Open(dir_, TestLedger(), "set"));
  EXPECT_EQ(again.rows().size(), 3U);
  ASSERT_OK_AND_ASSIGN(const ImportState other, ImportState::Open(dir_, TestLedger(), "other"));
  EXPECT_EQ(other.rows().size(), 0U);
}

TEST_F(OutboxTest, RowsWhoseRecordsAreDroppedAreForgottenInEveryCollection) {
  const Bytes a(16, 1), b(16, 2);
  const Hash digest = Sha256(AsBytes("what b says"));
  for (const char* const set : {"one", "two"}) {
    ASSERT_OK_AND_ASSIGN(ImportState state, ImportState::Open(dir_, TestLedger(), set));
    ASSERT_OK(state.Add({{a, std::nullopt}, {b, digest}}));
  }
  std::ofstream(dir_ / "import-notes.txt") << "no state file";
  ASSERT_OK(ForgetImported(dir_, {a, Bytes(16, 9)}));
  for (const char* const set : {"one", "two"}) {
    ASSERT_OK_AND_ASSIGN(const ImportState state, ImportState::Open(dir_, TestLedger(), set));
    EXPECT_EQ(state.rows(), (ImportedRows{{b, digest}}));
  }
  std::ofstream(dir_ / "import-damaged.state") << "garbage\n";
  EXPECT_THAT(ForgetImported(dir_, {b}), StatusIs(StatusCode::kDataLoss));
  EXPECT_THAT(ForgetImported(dir_ / "nowhere", {b}), StatusIs(StatusCode::kUnavailable));
}

TEST(ParseImportStateTest, RefusesOtherHeadersAndLinesThatAreNoNonce) {
  EXPECT_THAT(ParseImportState("x\n", "h\n").status(), StatusIs(StatusCode::kDataLoss));
  EXPECT_THAT(ParseImportState("h\nzz\n", "h\n").status(), StatusIs(StatusCode::kDataLoss));
}

}  // namespace
}  // namespace parley::cli
