#pragma once

// PeerLink: this node's outgoing stream to one other member's node. While the stream stands,
// messages wait in a bounded queue, consensus and checkpoints before records; while it does not,
// messages are dropped, because the core says again what matters when a peer connects.
//
//   idle --Start--> connecting --Hello answered--> up
//     ^                |                            |
//     |    refused, lost, or no answer in 5 s       | lost
//     +---------------- waiting <-------------------+     (100 ms .. 5 s, doubled, with jitter)
//
// Every attempt dials a new connection, so that its error says what is wrong now. Thread-safe; no
// lock is held while gRPC or the replica is called.
//
// Channels are never let go in gRPC's own callback threads. gRPC (1.51) ends these threads when the
// last channel or server that uses them goes, by joining them: in one of them it would join itself
// and free the queue it works on. So streams and calls are gone before a link counts them as done,
// and their channels are kept until another thread drops them.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "node/consensus/types.h"
#include "node/rpc/channel.h"
#include "node/rpc/work_pool.h"
#include "parley/v1/peer_service.grpc.pb.h"

namespace parley::rpc {

class LinkStream;
struct FetchCall;

// What a link reports. Called from gRPC and scheduler threads; an error RESOURCE_EXHAUSTED means
// "call again later", every other is dropped.
struct LinkEvents {
  std::function<v1::Hello()> hello;  // what to say now
  std::function<Status(const v1::Hello&)> check_hello;
  std::function<Status(bool connected)> on_connected;
  std::function<Status(uint64_t first_height, v1::FetchBlocksResponse)> on_fetched;
  std::function<Status()> on_fetch_failed;
};

class PeerLink : public std::enable_shared_from_this<PeerLink> {
 public:
  // Borrows the scheduler, which must be stopped before it goes. Shared: by its streams, calls and
  // scheduled tasks, which may end after their owner has let go.
  PeerLink(std::string member, Dialler dialler, LinkEvents events, Scheduler& scheduler);
  ~PeerLink();

  void Start();
  // Hangs up. Wait(), after the scheduler was stopped too, returns when the last call has ended; no
  // event is reported from then on.
  void Stop();
  void Wait();
  // The peer was heard from: if this end waits before it dials again, it dials now.
  void Nudge();

  enum class Priority { kFirst, kLast };
  // Never blocks. What does not fit or has no stream is counted and dropped; first of all records.
  void Send(std::shared_ptr<const v1::PeerMessage> message, Priority priority);
  void FetchBlocks(uint64_t first_height);

  bool up() const;
  uint64_t dropped() const;
  const std::string& member() const { return member_; }

 private:
  friend class LinkStream;
  enum class State { kIdle, kConnecting, kUp, kWaiting, kStopped };
  using Message = std::shared_ptr<const v1::PeerMessage>;

  // From the stream. Each names the stream, so that a late call of an old one changes nothing.
  Message NextToSend(LinkStream* stream);
  Status Greeted(LinkStream* stream, const v1::Hello& answer);
  void Detach(LinkStream* stream);  // no Send reaches it any more
  void Ended(const Status& why);    // after its end

  void Connect(uint64_t wait);
  void GiveUpGreeting(uint64_t attempt);
  std::chrono::milliseconds NextDelay() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MakeRoom(size_t bytes, Priority priority) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void LogEnd(const Status& why, bool was_up, std::chrono::milliseconds delay);
  void Fetched(const std::shared_ptr<FetchCall>& call, const Status& result);
  // Tells the replica, in order, what changed; later when it cannot take more.
  void Report(bool connected);
  void ReportAll();
  void TellOrRetry(std::function<Status()> tell);
  void CallBegun();
  void CallDone();
  void DropRetired();  // not in a gRPC thread

  const std::string member_;
  const Dialler dialler_;
  const LinkEvents events_;
  Scheduler& scheduler_;

  mutable Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kIdle;
  LinkStream* stream_ ABSL_GUARDED_BY(mu_) = nullptr;  // owns itself; null once it must not be used
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  std::shared_ptr<grpc::Channel> channel_ ABSL_GUARDED_BY(mu_);  // of the newest stream
  std::deque<Message> first_ ABSL_GUARDED_BY(mu_);
  std::deque<Message> last_ ABSL_GUARDED_BY(mu_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t dropped_ ABSL_GUARDED_BY(mu_) = 0;
  unsigned failures_ ABSL_GUARDED_BY(mu_) = 0;  // in a row
  uint64_t attempt_ ABSL_GUARDED_BY(mu_) = 0;   // numbers attempts: a stale timer does nothing
  std::string last_error_ ABSL_GUARDED_BY(mu_);
  std::deque<bool> reports_ ABSL_GUARDED_BY(mu_);  // connected or not, still to be told
  bool reporting_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::shared_ptr<FetchCall>> fetches_ ABSL_GUARDED_BY(mu_);  // shared with gRPC
  std::vector<std::shared_ptr<void>> retired_ ABSL_GUARDED_BY(mu_);       // what may hold a channel

  std::mutex open_mu_;  // bare, for the condition variable
  std::condition_variable all_done_;
  size_t open_ = 0;  // streams and fetches that are not done
};

}  // namespace parley::rpc
