// Any final history can be served in bounded answers, each of which shows that it is final.

#include "base/limits.h"
#include "node/replica/ledger_app.h"
#include "node/replica/replica.h"
#include "tests/ledger/rules_fixture.h"
#include "tests/support/temp_dir.h"

namespace parley::testing {
namespace {

// A ledger on disk whose blocks 1 to `kBlocks` are large, and only the last of which has a
// finalization.
class ReadBlocksTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kBlocks = 5;

  void SetUp() override {
    auto opened = store::Store::Open(dir_ / "db", store::Store::Mode::kReadWrite);
    ASSERT_OK(opened);
    store_ = *std::move(opened);
    ASSERT_OK(store::BindIdentity(*store_, w_.accord->charter().ledger_id(), "party-a"));
    auto writer = store::BlockWriter::Create(*store_);
    ASSERT_OK(writer);
    const auto append = [&](const rules::ExecutedBlock& block, const std::string& finalization) {
      rules::RawBlock raw{block.header, {}, block.proofs};
      for (const auto& r : block.records) raw.envelopes.push_back(r.envelope());
      store::Store::Batch batch;
      bytes_.push_back(raw.Encode(w_.accord->charter().ledger_id()));
      ASSERT_OK(writer->Append(block, bytes_.back(), finalization, &batch));
      ASSERT_OK(store_->Commit(std::move(batch)));
    };
    append(*w_.ledger.executor().Genesis(), "");
    for (uint64_t h = 1; h <= kBlocks; ++h) {
      w_.now = w_.now + std::chrono::minutes(1);
      ASSERT_OK(w_.ledger.Add(w_.now, LargeRecords()));
      append(w_.ledger.last(), h == kBlocks ? "of the last one" : "");
    }
  }
  // More than 2 MiB of them: two blocks are more than an answer holds.
  std::vector<record::ParsedRecord> LargeRecords() {
    std::string narrative;
    while (narrative.size() < 24'000) narrative += "€";
    std::vector<record::ParsedRecord> out;
    for (int i = 0; i < 100; ++i) {
      v1::Record r = Report(w_.now, {"party-b"});
      r.mutable_report_incident()->mutable_facts()->set_narrative(narrative);
      out.push_back(w_.accord->Sign(w_.accord->Author("party-a"), r));
    }
    return out;
  }

  TempDir dir_;
  World w_;
  std::unique_ptr<store::Store> store_;
  std::vector<std::string> bytes_;  // by height
};

TEST_F(ReadBlocksTest, LargeBlocksThatAreFinalTogetherAreServedOneAfterTheOther) {
  ASSERT_GT(bytes_[1].size() + bytes_[2].size(), limits::kFetchAnswerBytesMax);
  const auto snapshot = store_->TakeSnapshot();
  for (uint64_t first = 1; first <= kBlocks; ++first) {
    ASSERT_OK_AND_ASSIGN(const replica::BlockRange range, replica::ReadBlocks(*snapshot, first));
    ASSERT_EQ(range.blocks.size(), kBlocks - first + 1);
    EXPECT_EQ(range.blocks[0], bytes_[first]);
    size_t size = range.finalization.size();
    for (const std::string& b : range.blocks) size += b.size();
    EXPECT_LE(size, limits::kFetchAnswerBytesMax + limits::kBlockBytesMax / 2);
    for (size_t i = 1; i < range.blocks.size(); ++i) {
      EXPECT_TRUE(replica::LedgerApp::IsLink(range.blocks[i])) << i;
      EXPECT_EQ(range.blocks[i], bytes_[first + i].substr(0, range.blocks[i].size()));
    }
    EXPECT_FALSE(replica::LedgerApp::IsLink(range.blocks[0]));
    EXPECT_EQ(range.finalization, "of the last one");
  }
}

TEST_F(ReadBlocksTest, WhatIsNotThereOrNotFinalIsNotServed) {
  const auto snapshot = store_->TakeSnapshot();
  for (const uint64_t first : {uint64_t{0}, kBlocks + 1, UINT64_MAX})
    EXPECT_THAT(replica::ReadBlocks(*snapshot, first), StatusIs(absl::StatusCode::kNotFound));
  w_.now = w_.now + std::chrono::minutes(1);
  ASSERT_OK(w_.ledger.Add(w_.now, LargeRecords()));
  auto writer = store::BlockWriter::Create(*store_);
  ASSERT_OK(writer);
  rules::RawBlock raw{w_.ledger.last().header, {}, {}};
  for (const auto& r : w_.ledger.last().records) raw.envelopes.push_back(r.envelope());
  store::Store::Batch batch;
  ASSERT_OK(
      writer->Append(w_.ledger.last(), raw.Encode(w_.accord->charter().ledger_id()), "", &batch));
  ASSERT_OK(store_->Commit(std::move(batch)));
  EXPECT_THAT(replica::ReadBlocks(*store_->TakeSnapshot(), kBlocks + 1),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace parley::testing
