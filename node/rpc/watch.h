#pragma once

// Watch streams: entries from an index on, as they become final. A watcher either has work (one
// task on the readers' pool, or one write under way) or is idle; a commit wakes the idle ones with
// one task for all, so the replica thread only ever posts one task. Nothing polls.

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <set>

#include "base/mutex.h"
#include "node/replica/replica.h"
#include "node/rpc/authorizer.h"
#include "node/rpc/work_pool.h"
#include "parley/v1/ledger_service.grpc.pb.h"

namespace parley::rpc {

class Watcher;

// Owns no watcher: each deletes itself. Thread-safe. Must outlive the gRPC server's calls.
class WatchHub {
 public:
  // Borrows all three; listens to the replica until Stop().
  WatchHub(const Authorizer& authorizer, replica::Replica& replica, WorkPool& pool);
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // The reactor of a Watch call from entry `first` on. Whether its caller may read is asked before
  // each batch of entries and at each commit, and a no ends the stream. RESOURCE_EXHAUSTED, as the
  // stream's status, when kWatchersMax streams are open.
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                     uint64_t first);

  // Ends every stream with UNAVAILABLE and refuses new ones. Idempotent.
  void Stop();

  size_t watchers() const;

 private:
  friend class Watcher;
  Status Register(Watcher* watcher);
  void Unregister(Watcher* watcher);
  void WakeAll();

  const Authorizer& authorizer_;
  replica::Replica& replica_;
  WorkPool& pool_;
  std::atomic<bool> wake_posted_{false};
  uint64_t listener_ = 0;

  mutable Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::set<Watcher*> watchers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::rpc
