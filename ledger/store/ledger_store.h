#pragma once

// The ledger on top of Store: how blocks, entries, tiles, state, indexes and checkpoints are laid
// out in the column families, for one writer and many readers.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "ledger/merkle/tiles.h"
#include "ledger/rules/executor.h"
#include "ledger/rules/state.h"
#include "ledger/store/store.h"

namespace parley::store {

// The key of a published checkpoint in Family::kCheckpoints; its value is the note.
std::string CheckpointKey(uint64_t size);

// ---- writing (replica thread) ------------------------------------------------------------------

// Puts a final block into the batch: entries, tiles, state changes, indexes, block bytes, its
// finalization (may be empty) and the new tip. The writer keeps the partial tiles in memory, so all
// blocks must be given to one writer, in order; after a failed Commit make a new one.
class BlockWriter {
 public:
  // Starts from the stored tip; reads the partial tile of each level and nothing else, whatever the
  // ledger's size. DATA_LOSS when these tiles do not give the tip's tree.
  static StatusOr<BlockWriter> Create(const Store& store);
  // INTERNAL when the block does not follow the one before it; nothing is written then, and this
  // writer is of no more use. Records are stored once, inside their entries: block_bytes are taken
  // apart here and put together again by LedgerReader::BlockBytes.
  Status Append(const rules::ExecutedBlock& block, std::string_view block_bytes,
                std::string_view finalization, Store::Batch* batch);

 private:
  BlockWriter() = default;
  merkle::TileUpdates tiles_;
  std::optional<uint64_t> height_;  // of the last block
};

// Binds an empty database to a ledger and a member, or checks that it is bound to the same.
// FAILED_PRECONDITION names both when they differ.
Status BindIdentity(Store& store, const LedgerId& ledger, std::string_view member);

// ---- reading -----------------------------------------------------------------------------------

// Everything a reader may ask, from one snapshot. Thread-safe.
class LedgerReader final : public merkle::TileReader {
 public:
  explicit LedgerReader(std::shared_ptr<const Snapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}

  // nullopt when there is no genesis yet.
  StatusOr<std::optional<rules::LedgerTip>> Tip() const;
  StatusOr<std::string> Entry(uint64_t index) const;
  // NOT_FOUND when the record is not final here.
  StatusOr<uint64_t> FindRecord(const RecordId& id) const;
  StatusOr<std::vector<uint64_t>> CaseEntries(std::string_view case_id) const;
  StatusOr<std::string> BlockBytes(uint64_t height) const;
  // Its header alone, as the block begins with it; costs the same whatever the block's size.
  StatusOr<std::string> BlockHeaderBytes(uint64_t height) const;
  // Certificate bytes; empty when the block is final only through a descendant.
  StatusOr<std::string> Finalization(uint64_t height) const;

  // Published checkpoints (complete notes), by size.
  StatusOr<std::string> Checkpoint(uint64_t size) const;
  StatusOr<std::optional<std::string>> LatestCheckpoint() const;
  StatusOr<std::vector<uint64_t>> CheckpointSizes() const;

  StatusOr<LedgerId> Ledger() const;
  StatusOr<std::string> Member() const;

  // Hashes of a tile, cut to `width` (so partial tiles of any earlier size can be made).
  StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t index, uint16_t width) override;

  const Snapshot& snapshot() const { return *snapshot_; }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
};

// The rules' state in a snapshot.
class StoredState final : public rules::StateView {
 public:
  explicit StoredState(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}
  StatusOr<std::optional<std::string>> Get(std::string_view key) const override;
  Status Scan(std::string_view prefix, const Visitor& fn) const override;
  Status ScanAfter(std::string_view prefix, std::string_view after,
                   const Visitor& fn) const override;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace parley::store
