#pragma once

// The replica: one thread that owns the consensus core, pending records, execution and the store's
// writes. Everything else posts inputs to its bounded queue and reads from published snapshots.
//
// The rule that carries safety: nothing is sent, voted, acknowledged or cosigned that this node's
// own disk may still lose. The thread takes a batch of inputs, steps the core, writes everything in
// one synced batch, and only then lets the effects out. A failed write stops the replica for good:
// it answers UNAVAILABLE, signs nothing more, and parleyd exits with an error.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/sign.h"
#include "ledger/record/record.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/executor.h"
#include "ledger/store/ledger_store.h"

namespace parley::replica {

// How the replica reaches other members, by their names: numbers of members change with the
// charter. Implemented by node/rpc. Calls never block: what cannot be queued, or is for a member
// that cannot be reached, is dropped (consensus repeats itself). Thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) = 0;
  virtual void SendRecords(const std::string& to,
                           std::shared_ptr<const std::vector<std::string>> envelopes) = 0;
  // A checkpoint note with this member's cosignature line.
  virtual void SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) = 0;
  // The answer comes back through Replica::OnBlocksFetched or OnFetchFailed.
  virtual void FetchBlocks(const std::string& from, uint64_t first_height) = 0;
};

// The keys at hand. A charter names one of each; which is used changes with the charter.
struct NodeKeys {
  std::vector<SecretKey> node;
  std::vector<SecretKey> cosigner;
};

struct ReplicaOptions {
  std::string member;
  uint64_t view_timeout_ms = 1'000;
  unsigned verify_threads = 1;
};

// What became of one submitted record.
struct SubmitOutcome {
  RecordId id;
  Status status;               // OK: pending here, durably, or final already
  std::string intake_receipt;  // bytes (docs/formats.md, "Intake receipt"), when OK
  bool final = false;
  uint64_t index = 0;  // when final
  TimeMs time{};       // when final
};

// What readers see; immutable, replaced after every commit.
struct Published {
  std::shared_ptr<const store::Snapshot> snapshot;
  rules::LedgerTip tip;
  uint64_t checkpoint_size = 0;                   // newest with a quorum of cosignatures
  std::shared_ptr<const rules::Charter> charter;  // in force; shared with all readers
  uint64_t epoch_height = 0;                      // of the block that brought it into force
  std::shared_ptr<const rules::Charter> before = nullptr;  // the one that it replaced, if any
};

struct ReplicaStatus;  // node/replica/status.h

class Replica {
 public:
  // `founding` is the founding charter; later ones are on the ledger. Everything is borrowed and
  // must outlive the replica, but the keys, which it owns. Writes the genesis block when the store
  // is empty. FAILED_PRECONDITION when the store belongs to another ledger or member. A node whose
  // member is not in the charter in force, or without the keys that it names, follows and votes on
  // nothing.
  static StatusOr<std::unique_ptr<Replica>> Create(const ReplicaOptions& options,
                                                   const rules::Charter& founding,
                                                   store::Store& store, NodeKeys keys,
                                                   Transport& transport, const Clock& clock);
  // Stops the thread; what was accepted is durable.
  virtual ~Replica() = default;

  // All of the following may be called from any thread and never block.

  // `done` is called once, on another thread: with wait_final when all accepted records are final
  // or `deadline` passed, otherwise once they are durable. RESOURCE_EXHAUSTED when the queue is
  // full.
  using SubmitDone = std::function<void(std::vector<SubmitOutcome>)>;
  virtual Status Submit(std::vector<std::string> envelopes, bool wait_final,
                        std::chrono::steady_clock::time_point deadline, SubmitDone done) = 0;

  // From other members' nodes, authenticated: of the charter in force, or of the one before.
  virtual Status OnConsensus(const std::string& from, std::string message) = 0;
  virtual Status OnRecords(const std::string& from, std::vector<std::string> envelopes) = 0;
  virtual Status OnCheckpoint(const std::string& from, std::string note) = 0;
  virtual Status OnConnected(const std::string& peer) = 0;
  virtual Status OnDisconnected(const std::string& peer) = 0;
  virtual Status OnBlocksFetched(const std::string& from, uint64_t first_height,
                                 std::vector<std::string> blocks, std::string finalization) = 0;
  virtual Status OnFetchFailed(const std::string& from) = 0;

  virtual std::shared_ptr<const Published> Latest() const = 0;
  virtual ReplicaStatus GetStatus() const = 0;
  // Where an author's chain stands, pending records included.
  virtual StatusOr<std::pair<uint64_t, RecordId>> AuthorHead(const KeyId& key) const = 0;
  // The envelope of a pending record; NOT_FOUND when it is not pending.
  virtual StatusOr<std::string> PendingRecord(const RecordId& id) const = 0;

  // Called after every commit and new checkpoint, on the replica thread: must return at once.
  using Listener = std::function<void(std::shared_ptr<const Published>)>;
  virtual uint64_t AddListener(Listener listener) = 0;
  virtual void RemoveListener(uint64_t id) = 0;

  // Why the replica stopped by itself (a failed write); OK while it runs.
  virtual Status Health() const = 0;
};

// Blocks for a peer that catches up, from a snapshot: consecutive from `first_height`, of one
// epoch, the first one whatever its size and more within limits::kFetchAnswerBytesMax. They end
// with a block whose finalization is held; where none of them has one, the headers of those that
// follow come behind them, up to one that has. So any final history can be served in bounded
// answers, each of which shows by hash links and one certificate that it is final.
struct BlockRange {
  std::vector<std::string> blocks;  // whole ones, then headers with their length and nothing else
  std::string finalization;
};
StatusOr<BlockRange> ReadBlocks(const store::Snapshot& snapshot, uint64_t first_height);

}  // namespace parley::replica
