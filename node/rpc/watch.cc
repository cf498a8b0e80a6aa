#include "node/rpc/watch.h"

#include <deque>
#include <utility>

#include "base/limits.h"
#include "node/rpc/status.h"

namespace parley::rpc {
namespace {

constexpr size_t kBatchEntriesMax = 256;
constexpr size_t kBatchBytesMax = 1 << 20;

// Entries [first, ...) of what was published, as many as one batch holds.
StatusOr<std::deque<v1::WatchResponse>> ReadBatch(const replica::Published& latest,
                                                  uint64_t first) {
  const store::LedgerReader reader(latest.snapshot);
  std::deque<v1::WatchResponse> batch;
  size_t bytes = 0;
  for (uint64_t i = first; i < latest.tip.size; ++i) {
    if (batch.size() >= kBatchEntriesMax || bytes >= kBatchBytesMax) break;
    ASSIGN_OR_RETURN(std::string entry, reader.Entry(i), "entry {}", i);
    bytes += entry.size();
    v1::WatchResponse& response = batch.emplace_back();
    response.set_index(i);
    response.set_entry(std::move(entry));
  }
  return batch;
}

}  // namespace

// One Watch call. `busy_` says who may go on: while it is true, exactly one task or write is under
// way, and only its end looks for more or finishes the call. While it is false, whoever sets it
// true under the lock is the one.
class Watcher final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  Watcher(WatchHub& hub, grpc::CallbackServerContext* context, uint64_t first)
      : hub_(hub), context_(context), next_(first) {}

  // The first step; after it the stream may be gone.
  void Start() {
    const Status status = hub_.Register(this);
    if (status.ok()) return hub_.pool_.PostReserved([this] { Continue(); });
    registered_ = false;
    Finish(ToGrpc(status));
  }

  // Called by the hub, which knows that this is not gone.
  void Wake() {
    if (Claim()) hub_.pool_.PostReserved([this] { Continue(); });
  }
  void EndWith(Status status) {
    {
      const MutexLock lock(&mu_);
      if (end_.ok()) end_ = std::move(status);
    }
    Wake();
  }
  // For a caller who may read no more. One that takes nothing never comes to its end by itself: it
  // is cut off when it has not taken what it got by the next commit.
  void TurnAway(Status why) {
    bool stuck = false;
    {
      const MutexLock lock(&mu_);
      stuck = !end_.ok();
    }
    if (stuck) return context_->TryCancel();
    EndWith(std::move(why));
  }
  Status MayRead() const { return hub_.authorizer_.ForRead(*context_->auth_context()).status(); }

  void OnCancel() override { EndWith(absl::CancelledError("cancelled")); }
  void OnWriteDone(bool ok) override {
    if (!ok) return FinishNow(absl::CancelledError("the stream is broken"));
    batch_.pop_front();
    // What is read already goes on from here; more is read on the pool.
    if (!batch_.empty()) return Continue();
    hub_.pool_.PostReserved([this] { Continue(); });
  }
  void OnDone() override {
    if (registered_) hub_.Unregister(this);
    delete this;
  }

 private:
  bool Claim() {
    const MutexLock lock(&mu_);
    if (busy_) {
      again_ = true;
      return false;
    }
    busy_ = true;
    return true;
  }

  // Busy: writes the next entry, reads more, becomes idle or finishes.
  void Continue() {
    for (;;) {
      Status end;
      {
        const MutexLock lock(&mu_);
        end = end_;
        again_ = false;
      }
      if (!end.ok()) return FinishNow(end);
      if (batch_.empty()) {
        const Status read = ReadMore();
        if (!read.ok()) return FinishNow(read);
      }
      if (!batch_.empty()) {
        next_ = batch_.front().index() + 1;
        return StartWrite(&batch_.front());  // no buffer hint: that held entries back for seconds
      }
      const MutexLock lock(&mu_);
      if (again_) continue;  // woken while it looked
      busy_ = false;
      return;
    }
  }
  Status ReadMore() {
    const auto latest = hub_.replica_.Latest();
    RETURN_IF_ERROR(MayRead());  // by a charter that is no older than what would be read
    if (latest == nullptr || latest->tip.size <= next_) return absl::OkStatus();
    ASSIGN_OR_RETURN(batch_, ReadBatch(*latest, next_));
    return absl::OkStatus();
  }
  // Busy for ever after, so nothing finishes twice.
  void FinishNow(const Status& status) { Finish(ToGrpc(status)); }

  WatchHub& hub_;
  grpc::CallbackServerContext* const context_;
  bool registered_ = true;
  uint64_t next_;                        // owned by whoever is busy, as is batch_
  std::deque<v1::WatchResponse> batch_;  // its front is being written

  Mutex mu_;
  bool busy_ ABSL_GUARDED_BY(mu_) = true;  // Start's task
  bool again_ ABSL_GUARDED_BY(mu_) = false;
  Status end_ ABSL_GUARDED_BY(mu_);  // why it must end; OK while it need not
};

WatchHub::WatchHub(const Authorizer& authorizer, replica::Replica& replica, WorkPool& pool)
    : authorizer_(authorizer), replica_(replica), pool_(pool) {
  listener_ = replica_.AddListener([this](const std::shared_ptr<const replica::Published>&) {
    if (!wake_posted_.exchange(true)) pool_.PostReserved([this] { WakeAll(); });
  });
}

WatchHub::~WatchHub() { Stop(); }

grpc::ServerWriteReactor<v1::WatchResponse>* WatchHub::Watch(grpc::CallbackServerContext* context,
                                                             uint64_t first) {
  auto* const watcher = new Watcher(*this, context, first);  // deletes itself
  watcher->Start();
  return watcher;
}

Status WatchHub::Register(Watcher* watcher) {
  const MutexLock lock(&mu_);
  if (stopped_) return Unavailable("the node is stopping");
  if (watchers_.size() >= limits::kWatchersMax)
    return ResourceExhausted(fmt::format("{} watchers are here already", limits::kWatchersMax));
  watchers_.insert(watcher);
  return absl::OkStatus();
}

void WatchHub::Unregister(Watcher* watcher) {
  const MutexLock lock(&mu_);
  watchers_.erase(watcher);
}

void WatchHub::WakeAll() {
  wake_posted_.store(false);
  // Under the lock a watcher cannot be deleted; Wake only posts a task.
  const MutexLock lock(&mu_);
  for (Watcher* const watcher : watchers_) {
    const Status may_read = watcher->MayRead();
    if (may_read.ok()) {
      watcher->Wake();
    } else {
      watcher->TurnAway(may_read);
    }
  }
}

void WatchHub::Stop() {
  {
    const MutexLock lock(&mu_);
    if (stopped_) return;
    stopped_ = true;
    for (Watcher* const watcher : watchers_) watcher->EndWith(Unavailable("the node is stopping"));
  }
  replica_.RemoveListener(listener_);
}

size_t WatchHub::watchers() const {
  const MutexLock lock(&mu_);
  return watchers_.size();
}

}  // namespace parley::rpc
