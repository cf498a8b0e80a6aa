#include "node/rpc/peer_server.h"

#include <utility>

#include "base/limits.h"
#include "node/rpc/log.h"
#include "node/rpc/status.h"

namespace parley::rpc {
namespace {

constexpr size_t kStreamsPerMemberMax = 4;

Status TooLong(std::string_view what, size_t bytes, size_t bytes_max) {
  return InvalidArgument(fmt::format("{} of {} bytes; at most {}", what, bytes, bytes_max));
}

}  // namespace

// One incoming Link call. Reads one message at a time. The chain of reads and whoever supersedes
// the stream may want to end it at the same time: the first one does, and nothing is started after
// it.
class IncomingLink final : public grpc::ServerBidiReactor<v1::PeerMessage, v1::PeerMessage> {
 public:
  IncomingLink(PeerServer& server, grpc::CallbackServerContext* context)
      : server_(server), context_(context) {}

  // Checks the caller and begins to read, or finishes at once.
  void Start() {
    admitted_under_ = server_.authorizer_.roster();
    auto caller = server_.authorizer_.ForPeerService(*context_->auth_context());
    Status status = caller.status();
    if (status.ok()) {
      caller_ = *std::move(caller);
      status = server_.Register(this);
    }
    if (!status.ok()) return End(status);
    ReadNext();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());  // the caller hung up, or is gone
    Status status = CheckStillAdmitted();
    if (status.ok()) status = greeted_ ? server_.Take(caller_, incoming_) : Greet();
    if (!status.ok()) return End(status);
    incoming_.Clear();
    ReadNext();
  }
  void OnDone() override {
    server_.Unregister(this);
    delete this;
  }

  // Whether its caller may still be here. From any thread that knows that it is registered.
  Status MayStay() const {
    return server_.authorizer_.ForPeerService(*context_->auth_context()).status();
  }
  // From any thread that knows that the stream is still registered.
  void End(const Status& status) {
    {
      const MutexLock lock(&mu_);
      if (finished_) return;
      finished_ = true;
    }
    if (!status.ok() && !absl::IsAborted(status) && !absl::IsUnavailable(status)) {
      server_.counters_.refused.fetch_add(1);
      static LogLimiter limiter;
      if (limiter.Allow())
        Log(LogLevel::kWarn, "link.refused",
            {{"peer", caller_.identity.member}, {"reason", MessageOf(status)}});
    }
    Finish(ToGrpc(status));
  }
  const Caller& caller() const { return caller_; }

 private:
  Status CheckStillAdmitted() {
    std::shared_ptr<const Roster> now = server_.authorizer_.roster();
    if (now == admitted_under_) return absl::OkStatus();
    RETURN_IF_ERROR(MayStay());
    admitted_under_ = std::move(now);
    return absl::OkStatus();
  }
  Status Greet() {
    if (!incoming_.has_hello()) return InvalidArgument("the first message must be a Hello");
    RETURN_IF_ERROR(CheckHello(server_.accord_, incoming_.hello()));
    greeted_ = true;
    *answer_.mutable_hello() = server_.links_.OwnHello();
    {
      const MutexLock lock(&mu_);
      if (!finished_) StartWrite(&answer_);
    }
    server_.Greeted(this);
    return absl::OkStatus();
  }
  void ReadNext() {
    const MutexLock lock(&mu_);
    if (!finished_) StartRead(&incoming_);
  }

  PeerServer& server_;
  grpc::CallbackServerContext* const context_;
  Caller caller_;  // does not change once it is registered; what changes, FetchBlocks asks anew
  std::shared_ptr<const Roster> admitted_under_;  // of the reads, which come one at a time
  v1::PeerMessage incoming_;
  v1::PeerMessage answer_;
  bool greeted_ = false;
  Mutex mu_;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

PeerServer::PeerServer(const Authorizer& authorizer, const Accord& accord,
                       replica::Replica& replica, PeerLinks& links, WorkPool& pool)
    : authorizer_(authorizer), accord_(accord), replica_(replica), links_(links), pool_(pool) {}
PeerServer::~PeerServer() = default;

grpc::ServerBidiReactor<v1::PeerMessage, v1::PeerMessage>* PeerServer::Link(
    grpc::CallbackServerContext* context) {
  auto* const link = new IncomingLink(*this, context);  // deletes itself
  link->Start();
  return link;
}

Status PeerServer::Register(IncomingLink* link) {
  const MutexLock lock(&mu_);
  if (stopped_) return Unavailable("the node is stopping");
  size_t same_member = 0;
  for (IncomingLink* const other : open_) {
    if (other->caller().identity.member != link->caller().identity.member) continue;
    // Who is silent under a CA that was replaced since takes no place from its successor.
    const Status stays = other->MayStay();
    if (stays.ok()) {
      ++same_member;
    } else {
      other->End(stays);
    }
  }
  if (same_member >= kStreamsPerMemberMax)
    return ResourceExhausted(fmt::format("{} has {} streams open already",
                                         link->caller().identity.member, kStreamsPerMemberMax));
  open_.insert(link);
  return absl::OkStatus();
}

void PeerServer::Greeted(IncomingLink* link) {
  {
    const MutexLock lock(&mu_);
    for (IncomingLink* const other : open_) {
      if (other != link && other->caller().identity.member == link->caller().identity.member)
        other->End(absl::AbortedError("a newer stream took its place"));
    }
  }
  Log(LogLevel::kInfo, "link.in", {{"peer", link->caller().identity.member}});
  links_.Nudge(link->caller().identity.member);
}

void PeerServer::Unregister(IncomingLink* link) {
  const MutexLock lock(&mu_);
  open_.erase(link);
}

void PeerServer::Stop() {
  const MutexLock lock(&mu_);
  stopped_ = true;
  for (IncomingLink* const link : open_) link->End(Unavailable("the node is stopping"));
}

Status PeerServer::BeginFetch(const std::string& member) {
  const MutexLock lock(&mu_);
  size_t& under_way = fetches_[member];
  if (under_way >= limits::kFetchesServedMax)
    return ResourceExhausted(fmt::format("{} answers to {} are under way", under_way, member));
  ++under_way;
  return absl::OkStatus();
}

void PeerServer::EndFetch(const std::string& member) {
  const MutexLock lock(&mu_);
  const auto it = fetches_.find(member);
  if (it != fetches_.end() && --it->second == 0) fetches_.erase(it);
}

Status PeerServer::Take(const Caller& from, v1::PeerMessage& message) {
  Status taken;
  switch (message.body_case()) {
    case v1::PeerMessage::kHello:
      return InvalidArgument("a second Hello on one stream");
    case v1::PeerMessage::BODY_NOT_SET:
      return InvalidArgument("an empty message");
    case v1::PeerMessage::kConsensus:
      if (message.consensus().size() > limits::kConsensusMessageBytesMax)
        return TooLong("a consensus message", message.consensus().size(),
                       limits::kConsensusMessageBytesMax);
      taken = replica_.OnConsensus(from.identity.member, std::move(*message.mutable_consensus()));
      break;
    case v1::PeerMessage::kRecords: {
      auto* const envelopes = message.mutable_records()->mutable_envelopes();
      for (const std::string& envelope : *envelopes) {
        if (envelope.size() > limits::kEnvelopeBytesMax)
          return TooLong("a record", envelope.size(), limits::kEnvelopeBytesMax);
      }
      taken = replica_.OnRecords(from.identity.member, {std::make_move_iterator(envelopes->begin()),
                                                        std::make_move_iterator(envelopes->end())});
      break;
    }
    case v1::PeerMessage::kCosignedCheckpoint:
      if (message.cosigned_checkpoint().size() > limits::kNoteBytesMax)
        return TooLong("a checkpoint", message.cosigned_checkpoint().size(), limits::kNoteBytesMax);
      taken = replica_.OnCheckpoint(from.identity.member,
                                    std::move(*message.mutable_cosigned_checkpoint()));
      break;
  }
  if (!absl::IsResourceExhausted(taken)) return taken;
  counters_.dropped.fetch_add(1);
  return absl::OkStatus();
}

namespace {

// Reads blocks on the pool. Only the pool's task finishes the call: a cancelled one ends as soon as
// its turn comes.
class FetchReactor final : public grpc::ServerUnaryReactor {
 public:
  // Called when the answer is sent, or the call over in another way.
  void set_on_done(std::function<void()> on_done) { on_done_ = std::move(on_done); }
  void OnDone() override {
    if (on_done_) on_done_();
    delete this;
  }

 private:
  std::function<void()> on_done_;
};

// Judges the caller by the charter of what is read.
Status ReadInto(replica::Replica& replica, const Authorizer& authorizer,
                const grpc::AuthContext& connection, uint64_t first_height,
                v1::FetchBlocksResponse* out) {
  const auto latest = replica.Latest();
  if (latest == nullptr) return Unavailable("the node has no ledger yet");
  ASSIGN_OR_RETURN(const Caller caller, authorizer.ForPeerService(connection));
  // To the end of its last epoch; an answer never goes beyond one.
  if (caller.former && first_height > latest->epoch_height)
    return PermissionDenied(fmt::format("{} is not a member any more since block {}",
                                        caller.identity.member, latest->epoch_height));
  ASSIGN_OR_RETURN(replica::BlockRange range, replica::ReadBlocks(*latest->snapshot, first_height));
  for (std::string& block : range.blocks) out->add_blocks(std::move(block));
  out->set_finalization(std::move(range.finalization));
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* PeerServer::FetchBlocks(grpc::CallbackServerContext* context,
                                                  const v1::FetchBlocksRequest* request,
                                                  v1::FetchBlocksResponse* response) {
  auto* const reactor = new FetchReactor;  // deletes itself
  const auto caller = authorizer_.ForPeerService(*context->auth_context());
  Status status = caller.status();
  if (status.ok()) status = BeginFetch(caller->identity.member);
  if (status.ok()) {
    reactor->set_on_done([this, member = caller->identity.member] { EndFetch(member); });
    status = pool_.Post([this, context, request, response, reactor] {
      if (context->IsCancelled()) return reactor->Finish(grpc::Status::CANCELLED);
      reactor->Finish(ToGrpc(ReadInto(replica_, authorizer_, *context->auth_context(),
                                      request->first_height(), response)));
    });
  }
  if (!status.ok()) reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace parley::rpc
