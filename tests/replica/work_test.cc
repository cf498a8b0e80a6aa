// Whose records a block takes: equal parts for members, and in turns for the officers of one.

#include "node/replica/work.h"

#include "ledger/record/enrolment.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using replica::Pending;

constexpr size_t kRoom = 64;  // records in a block, the least that Work allows
constexpr size_t kOfficers = 150;

v1::Record EnrolOfficer(const World& w, const std::string& member, const std::string& officer) {
  const SecretKey key = TestAccord::KeyOf(member, officer);
  v1::Record out;
  out.mutable_enrol_key()->set_officer(officer);
  out.mutable_enrol_key()->set_public_key(key.public_key().ToString());
  out.mutable_enrol_key()->set_possession(
      key.Sign(record::EnrolmentBytes(w.accord->charter().ledger_id(), member, officer))
          .ToString());
  return out;
}

class FairBlocksTest : public ::testing::Test {
 protected:
  FairBlocksTest() {
    // A slow machine, so that a block has room for few records.
    for (int i = 0; i < 100; ++i) work_.NoteCost(1'000, std::chrono::seconds(100));
    for (size_t i = 0; i < kOfficers; ++i)
      EXPECT_OK(w_.DoAs(w_.accord->Root("party-a"), EnrolOfficer(w_, "party-a", Officer(i))));
  }
  static std::string Officer(size_t i) { return fmt::format("o{}", i); }

  void Write(const std::string& member, const std::string& officer, size_t count) {
    TestAuthor& author = w_.accord->Author(member, officer);
    for (size_t i = 0; i < count; ++i) {
      record::ParsedRecord r = w_.accord->Sign(author, Report(w_.now, {"party-b"}));
      ASSERT_OK(pending_.MayAdd(r));
      pending_.Add(std::move(r), true, SteadyMs{1}, &batch_);
    }
  }
  // Makes the next block and enters it; how many records of each author it took.
  std::map<std::string, size_t> NextBlock() {
    w_.now = w_.now + std::chrono::minutes(1);
    replica::BranchPoint point;
    point.tip = w_.ledger.tip();
    point.state.Link(
        std::shared_ptr<const rules::StateView>(std::shared_ptr<void>(), &w_.ledger.state()));
    const auto block = work_.Build(point, w_.now, SteadyMs{1});
    std::map<std::string, size_t> out;
    if (!block.has_value()) return out;
    for (const auto& r : block->records) {
      ++out[r.record().member() + "/" + r.record().officer()];
      pending_.Erase(r.id());
    }
    work_.NoteServed(*block, SteadyMs{2});
    EXPECT_OK(w_.ledger.Add(w_.now, block->records));
    return out;
  }

  World w_;
  store::Store::Batch batch_;
  Pending pending_;
  replica::ProofPool proofs_{w_.ledger.executor()};
  replica::Work work_{w_.ledger.executor(), pending_, proofs_, 250, [](const Status&) {}};
};

TEST_F(FairBlocksTest, AMemberWithManyOfficersTakesNobodysPart) {
  for (size_t i = 0; i < kOfficers; ++i) Write("party-a", Officer(i), 3);
  Write("party-b", "desk", 3);
  Write("med-a", "desk", 200);
  const auto block = NextBlock();
  EXPECT_EQ(block.at("party-b/desk"), 3U) << "who needs little gets it at once";
  size_t of_a = 0;
  for (const auto& [author, count] : block) of_a += author.starts_with("party-a/") ? count : 0;
  EXPECT_NEAR(static_cast<double>(of_a), static_cast<double>(block.at("med-a/desk")), 2.0);
}

TEST_F(FairBlocksTest, EveryOfficerIsServedBeforeAnyIsServedTwice) {
  for (size_t i = 0; i < kOfficers; ++i) Write("party-a", Officer(i), 5);
  std::map<std::string, size_t> served;
  for (size_t block = 0; block < (kOfficers + kRoom - 1) / kRoom; ++block) {
    for (const auto& [author, count] : NextBlock()) served[author] += count;
  }
  EXPECT_EQ(served.size(), kOfficers);
  for (const auto& [author, count] : served) EXPECT_LE(count, 2U) << author;
}

TEST_F(FairBlocksTest, ALateOfficerWaitsForNobodysBacklog) {
  for (size_t i = 0; i + 1 < kOfficers; ++i) Write("party-a", Officer(i), 10);
  for (int i = 0; i < 2; ++i) NextBlock();
  Write("party-a", Officer(kOfficers - 1), 1);
  bool in = false;
  for (size_t block = 0; block < 2 && !in; ++block)
    in = NextBlock().contains("party-a/" + Officer(kOfficers - 1));
  EXPECT_TRUE(in);
}

TEST_F(FairBlocksTest, OfficersMayNotUseUpTheirMembersShare) {
  TestAuthor& author = w_.accord->Author("party-b", "desk");
  Status last;
  size_t kept = 0;
  for (; last.ok() && kept <= limits::kPendingRecordsPerMemberMax; ++kept) {
    record::ParsedRecord r = w_.accord->Sign(author, Report(w_.now, {"party-a"}));
    last = pending_.MayAdd(r);
    if (last.ok()) pending_.Add(std::move(r), true, SteadyMs{1}, &batch_);
  }
  EXPECT_THAT(last, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(pending_.size(), limits::kPendingRecordsPerOfficerMax);
  EXPECT_EQ(pending_.FullShares(), std::vector<std::string>{"party-b/desk"});
  EXPECT_OK(pending_.MayAdd(
      w_.accord->Sign(w_.accord->Author("party-b", "night"), Report(w_.now, {"party-a"}))));
}

// Blocks are as large as a line carries in half a view, here of a second.
class BlockSizeTest : public ::testing::Test {
 protected:
  BlockSizeTest() {
    for (int i = 0; i < 100; ++i) work_.NoteCost(1'000, std::chrono::milliseconds(1));
    TestAuthor& author = w_.accord->Author("party-a", "desk");
    for (size_t i = 0; i < 600; ++i) {
      v1::Record body = Report(w_.now, {"party-b"});
      body.mutable_report_incident()->mutable_facts()->set_narrative(std::string(7'000, 'n'));
      record::ParsedRecord r = w_.accord->Sign(author, std::move(body));
      EXPECT_OK(pending_.MayAdd(r));
      pending_.Add(std::move(r), true, SteadyMs{1}, &batch_);
    }
  }
  rules::ExecutedBlock Make() {
    replica::BranchPoint point;
    point.tip = w_.ledger.tip();
    point.state.Link(
        std::shared_ptr<const rules::StateView>(std::shared_ptr<void>(), &w_.ledger.state()));
    w_.now = w_.now + std::chrono::milliseconds(1);  // another block each time
    auto block = work_.Build(point, w_.now, SteadyMs{1'000});
    EXPECT_TRUE(block.has_value());
    return block.has_value() ? *std::move(block) : rules::ExecutedBlock();
  }
  static size_t BytesOf(const rules::ExecutedBlock& block) {
    size_t out = 0;
    for (const auto& r : block.records) out += r.envelope().size();
    return out;
  }

  World w_;
  store::Store::Batch batch_;
  Pending pending_;
  replica::ProofPool proofs_{w_.ledger.executor()};
  replica::Work work_{w_.ledger.executor(), pending_, proofs_, 250, [](const Status&) {}};
};

TEST_F(BlockSizeTest, WhatPassesInTimeGrowsToTheLimit) {
  const size_t before = work_.bytes_max();
  EXPECT_LT(before, limits::kBlockBytesMax);
  for (int i = 0; i < 30; ++i) {
    const rules::ExecutedBlock block = Make();
    EXPECT_LE(BytesOf(block), work_.bytes_max());
    work_.NoteServed(block, SteadyMs{1'100});
  }
  EXPECT_EQ(work_.bytes_max(), limits::kBlockBytesMax);
}

TEST_F(BlockSizeTest, WhatTakesTooLongIsMadeSmallerAtOnce) {
  for (int i = 0; i < 8; ++i) work_.NoteServed(Make(), SteadyMs{1'100});
  const size_t before = BytesOf(Make());
  work_.NoteServed(Make(), SteadyMs{1'000 + 4'000});  // eight times as long as half a view
  EXPECT_NEAR(static_cast<double>(work_.bytes_max()), static_cast<double>(before) / 8, 10'000.0);
  EXPECT_LT(BytesOf(Make()), before / 6);
}

TEST_F(BlockSizeTest, WhoseViewIsGivenUpIsMadeSmallerButNeverTooSmallForARecord) {
  for (int i = 0; i < 8; ++i) work_.NoteServed(Make(), SteadyMs{1'100});
  const size_t before = work_.bytes_max();
  work_.NoteGivenUp(Make().tip.block);
  EXPECT_LE(work_.bytes_max(), before / 4);
  for (int i = 0; i < 10; ++i) work_.NoteGivenUp(Make().tip.block);
  EXPECT_LT(work_.bytes_max(), limits::kEnvelopeBytesMax);
  EXPECT_GT(Make().records.size(), 1U);
  // A record that is larger than that comes in all the same, alone.
  TestAuthor& author = w_.accord->Author("party-b", "desk");
  v1::Record body = Report(w_.now, {"party-a"});
  std::string text;  // of characters that take four bytes each
  for (size_t i = 0; i < limits::kNarrativeCharsMax; ++i) text += "\U0001F30D";
  body.mutable_report_incident()->mutable_facts()->set_narrative(text);
  record::ParsedRecord large = w_.accord->Sign(author, std::move(body));
  const RecordId id = large.id();
  for (const auto& [arrival, held] : std::map(pending_.by_arrival()))
    pending_.Erase(held->record.id());
  ASSERT_OK(w_.ledger.executor().CheckRecord(w_.ledger.tip(), w_.ledger.state(), w_.now, large));
  ASSERT_OK(pending_.MayAdd(large));
  pending_.Add(std::move(large), true, SteadyMs{1}, &batch_);
  const rules::ExecutedBlock block = Make();
  ASSERT_EQ(block.records.size(), 1U);
  EXPECT_EQ(block.records.front().id(), id);
}

TEST_F(BlockSizeTest, OthersBlocksSayNothingOfThisNodesLine) {
  const size_t before = work_.bytes_max();
  rules::ExecutedBlock other = Make();
  other.tip.block = Sha256<BlockId>(AsBytes("somebody else's"));
  work_.NoteGivenUp(other.tip.block);
  work_.NoteServed(other, SteadyMs{100'000});
  EXPECT_EQ(work_.bytes_max(), before);
}

}  // namespace
}  // namespace parley::testing
