#pragma once

// A node's database as something to audit or export: read beside the running node, or from a copy.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/archive/archive.h"
#include "ledger/store/ledger_store.h"

namespace parley::store {

// Reads from one state of the database. What it returns is not trusted by its callers; each entry
// is read by its own key, and where a file's checksum does not hold, as far as that goes without it
// (Store::Damage::kReadOn), so that damage in one place costs only what lies there.
class StoreSource final : public archive::Source {
 public:
  // Of a database that is open in either mode.
  explicit StoreSource(std::shared_ptr<Store> store);

  std::string Name() const override { return "database " + store_->dir(); }
  std::string EntryPlace(uint64_t index) const override;
  std::string TilePlace(uint8_t level, uint64_t index, uint16_t width) const override;
  StatusOr<std::vector<std::string>> Charters() override;
  StatusOr<std::string> LatestCheckpoint() override;
  StatusOr<std::vector<uint64_t>> CheckpointSizes() override;
  StatusOr<std::string> Checkpoint(uint64_t size) override;
  StatusOr<uint64_t> EntryCount() override;
  StatusOr<std::string> Entry(uint64_t index) override;
  StatusOr<std::vector<Hash>> Tile(uint8_t level, uint64_t index, uint16_t width) override;
  std::string CharterPlace(uint64_t version) const override;
  std::string CheckpointPlace(uint64_t size) const override;
  bool MayOutrunCheckpoint() const override { return true; }
  // Every other row of every column family.
  void CompareWith(const archive::Replayed& replayed, archive::ConsensusCheck* consensus,
                   const std::function<void(archive::Problem)>& found) override;
  // Names every file that is missing or does not match its checksums.
  std::vector<std::string> ContainerProblems() override;

 private:
  StatusOr<uint64_t> LastEntryBelow(uint64_t end) const;

  std::shared_ptr<Store> store_;  // shared: whoever opened it may go on using it
  std::shared_ptr<const Snapshot> snapshot_;
  LedgerReader reader_;  // of it
  std::optional<uint64_t> count_;
};

// Opens DIR (a database directory) for reading.
StatusOr<std::unique_ptr<archive::Source>> OpenStoreSource(const std::string& dir);

}  // namespace parley::store
