#pragma once

// What waits for the replica thread, in two lanes: what members and timers say, which must not wait
// behind a flood of records, and records on their way in. Both are bounded; a full lane answers
// RESOURCE_EXHAUSTED. Thread-safe.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "node/consensus/core.h"
#include "node/replica/replica.h"

namespace parley::replica {

// Records from one client or one member, on their way from the network to the replica thread.
struct Submission {
  std::optional<std::string> from;     // a member; nothing: a client of this node
  std::vector<std::string> envelopes;  // as received
  std::vector<std::optional<record::ParsedRecord>> records;  // parallel; nothing: refused already
  // Of clients only. `done` is called once, on the replica thread or by whoever stops the replica.
  bool wait_final = false;  // answer when all are final, not when all are accepted
  std::chrono::steady_clock::time_point deadline;
  Replica::SubmitDone done;
  std::vector<SubmitOutcome> outcomes;  // parallel
  size_t open = 0;                      // accepted and not final yet
  size_t count = 0;                     // records, for the lane's bound
};

// Everything else: one struct for each kind, posted by peer links and servers.
namespace input {
// Members by name: only the replica thread knows their numbers in the present epoch.
struct Consensus {
  std::string from;
  consensus::Message message;
};
struct Connected {
  std::string peer;
};
struct Disconnected {
  std::string peer;
};
struct Checkpoint {
  std::string from;
  std::string note;  // a checkpoint with the sender's cosignature; nothing of it is checked yet
};
struct Fetched {
  std::string from;
  consensus::event::BlocksFetched event;  // but its `from`
};
struct FetchFailed {  // no answer, or one that could not be read
  std::string from;
};
}  // namespace input
using Input = std::variant<input::Consensus, input::Connected, input::Disconnected,
                           input::Checkpoint, input::Fetched, input::FetchFailed>;

// Many threads put in, the replica thread alone takes. Order within a lane is kept; between the
// lanes there is none.
class Inbox {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // RESOURCE_EXHAUSTED when kReplicaQueueMax inputs wait, UNAVAILABLE after Close.
  Status Push(Input in) {
    {
      const std::lock_guard lock(mu_);
      if (closed_) return Stopped();
      if (inputs_.size() >= limits::kReplicaQueueMax)
        return ResourceExhausted("the replica has too much to do");
      inputs_.push_back(std::move(in));
    }
    ready_.notify_one();
    return absl::OkStatus();
  }
  // For the few inputs that answer our own requests and must not be lost: as many as requests are
  // under way, so they need no bound of their own. Dropped after Close.
  void PushAnswer(Input in) {
    {
      const std::lock_guard lock(mu_);
      if (closed_) return;
      inputs_.push_back(std::move(in));
    }
    ready_.notify_one();
  }
  // False after Close. The lane's bound is kept by VerifyPool, which counts a submission until the
  // replica thread has taken it.
  bool PushRecords(std::shared_ptr<Submission> s) {
    {
      const std::lock_guard lock(mu_);
      if (closed_) return false;
      submissions_.push_back(std::move(s));
    }
    ready_.notify_one();
    return true;
  }

  struct Taken {
    std::vector<Input> inputs;
    std::vector<std::shared_ptr<Submission>> submissions;
  };
  // Waits until something is there or `until` has passed; takes what is there, within bounds that
  // keep one turn short. Nothing after Close.
  std::optional<Taken> Take(Time until) {
    Taken out;
    std::unique_lock lock(mu_);
    ready_.wait_until(lock, until,
                      [this] { return closed_ || !inputs_.empty() || !submissions_.empty(); });
    if (closed_) return std::nullopt;
    while (!inputs_.empty() && out.inputs.size() < kInputsAtOnceMax) {
      out.inputs.push_back(std::move(inputs_.front()));
      inputs_.pop_front();
    }
    for (size_t n = 0; !submissions_.empty() && n < kRecordsAtOnceMax;) {
      n += submissions_.front()->count;
      out.submissions.push_back(std::move(submissions_.front()));
      submissions_.pop_front();
    }
    return out;
  }

  // Wakes Take; what waits is returned, so that clients can be told.
  std::vector<std::shared_ptr<Submission>> Close() {
    std::vector<std::shared_ptr<Submission>> out;
    {
      const std::lock_guard lock(mu_);
      closed_ = true;
      out.assign(submissions_.begin(), submissions_.end());
      submissions_.clear();
      inputs_.clear();
    }
    ready_.notify_all();
    return out;
  }
  bool closed() const {
    const std::lock_guard lock(mu_);
    return closed_;
  }

 private:
  static constexpr size_t kInputsAtOnceMax = 256;  // then timers and records get their turn
  static constexpr size_t kRecordsAtOnceMax = 64;  // records, not submissions
  static Status Stopped() { return Unavailable("the replica has stopped"); }

  mutable std::mutex mu_;
  std::condition_variable ready_;
  std::deque<Input> inputs_;
  std::deque<std::shared_ptr<Submission>> submissions_;
  bool closed_ = false;
};

}  // namespace parley::replica
