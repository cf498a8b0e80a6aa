#include "ledger/store/ledger_store.h"

#include "crypto/encoding.h"
#include "ledger/merkle/entry_bundle.h"
#include "ledger/merkle/proof.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::store {
namespace {

using ::parley::testing::IsOk;
using ::parley::testing::StatusIs;
using ::parley::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Blocks with arbitrary entries and no records: what the layout needs and no more.
class Blocks {
 public:
  rules::ExecutedBlock Next(size_t entries) {
    rules::ExecutedBlock b;
    b.header.height = height_++;
    b.header.first_entry = tip_.size;
    b.header.entry_count = static_cast<uint32_t>(entries);
    for (size_t i = 0; i < entries; ++i) {
      b.entries.push_back(fmt::format("entry {}", tip_.size + i));
      b.case_ids.push_back((tip_.size + i) % 3 == 0 ? "2025-0001" : "");
      b.leaf_hashes.push_back(merkle::LeafHash(AsBytes(b.entries.back())));
      tip_.tree.Append(b.leaf_hashes.back());
    }
    tip_.size += entries;
    tip_.height = b.header.height;
    tip_.time = static_cast<TimeMs>(1000 + b.header.height);
    tip_.last_entry = Sha256<EntryHash>(AsBytes(b.entries.back()));
    tip_.block = Sha256<BlockId>(AsBytes(b.entries.back()));
    b.changes["height"] = fmt::format("{}", b.header.height);
    b.changes[fmt::format("k/{}", b.header.height)] = "v";
    if (b.header.height > 0) b.changes[fmt::format("k/{}", b.header.height - 1)] = std::nullopt;
    b.tip = tip_;
    return b;
  }

 private:
  uint64_t height_ = 0;
  rules::LedgerTip tip_;
};

class LedgerStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    store_.reset();
    auto store = Store::Open(dir_ / "db", Store::Mode::kReadWrite);
    ASSERT_OK(store);
    store_ = std::move(*store);
  }
  Status Write(BlockWriter& writer, const rules::ExecutedBlock& block) {
    Store::Batch batch;
    RETURN_IF_ERROR(writer.Append(block, "block bytes", "certificate", &batch));
    return store_->Commit(std::move(batch));
  }
  LedgerReader Reader() const { return LedgerReader(store_->TakeSnapshot()); }

  TempDir dir_;
  std::unique_ptr<Store> store_;
  Blocks blocks_;
};

TEST_F(LedgerStoreTest, EmptyHasNoTip) {
  ASSERT_OK_AND_ASSIGN(const auto tip, Reader().Tip());
  EXPECT_FALSE(tip.has_value());
  EXPECT_THAT(Reader().Ledger(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_FALSE(Reader().LatestCheckpoint().value().has_value());
}

TEST_F(LedgerStoreTest, BlocksAreReadBackAfterReopening) {
  std::vector<rules::ExecutedBlock> written;
  for (const size_t entries : {1U, 3U, 255U, 300U, 7U}) {
    ASSERT_OK_AND_ASSIGN(BlockWriter writer, BlockWriter::Create(*store_));
    written.push_back(blocks_.Next(entries));
    ASSERT_OK(Write(writer, written.back()));
    Reopen();
  }
  LedgerReader reader = Reader();
  ASSERT_OK_AND_ASSIGN(const auto tip, reader.Tip());
  ASSERT_TRUE(tip.has_value());
  EXPECT_EQ(tip->size, 566u);
  EXPECT_EQ(tip->height, 4u);
  EXPECT_EQ(tip->block, written.back().tip.block);
  EXPECT_EQ(tip->last_entry, written.back().tip.last_entry);
  EXPECT_EQ(tip->tree, written.back().tip.tree);
  for (uint64_t i = 0; i < 566; ++i) EXPECT_EQ(reader.Entry(i).value(), fmt::format("entry {}", i));
  EXPECT_THAT(reader.Entry(566), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(reader.BlockBytes(3).value(), "block bytes");
  EXPECT_EQ(reader.Finalization(3).value(), "certificate");
  EXPECT_EQ(reader.Finalization(9).value(), "");
  EXPECT_THAT(reader.BlockBytes(5), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(reader.FindRecord(RecordId()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(reader.CaseEntries("2025-0001").value().size(), 189u);
  EXPECT_TRUE(reader.CaseEntries("2025-000").value().empty());
}

TEST_F(LedgerStoreTest, TilesGiveRootsOfEverySizeThatWasATip) {
  ASSERT_OK_AND_ASSIGN(BlockWriter writer, BlockWriter::Create(*store_));
  std::vector<rules::LedgerTip> tips;
  for (size_t i = 0; i < 120; ++i) {
    const rules::ExecutedBlock block = blocks_.Next(i % 11 + 1);
    ASSERT_OK(Write(writer, block));
    tips.push_back(block.tip);
  }
  LedgerReader reader = Reader();
  for (const auto& tip : tips)
    EXPECT_EQ(merkle::RootFromTiles(reader, tip.size).value(), tip.tree.Root()) << tip.size;
  EXPECT_THAT(reader.ReadTile(0, 2, 256), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(reader.ReadTile(0, 99, 1), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(LedgerStoreTest, StateFollowsChanges) {
  ASSERT_OK_AND_ASSIGN(BlockWriter writer, BlockWriter::Create(*store_));
  for (int i = 0; i < 3; ++i) ASSERT_OK(Write(writer, blocks_.Next(2)));
  const StoredState state(store_->TakeSnapshot());
  EXPECT_EQ(state.Get("height").value(), "2");
  EXPECT_FALSE(state.Get("k/1").value().has_value());
  std::vector<std::string> keys;
  ASSERT_OK(state.Scan("k/", [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  }));
  EXPECT_THAT(keys, ElementsAre("k/2"));
}

TEST_F(LedgerStoreTest, StateIsReadPageByPage) {
  Store::Batch batch;
  rules::StateChanges changes;
  for (const char* const key : {"a/9", "k/", "k/1", "k/1/x", "k/2", "k/\xff", "l/1"}) {
    batch.Put(Family::kState, key, "v");
    changes.emplace(key, "v");
  }
  ASSERT_OK(store_->Commit(std::move(batch)));
  rules::MemoryState memory;  // passes over what the store jumps over
  memory.Apply(changes);
  const StoredState stored(store_->TakeSnapshot());
  const auto keys = [](const rules::StateView& state, std::string_view after) {
    std::vector<std::string> out;
    EXPECT_OK(state.ScanAfter("k/", after, [&](std::string_view key, std::string_view) {
      out.emplace_back(key);
      return out.size() < 3;
    }));
    return out;
  };
  for (const char* const after : {"", "a/9", "k/1", "k/1/y", "k/\xff", "l", "z"})
    EXPECT_EQ(keys(stored, after), keys(memory, after)) << after;
  EXPECT_THAT(keys(stored, ""), ElementsAre("k/", "k/1", "k/1/x"));
  EXPECT_THAT(keys(stored, "k/1"), ElementsAre("k/1/x", "k/2", "k/\xff"));
  EXPECT_THAT(keys(stored, "l/0"), ::testing::IsEmpty());
}

TEST_F(LedgerStoreTest, TwoBlocksInOneBatch) {
  ASSERT_OK_AND_ASSIGN(BlockWriter writer, BlockWriter::Create(*store_));
  Store::Batch batch;
  ASSERT_OK(writer.Append(blocks_.Next(200), "a", "", &batch));
  ASSERT_OK(writer.Append(blocks_.Next(100), "b", "c", &batch));
  ASSERT_OK(store_->Commit(std::move(batch)));
  EXPECT_EQ(Reader().Tip().value()->size, 300u);
  EXPECT_EQ(Reader().Finalization(0).value(), "");
  EXPECT_OK(BlockWriter::Create(*store_));
}

TEST_F(LedgerStoreTest, BlockThatDoesNotFollowIsRefused) {
  ASSERT_OK_AND_ASSIGN(BlockWriter writer, BlockWriter::Create(*store_));
  const rules::ExecutedBlock first = blocks_.Next(2);
  const rules::ExecutedBlock second = blocks_.Next(2);
  EXPECT_THAT(Write(writer, second), StatusIs(absl::StatusCode::kInternal));
  ASSERT_OK(Write(writer, first));
  EXPECT_THAT(Write(writer, first), StatusIs(absl::StatusCode::kInternal));
  rules::ExecutedBlock wrong = second;
  wrong.leaf_hashes[0] = Hash();
  EXPECT_THAT(Write(writer, wrong), StatusIs(absl::StatusCode::kInternal, HasSubstr("tree")));
}

TEST_F(LedgerStoreTest, DamagedTileIsFoundBeforeAnythingIsAppended) {
  ASSERT_OK_AND_ASSIGN(BlockWriter writer, BlockWriter::Create(*store_));
  ASSERT_OK(Write(writer, blocks_.Next(5)));
  Store::Batch batch;
  batch.Put(Family::kTiles, std::string(1, '\0') + BigEndian64(0),
            merkle::EncodeTile(std::vector<Hash>(5)));
  ASSERT_OK(store_->Commit(std::move(batch)));
  EXPECT_THAT(BlockWriter::Create(*store_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(LedgerStoreTest, DamagedTipIsDataLoss) {
  Store::Batch batch;
  batch.Put(Family::kMeta, "tip", "nonsense");
  ASSERT_OK(store_->Commit(std::move(batch)));
  EXPECT_THAT(Reader().Tip(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(BlockWriter::Create(*store_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(LedgerStoreTest, IdentityIsBoundOnce) {
  const auto ledger = Sha256<LedgerId>(AsBytes("one"));
  ASSERT_OK(BindIdentity(*store_, ledger, "north"));
  EXPECT_OK(BindIdentity(*store_, ledger, "north"));
  EXPECT_THAT(BindIdentity(*store_, ledger, "south"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::AllOf(HasSubstr("north"), HasSubstr("south"))));
  EXPECT_THAT(BindIdentity(*store_, Sha256<LedgerId>(AsBytes("two")), "north"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Reader().Ledger().value(), ledger);
  EXPECT_EQ(Reader().Member().value(), "north");
}

TEST_F(LedgerStoreTest, CheckpointsBySize) {
  Store::Batch batch;
  for (const uint64_t size : {300U, 5U, 70'000U})
    batch.Put(Family::kCheckpoints, CheckpointKey(size), fmt::format("note {}", size));
  batch.Put(Family::kCheckpoints, "m", "own");
  ASSERT_OK(store_->Commit(std::move(batch)));
  EXPECT_THAT(Reader().CheckpointSizes().value(), ElementsAre(5, 300, 70'000));
  EXPECT_EQ(Reader().LatestCheckpoint().value(), "note 70000");
  EXPECT_EQ(Reader().Checkpoint(5).value(), "note 5");
  EXPECT_THAT(Reader().Checkpoint(6), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace parley::store
