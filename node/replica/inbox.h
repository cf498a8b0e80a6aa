#pragma once

// What waits for the replica thread, in two kinds: what members and timers say, which must not wait
// behind a flood of records, and records on their way in. Of each kind every member has a lane and
// a share of its own (fair_lanes.h), so a flood holds up only whoever sends it. Thread-safe.

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "node/consensus/core.h"
#include "node/replica/fair_lanes.h"
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
  size_t count = 0;                     // records, for the quota
  size_t bytes = 0;                     // of the envelopes, likewise
  // Whose lane it waits in: a member's name, which is never empty, or this node's own.
  std::string Owner() const { return from.value_or(std::string()); }
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
// Who is behind an input.
inline const std::string& PeerOf(const Input& in) {
  if (const auto* c = std::get_if<input::Connected>(&in)) return c->peer;
  if (const auto* d = std::get_if<input::Disconnected>(&in)) return d->peer;
  if (const auto* k = std::get_if<input::Checkpoint>(&in)) return k->from;
  if (const auto* f = std::get_if<input::Fetched>(&in)) return f->from;
  if (const auto* x = std::get_if<input::FetchFailed>(&in)) return x->from;
  return std::get<input::Consensus>(in).from;
}

// Many threads put in, the replica thread alone takes. Order within a lane is kept; between the
// lanes there is none.
class Inbox {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `bytes` as they came. RESOURCE_EXHAUSTED when the share of the peer is full, UNAVAILABLE after
  // Close.
  Status Push(Input in, size_t bytes) {
    {
      const std::lock_guard lock(mu_);
      if (closed_) return Stopped();
      if (!quota_.Take(PeerOf(in), 1, bytes)) {
        ++dropped_[PeerOf(in)];
        return ResourceExhausted(
            fmt::format("{} has sent more than this node has room for", PeerOf(in)));
      }
      Put({std::move(in), bytes});
    }
    ready_.notify_one();
    return absl::OkStatus();
  }
  // For the few inputs that must not be lost: answers to our own requests, as many as requests are
  // under way, so they need no share. Dropped after Close.
  void PushAnswer(Input in) {
    {
      const std::lock_guard lock(mu_);
      if (closed_) return;
      Put({std::move(in), 0});
    }
    ready_.notify_one();
  }
  // False after Close. The bound is kept by VerifyPool, which counts a submission until the replica
  // thread has taken it.
  bool PushRecords(std::shared_ptr<Submission> s) {
    {
      const std::lock_guard lock(mu_);
      if (closed_) return false;
      const std::string owner = s->Owner();
      submissions_.Push(owner, std::move(s));
    }
    ready_.notify_one();
    return true;
  }

  struct Taken {
    std::vector<Input> inputs;
    std::vector<std::shared_ptr<Submission>> submissions;
  };
  // Waits until something is there or `until` has passed; takes what is there, at most `inputs_max`
  // inputs and kRecordsAtOnceMax records, which keeps one turn short. Nothing after Close.
  std::optional<Taken> Take(Time until, size_t inputs_max) {
    Taken out;
    std::unique_lock lock(mu_);
    ready_.wait_until(lock, until,
                      [this] { return closed_ || !inputs_.empty() || !submissions_.empty(); });
    if (closed_) return std::nullopt;
    while (out.inputs.size() < inputs_max) {
      auto next = inputs_.Pop();
      if (!next.has_value()) break;
      quota_.Return(next->owner, next->item.bytes > 0 ? 1 : 0, next->item.bytes);
      inputs_.Charge(next->owner, next->item.bytes / kBytesPerMicrosecond);
      out.inputs.push_back(std::move(next->item.input));
    }
    for (size_t n = 0; n < kRecordsAtOnceMax;) {
      auto next = submissions_.Pop();
      if (!next.has_value()) break;
      n += next->item->count;
      submissions_.Charge(next->owner, next->item->count);
      out.submissions.push_back(std::move(next->item));
    }
    return out;
  }

  // The replica thread has worked for so long on an input of this member.
  void Charge(const std::string& peer, std::chrono::microseconds took) {
    const std::lock_guard lock(mu_);
    inputs_.Charge(peer, static_cast<uint64_t>(took.count()));
  }

  // How many inputs of each member found no room since the last call.
  std::map<std::string, uint64_t> TakeDropped() {
    const std::lock_guard lock(mu_);
    return std::exchange(dropped_, {});
  }
  size_t bytes() const {
    const std::lock_guard lock(mu_);
    return quota_.bytes();
  }

  // Wakes Take; what waits is returned, so that clients can be told.
  std::vector<std::shared_ptr<Submission>> Close() {
    std::vector<std::shared_ptr<Submission>> out;
    {
      const std::lock_guard lock(mu_);
      closed_ = true;
      for (auto& s : submissions_.TakeAll()) out.push_back(std::move(s));
      inputs_.TakeAll();
    }
    ready_.notify_all();
    return out;
  }
  bool empty() const {
    const std::lock_guard lock(mu_);
    return inputs_.empty() && submissions_.empty();
  }
  bool closed() const {
    const std::lock_guard lock(mu_);
    return closed_;
  }

 private:
  static constexpr size_t kRecordsAtOnceMax = 64;  // records, not submissions
  static constexpr size_t kBytesPerMicrosecond = 64;

  struct Waiting {
    Input input;
    size_t bytes = 0;
  };
  static Status Stopped() { return Unavailable("the replica has stopped"); }

  void Put(Waiting waiting) {
    const std::string owner = PeerOf(waiting.input);
    inputs_.Push(owner, std::move(waiting));
  }

  mutable std::mutex mu_;
  std::condition_variable ready_;
  Quota quota_{limits::kMemberQueueMax, limits::kMemberQueueBytesMax};
  FairLanes<Waiting> inputs_;
  FairLanes<std::shared_ptr<Submission>> submissions_;
  std::map<std::string, uint64_t> dropped_;
  bool closed_ = false;
};

}  // namespace parley::replica
