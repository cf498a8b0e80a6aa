#include "node/rpc/peer_link.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "node/rpc/link_stream.h"
#include "node/rpc/log.h"
#include "node/rpc/status.h"

namespace parley::rpc {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstDelay{100};
constexpr milliseconds kDelayMax{5'000};
constexpr milliseconds kGreetingMax{5'000};
constexpr milliseconds kTellAgain{20};
// The core asks somebody else long before; but on a thin line an answer may take this long.
constexpr std::chrono::seconds kFetchMax{60};

}  // namespace

struct FetchCall {
  // Both hold the channel, and end in retired_.
  std::shared_ptr<v1::PeerService::Stub> stub;
  std::shared_ptr<grpc::ClientContext> context;
  v1::FetchBlocksRequest request;
  v1::FetchBlocksResponse response;
};

PeerLink::PeerLink(std::string member, Dialler dialler, LinkEvents events, Scheduler& scheduler)
    : member_(std::move(member)),
      dialler_(std::move(dialler)),
      events_(std::move(events)),
      scheduler_(scheduler) {}
PeerLink::~PeerLink() = default;

// ---- the life of streams -----------------------------------------------------------------------

void PeerLink::Start() {
  uint64_t attempt = 0;
  {
    const MutexLock lock(&mu_);
    if (state_ != State::kIdle) return;
    state_ = State::kWaiting;
    attempt = attempt_;
  }
  Connect(attempt);
}

void PeerLink::Nudge() {
  uint64_t attempt = 0;
  {
    const MutexLock lock(&mu_);
    if (state_ != State::kWaiting) return;
    attempt = attempt_;
  }
  // The caller may be a gRPC thread.
  scheduler_.After(milliseconds(0),
                   [self = shared_from_this(), attempt] { self->Connect(attempt); });
}

void PeerLink::Connect(uint64_t wait) {
  {
    const MutexLock lock(&mu_);
    if (state_ != State::kWaiting || attempt_ != wait) return;
    state_ = State::kConnecting;
    ++attempt_;
    CallBegun();
  }
  DropRetired();
  auto channel = dialler_.Dial();
  auto* const stream = new LinkStream(shared_from_this(), channel);  // deletes itself
  bool stopped = false;
  {
    const MutexLock lock(&mu_);
    stopped = state_ == State::kStopped;
    stream_ = stream;
    channel_ = std::move(channel);
    writing_ = true;  // the Hello
  }
  if (stopped) stream->Cancel();
  scheduler_.After(kGreetingMax, [self = shared_from_this(), attempt = wait + 1] {
    self->GiveUpGreeting(attempt);
  });
  stream->Start(events_.hello());
}

void PeerLink::GiveUpGreeting(uint64_t attempt) {
  LinkStream* stream = nullptr;
  {
    const MutexLock lock(&mu_);
    if (state_ != State::kConnecting || attempt_ != attempt || stream_ == nullptr) return;
    stream = stream_;
    stream->AddHold();
  }
  stream->Cancel();
  stream->RemoveHold();
}

Status PeerLink::Greeted(LinkStream* stream, const v1::Hello& answer) {
  RETURN_IF_ERROR(events_.check_hello(answer));
  {
    const MutexLock lock(&mu_);
    if (stream_ != stream || state_ != State::kConnecting) return absl::OkStatus();
    state_ = State::kUp;
    failures_ = 0;
    last_error_.clear();
  }
  Log(LogLevel::kInfo, "link.up", {{"peer", member_}, {"software", answer.software()}});
  Report(true);
  return absl::OkStatus();
}

void PeerLink::Detach(LinkStream* stream) {
  const MutexLock lock(&mu_);
  if (stream_ != stream) return;
  stream_ = nullptr;
  first_.clear();
  last_.clear();
  queued_bytes_ = 0;
}

void PeerLink::Ended(const Status& why) {
  bool was_up = false;
  bool again = false;
  milliseconds delay{};
  uint64_t attempt = 0;
  {
    const MutexLock lock(&mu_);
    was_up = state_ == State::kUp;
    again = state_ != State::kStopped;
    if (again) {
      state_ = State::kWaiting;
      delay = NextDelay();
      attempt = attempt_;
    }
    retired_.push_back(std::move(channel_));
  }
  if (was_up) Report(false);
  if (again) {
    LogEnd(why, was_up, delay);
    scheduler_.After(delay, [self = shared_from_this(), attempt] { self->Connect(attempt); });
  }
  CallDone();
}

milliseconds PeerLink::NextDelay() {
  const unsigned doublings = std::min(failures_, 10U);
  ++failures_;
  const milliseconds whole = std::min(kDelayMax, kFirstDelay * (1 << doublings));
  return whole / 2 + whole * RandomBytes(1).front() / 510;
}

void PeerLink::LogEnd(const Status& why, bool was_up, milliseconds delay) {
  std::string text = why.ok() ? std::string("the peer ended the stream") : MessageOf(why);
  bool news = false;
  {
    const MutexLock lock(&mu_);
    news = was_up || text != last_error_;
    last_error_ = text;
  }
  // The same failure again and again is told once.
  Log(news ? LogLevel::kWarn : LogLevel::kDebug, was_up ? "link.lost" : "link.failed",
      {{"peer", member_},
       {"code", absl::StatusCodeToString(why.code())},
       {"reason", std::move(text)},
       {"retry_ms", fmt::to_string(delay.count())}});
}

void PeerLink::Stop() {
  LinkStream* stream = nullptr;
  std::vector<std::shared_ptr<grpc::ClientContext>> fetches;
  {
    const MutexLock lock(&mu_);
    state_ = State::kStopped;
    stream = stream_;
    if (stream != nullptr) stream->AddHold();
    for (const auto& fetch : fetches_) fetches.push_back(fetch->context);
  }
  if (stream != nullptr) {
    stream->Cancel();
    stream->RemoveHold();
  }
  for (const auto& fetch : fetches) fetch->TryCancel();
}

void PeerLink::Wait() {
  {
    std::unique_lock lock(open_mu_);
    all_done_.wait(lock, [this] { return open_ == 0; });
  }
  DropRetired();
}

void PeerLink::DropRetired() {
  std::vector<std::shared_ptr<void>> retired;  // freed after the lock is
  const MutexLock lock(&mu_);
  retired.swap(retired_);
}

void PeerLink::CallBegun() {
  const std::lock_guard lock(open_mu_);
  ++open_;
}

void PeerLink::CallDone() {
  const std::lock_guard lock(open_mu_);
  if (--open_ == 0) all_done_.notify_all();
}

// ---- sending -----------------------------------------------------------------------------------

bool PeerLink::MakeRoom(size_t bytes, Priority priority) {
  const auto fits = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return first_.size() + last_.size() < limits::kPeerSendQueueMax &&
           queued_bytes_ + bytes <= limits::kPeerSendQueueBytesMax;
  };
  while (!fits() && priority == Priority::kFirst && !last_.empty()) {
    queued_bytes_ -= last_.back()->ByteSizeLong();
    last_.pop_back();
    ++dropped_;
  }
  return fits();
}

void PeerLink::Send(Message message, Priority priority) {
  const size_t bytes = message->ByteSizeLong();
  LinkStream* stream = nullptr;
  {
    const MutexLock lock(&mu_);
    if (state_ != State::kUp || stream_ == nullptr || (writing_ && !MakeRoom(bytes, priority))) {
      ++dropped_;
      return;
    }
    if (writing_) {
      queued_bytes_ += bytes;
      (priority == Priority::kFirst ? first_ : last_).push_back(std::move(message));
      return;
    }
    writing_ = true;
    stream = stream_;
    stream->AddHold();
  }
  stream->Write(std::move(message));
  stream->RemoveHold();
}

PeerLink::Message PeerLink::NextToSend(LinkStream* stream) {
  const MutexLock lock(&mu_);
  if (stream_ != stream) return nullptr;
  auto& queue = first_.empty() ? last_ : first_;
  if (queue.empty()) {
    writing_ = false;
    return nullptr;
  }
  Message next = std::move(queue.front());
  queue.pop_front();
  queued_bytes_ -= next->ByteSizeLong();
  return next;
}

bool PeerLink::up() const {
  const MutexLock lock(&mu_);
  return state_ == State::kUp;
}

uint64_t PeerLink::dropped() const {
  const MutexLock lock(&mu_);
  return dropped_;
}

// ---- fetching ----------------------------------------------------------------------------------

void PeerLink::FetchBlocks(uint64_t first_height) {
  auto call = std::make_shared<FetchCall>();
  {
    const MutexLock lock(&mu_);
    if (state_ == State::kUp && fetches_.size() < limits::kFetchesInFlightMax) {
      call->stub = v1::PeerService::NewStub(channel_);
      call->context = std::make_shared<grpc::ClientContext>();
      fetches_.push_back(call);
      CallBegun();
    }
  }
  if (call->stub == nullptr) {
    // Not from within the caller's own call.
    scheduler_.After(milliseconds(0), [self = shared_from_this()] {
      self->TellOrRetry(self->events_.on_fetch_failed);
    });
    return;
  }
  const auto stub = call->stub;  // the callback may come before this function ends
  const auto context = call->context;
  call->request.set_first_height(first_height);
  context->set_deadline(std::chrono::system_clock::now() + kFetchMax);
  stub->async()->FetchBlocks(context.get(), &call->request, &call->response,
                             [self = shared_from_this(), call](const grpc::Status& result) {
                               self->Fetched(call, FromGrpc(result));
                             });
}

void PeerLink::Fetched(const std::shared_ptr<FetchCall>& call, const Status& result) {
  {
    const MutexLock lock(&mu_);
    std::erase(fetches_, call);
    retired_.push_back(std::move(call->stub));
    retired_.push_back(std::move(call->context));
  }
  if (result.ok()) {
    const uint64_t first = call->request.first_height();
    TellOrRetry([tell = events_.on_fetched, first, call] { return tell(first, call->response); });
  } else {
    Log(LogLevel::kDebug, "fetch.failed", {{"peer", member_}, {"reason", MessageOf(result)}});
    TellOrRetry(events_.on_fetch_failed);
  }
  CallDone();
}

// ---- telling the replica -----------------------------------------------------------------------

void PeerLink::TellOrRetry(std::function<Status()> tell) {
  if (!absl::IsResourceExhausted(tell())) return;
  scheduler_.After(
      kTellAgain, [self = shared_from_this(), tell = std::move(tell)] { self->TellOrRetry(tell); });
}

void PeerLink::Report(bool connected) {
  {
    const MutexLock lock(&mu_);
    // Reports alternate: when two wait already, they cancel out, and this one says it all.
    if (reports_.size() >= 2) reports_.clear();
    reports_.push_back(connected);
    if (reporting_) return;
    reporting_ = true;
  }
  ReportAll();
}

void PeerLink::ReportAll() {
  for (;;) {
    bool connected = false;
    {
      const MutexLock lock(&mu_);
      if (reports_.empty()) {
        reporting_ = false;
        return;
      }
      connected = reports_.front();
      reports_.pop_front();
    }
    if (!absl::IsResourceExhausted(events_.on_connected(connected))) continue;
    {
      const MutexLock lock(&mu_);
      reports_.push_front(connected);
    }
    scheduler_.After(kTellAgain, [self = shared_from_this()] { self->ReportAll(); });
    return;
  }
}

}  // namespace parley::rpc
