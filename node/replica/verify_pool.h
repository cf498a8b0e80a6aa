#pragma once

// Parses records and verifies their signatures before the replica thread sees them. Bounded: a full
// pool refuses. Work of this node's own clients comes before what other members forward.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "node/replica/inbox.h"

namespace parley::replica {

// Thread-safe. Each lane counts records from Post to Release, not only while they wait here, and
// holds at most kReplicaQueueMax: so the replica's own lane is bounded as well.
class VerifyPool {
 public:
  // `work` is called on a pool thread for each submission and hands it on.
  using Function = std::function<void(std::shared_ptr<Submission>)>;
  // At least one thread, whatever `threads` says.
  VerifyPool(unsigned threads, Function work);
  ~VerifyPool() { Stop(); }
  VerifyPool(const VerifyPool&) = delete;
  VerifyPool& operator=(const VerifyPool&) = delete;

  // RESOURCE_EXHAUSTED when too many records are on their way, UNAVAILABLE after Stop.
  Status Post(std::shared_ptr<Submission> s);
  // The submission has left the replica's lane too.
  void Release(const Submission& s);
  // Joins the threads; what had not been begun is returned. Idempotent.
  std::vector<std::shared_ptr<Submission>> Stop();

 private:
  void Run();

  const Function work_;
  std::mutex mu_;
  std::condition_variable ready_;
  std::deque<std::shared_ptr<Submission>> own_;
  std::deque<std::shared_ptr<Submission>> foreign_;
  std::atomic<size_t> own_records_{0};
  std::atomic<size_t> foreign_records_{0};
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace parley::replica
