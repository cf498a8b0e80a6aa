#pragma once

// Backups of a node's database, and their return.
//
// A backup is a whole database in a folder of its own: `parley audit` and `parley export` read it
// as it is. It holds no key. While the node runs only its own process may copy the database, so
// `parleyd backup` leaves a request in data_dir, which the node answers there:
//   backup.request   the folder to be written, absolute, one line; removed when it is taken up
//   backup.result    empty when it was written, else why it was not
//
// A database that comes back from a backup does not know what its node signed since. The keys that
// it had must not vote again (docs/consensus.md), so a restore makes the node's next start find
// that it is an older copy, whatever else was lost.

#include <filesystem>
#include <future>

#include "base/status.h"
#include "crypto/hash.h"
#include "ledger/store/store.h"
#include "node/config/node_config.h"

namespace parley {

// Answers requests, in the process that has the database open. For one thread.
class BackupRequests {
 public:
  // Forgets a request left from before. `store` is borrowed.
  BackupRequests(const std::filesystem::path& data_dir, const store::Store& store);
  // Waits for a copy under way, and answers.
  ~BackupRequests();
  BackupRequests(const BackupRequests&) = delete;
  BackupRequests& operator=(const BackupRequests&) = delete;

  // Starts a copy when one is wanted, answers when it is done; never blocks. Call it often.
  void Poll();

 private:
  void Answer(const Status& copied) const;

  std::filesystem::path request_;
  std::filesystem::path result_;
  const store::Store& store_;
  std::future<Status> copy_;  // valid while a copy is under way
};

// Writes a backup to `out`, through the node when it runs. ALREADY_EXISTS when `out` is there,
// NOT_FOUND when there is no database, UNAVAILABLE when the node does not answer.
Status BackUp(const NodeConfig& config, const std::filesystem::path& out);

// What a restored database is, for people.
struct Restored {
  uint64_t height = 0;
  uint64_t entries = 0;
};
// Puts the backup in `from` in place as the database of this configuration's node. ALREADY_EXISTS
// when there is one, FAILED_PRECONDITION when the backup is of another ledger or member, DATA_LOSS
// when it is damaged; nothing is changed then.
StatusOr<Restored> Restore(const NodeConfig& config, const LedgerId& ledger,
                           const std::filesystem::path& from);

}  // namespace parley
