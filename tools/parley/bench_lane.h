#pragma once

// One officer's part of a load test: signs reports, keeps a number of them in flight in order, and
// times each from the moment it is handed to the client until the node's stream of final entries
// brings it back.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/sign.h"
#include "ledger/record/record.h"
#include "tools/parley/send.h"

namespace parley::cli {

struct LaneOptions {
  uint64_t records = 0;
  uint64_t in_flight = 1;
  size_t bytes = 512;  // of the envelope, roughly
};

// Two threads work on it: the caller's (Run) and one that follows the ledger.
class BenchLane {
 public:
  // The session must outlive the lane.
  static StatusOr<std::unique_ptr<BenchLane>> Create(Session& session, const LaneOptions& options);

  // Signs everything first, so that signing is not part of what is measured.
  Status Prepare();
  // Sends all and waits until all are final.
  Status Run();

  // Milliseconds, one for each record; valid after Run.
  const std::vector<double>& latencies_ms() const { return latencies_ms_; }
  uint64_t done() const;

 private:
  BenchLane(Session& session, rpc::Client& client, const SecretKey& key, Outbox outbox,
            const LaneOptions& options)
      : session_(session),
        client_(client),
        author_{&key, session.officer()},
        outbox_(std::move(outbox)),
        options_(options) {}
  Status SendAll();
  void Follow(uint64_t from);
  size_t WaitForRoom();
  void Arrived(const RecordId& id);

  using Instant = std::chrono::steady_clock::time_point;
  Session& session_;
  rpc::Client& client_;
  const Author author_;
  Outbox outbox_;
  const LaneOptions options_;
  std::vector<record::ParsedRecord> records_;
  std::vector<double> latencies_ms_;  // guarded by mutex_ while Run runs
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<RecordId, Instant> in_flight_;
  Status follow_status_;
  bool stop_ = false;
  uint64_t done_ = 0;
};

}  // namespace parley::cli
