#pragma once

// An archive: a whole ledger as plain files (C2SP tlog-tiles layout plus charters and checkpoints;
// docs/formats.md, "Archive"), in a directory or an uncompressed tar of it. Also the sources an
// audit can read from: a directory, a tar file, a node's database, or files fetched from a node.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "crypto/hash.h"

namespace parley::archive {

struct Problem;   // audit.h
struct Replayed;  // replayed.h
class ConsensusCheck;

// What an audit reads. Nothing it returns is trusted. Implementations are safe for use by one
// thread at a time unless they say otherwise.
class Source {
 public:
  virtual ~Source() = default;
  // For messages: "archive DIR", "database DIR", "node ADDRESS".
  virtual std::string Name() const = 0;
  // The file (or database key) in which entry `index` lies, for messages.
  virtual std::string EntryPlace(uint64_t index) const = 0;

  // The charter notes, oldest first.
  virtual StatusOr<std::vector<std::string>> Charters() = 0;
  // The newest checkpoint note; NOT_FOUND when the ledger never published one.
  virtual StatusOr<std::string> LatestCheckpoint() = 0;
  virtual StatusOr<std::vector<uint64_t>> CheckpointSizes() = 0;
  virtual StatusOr<std::string> Checkpoint(uint64_t size) = 0;
  // How many entries the source holds (by itself; may differ from the checkpoint).
  virtual StatusOr<uint64_t> EntryCount() = 0;
  // One entry; NOT_FOUND when missing, DATA_LOSS when unreadable.
  virtual StatusOr<std::string> Entry(uint64_t index) = 0;
  // A stored tile's hashes, as many as it holds.
  virtual StatusOr<std::vector<Hash>> Tile(uint8_t level, uint64_t index, uint16_t width) = 0;
  // The file (or database key) of a tile, for messages.
  virtual std::string TilePlace(uint8_t level, uint64_t index, uint16_t width) const;
  // True for a node's own ledger: its newest final entries wait for cosignatures. An archive ends
  // with its checkpoint; what lies beyond is a problem.
  virtual bool MayOutrunCheckpoint() const { return false; }
  // Where a charter and a checkpoint lie, for messages.
  virtual std::string CharterPlace(uint64_t version) const;
  virtual std::string CheckpointPlace(uint64_t size) const;
  // Compares whatever else the source holds with what the replay came to; `found` takes the
  // problems. `consensus` may be null: then certificates and votes are not looked at.
  virtual void CompareWith(const Replayed& replayed, ConsensusCheck* consensus,
                           const std::function<void(Problem)>& found);
  // Problems of the container itself found so far (stray files, short bundles, broken tar): text
  // that names the file.
  virtual std::vector<std::string> ContainerProblems() = 0;
};

// Directory or tar by looking at it; a node's data directory (it holds db/CURRENT) is opened by the
// tools, which link the store.
StatusOr<std::unique_ptr<Source>> OpenArchive(const std::string& path);

// Called with (done, total) from time to time.
using Progress = std::function<void(uint64_t done, uint64_t total)>;

// Writes everything of the source up to its latest checkpoint as an archive. The directory must not
// exist or be empty; files are complete or absent; the checkpoint is written last. With `tar` a
// single uncompressed tar file (path) is written instead.
Status Export(Source& source, const std::string& path, bool tar, const Progress& progress);

}  // namespace parley::archive
