#pragma once

// Parses records and verifies their signatures before the replica thread sees them. Each member and
// this node's own clients have a share, in records and bytes, and a lane (fair_lanes.h): whoever
// sends much waits longer, and nobody else does.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/time.h"
#include "node/replica/fair_lanes.h"
#include "node/replica/inbox.h"

namespace parley::replica {

// Thread-safe. A share counts records from Post to Release, not only while they wait here: so the
// replica's own queue is bounded as well.
class VerifyPool {
 public:
  // `work` is called on a pool thread for each submission and hands it on.
  using Function = std::function<void(std::shared_ptr<Submission>)>;
  // Without threads nothing is worked on but by WorkOne. The clock, which is borrowed, tells what
  // work took.
  VerifyPool(unsigned threads, const Clock& clock, Function work);
  ~VerifyPool() { Stop(); }
  VerifyPool(const VerifyPool&) = delete;
  VerifyPool& operator=(const VerifyPool&) = delete;

  // RESOURCE_EXHAUSTED when the owner's share is on its way already, UNAVAILABLE after Stop.
  Status Post(std::shared_ptr<Submission> s);
  // The submission has left the replica's lane too.
  void Release(const Submission& s);
  // Takes the submission whose turn it is and works on it in the caller's thread. False when none
  // waits.
  bool WorkOne();
  // Joins the threads; what had not been begun is returned. Idempotent.
  std::vector<std::shared_ptr<Submission>> Stop();

 private:
  using Next = FairLanes<std::shared_ptr<Submission>>::Popped;

  void Run();
  Quota& QuotaOf(const Submission& s) { return s.from.has_value() ? members_ : own_; }

  const Clock& clock_;
  const Function work_;
  std::mutex mu_;
  std::condition_variable ready_;
  Quota own_{limits::kReplicaQueueMax, limits::kOwnQueueBytesMax};
  Quota members_{limits::kMemberRecordsMax, limits::kMemberRecordsBytesMax};
  FairLanes<std::shared_ptr<Submission>> lanes_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace parley::replica
