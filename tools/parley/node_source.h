#pragma once

// A node's ledger as something to audit or export, fetched through its client interface. Nothing of
// it is trusted: tiles are computed from the entries, so the checkpoints judge the entries
// directly.

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/archive/archive.h"
#include "ledger/merkle/tiles.h"
#include "node/rpc/client.h"

namespace parley::cli {

// Reads the ledger as it stood when the source was opened. Entries are fetched once, in order, into
// an unnamed temporary file. Borrows the client. Not thread-safe.
class NodeSource final : public archive::Source {
 public:
  // The client's errors, or UNAVAILABLE when there is no room for a temporary file. A node without
  // a checkpoint is no error here.
  static StatusOr<std::unique_ptr<NodeSource>> Open(rpc::Client& client);

  std::string Name() const override { return client_.target(); }
  std::string EntryPlace(uint64_t index) const override;
  // One call for each version that the node says was in force, at most kCharterVersionsMax.
  StatusOr<std::vector<std::string>> Charters() override;
  StatusOr<std::string> LatestCheckpoint() override;
  StatusOr<std::vector<uint64_t>> CheckpointSizes() override;
  StatusOr<std::string> Checkpoint(uint64_t size) override;
  StatusOr<uint64_t> EntryCount() override { return size_; }
  // Fetches everything up to that entry first, page by page. DATA_LOSS for an entry that is longer
  // than any may be.
  StatusOr<std::string> Entry(uint64_t index) override;
  // Computed from the entries, whatever the node stores: it can never differ from them.
  StatusOr<std::vector<Hash>> Tile(uint8_t level, uint64_t index, uint16_t width) override;
  std::string TilePlace(uint8_t level, uint64_t index, uint16_t width) const override;
  bool MayOutrunCheckpoint() const override { return true; }
  std::vector<std::string> ContainerProblems() override { return {}; }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct Place {  // in the temporary file, bytes
    long offset;
    size_t size;
  };
  NodeSource(rpc::Client& client, uint64_t size, std::FILE* file)
      : client_(client), size_(size), file_(file) {}
  Status FetchUpTo(uint64_t count);
  Status Keep(const std::string& entry);

  rpc::Client& client_;
  const uint64_t size_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::vector<Place> places_;  // of the entries fetched so far
  std::string latest_;
  std::vector<uint64_t> sizes_;  // of the checkpoints that the node says it has
  std::vector<Hash> leaves_;     // 32 bytes an entry is all that stays in memory
  merkle::TileUpdates tree_;
  std::map<std::pair<uint8_t, uint64_t>, std::vector<Hash>> upper_;  // tiles above level 0
};

}  // namespace parley::cli
