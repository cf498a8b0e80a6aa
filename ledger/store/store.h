#pragma once

// Store: one node's database. The only place that includes RocksDB, and that only in its .cc files.
// What must be true together goes into one batch; Commit is synced: OK means durable. Thread-safe:
// one writer (the replica thread) and any number of readers, who read from snapshots.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace parley::store {

// Column families. Order and names are part of the format.
enum class Family : size_t {
  kMeta,         // format version, ledger id, tip, node identity
  kEntries,      // BE64 index -> entry bytes
  kTiles,        // level byte, BE64 index -> 1..256 hashes
  kBlocks,       // 'b' BE64 height -> header (the records lie in kEntries); 'f' BE64 height ->
                 // finalization certificate
  kVotes,        // what consensus must remember until it is outlived
  kState,        // the rules' state
  kIndex,        // 'r' record id -> BE64 index; 'c' case id, 0, BE64 index -> ""
  kPending,      // BE64 arrival number -> envelope
  kCheckpoints,  // 'p' BE64 size -> published note; 'm' -> own last cosigned (size, root, time)
  kCount
};

class Snapshot;

class Store {
 public:
  enum class Mode {
    kReadWrite,  // created when absent; takes the database's lock
    kReadOnly,   // must exist; works beside a running node or on a copy
  };
  // DATA_LOSS when files are damaged (the message names the file), FAILED_PRECONDITION when its
  // format is older or newer than this program's, UNAVAILABLE when another process has it open.
  static StatusOr<std::unique_ptr<Store>> Open(const std::string& dir, Mode mode);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  class Batch {
   public:
    Batch();
    ~Batch();
    Batch(Batch&&) noexcept;
    Batch& operator=(Batch&&) noexcept;
    void Put(Family family, std::string_view key, std::string_view value);
    void Delete(Family family, std::string_view key);
    // Deletes keys in [first, last).
    void DeleteRange(Family family, std::string_view first, std::string_view last);
    bool empty() const;
    size_t bytes() const;

   private:
    friend class Store;
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };
  // Writes all or nothing, and syncs. After an error the caller must stop: whether the bytes are
  // durable is not known, and a retry proves nothing.
  Status Commit(Batch&& batch);

  // Reads the newest state. NOT_FOUND when there is no such key.
  StatusOr<std::string> Get(Family family, std::string_view key) const;
  // What a read does where a file's checksum does not hold. Nodes refuse: that is DATA_LOSS. An
  // audit reads on without it as far as that goes, because the ledger's own hashes tell exactly
  // which entry of a damaged file is wrong, where a checksum covers many.
  enum class Damage { kRefuse, kReadOn };
  // A consistent view that stays the same while the store goes on. Must not outlive the store.
  std::shared_ptr<const Snapshot> TakeSnapshot(Damage damage = Damage::kRefuse) const;

  // Reads every table file and checks the checksum of every block in it: one text for each file
  // that is damaged or missing, which names it.
  std::vector<std::string> DamagedFiles() const;

  // Writes a copy of the database as it is now to `dir`, which must not exist yet; its files are
  // linked where that is possible, so it costs little room on the same disk. Other threads may go
  // on writing. ALREADY_EXISTS, or why it could not be written; nothing is left behind then.
  Status SaveCopy(const std::string& dir) const;

  const std::string& dir() const;

 private:
  friend class Snapshot;
  Store();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Thread-safe.
class Snapshot {
 public:
  ~Snapshot();
  StatusOr<std::string> Get(Family family, std::string_view key) const;
  // fn(key, value) for keys that start with `prefix`, ascending from `from` (or the prefix itself
  // when that is greater), until it returns false or fails.
  using Visitor = std::function<StatusOr<bool>(std::string_view key, std::string_view value)>;
  Status ForEach(Family family, std::string_view prefix, std::string_view from,
                 const Visitor& fn) const;
  // The greatest key that starts with the prefix, and its value; nullopt when there is none.
  StatusOr<std::optional<std::pair<std::string, std::string>>> Last(Family family,
                                                                    std::string_view prefix) const;

 private:
  friend class Store;
  Snapshot();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::store
