#pragma once

// PeerServer: PeerService for the other members' nodes. Each member has one live incoming stream,
// the newest; what it says goes to the replica's bounded queue. When that is full the message is
// dropped and counted: consensus repeats what matters, and a callback thread never blocks.
//
// A stream is refused or ended with a status that says why: a caller that is no other member's node
// (PERMISSION_DENIED), a first message that is no Hello or names another ledger
// (INVALID_ARGUMENT, FAILED_PRECONDITION), a second Hello, a message over its limit, more than four
// streams of one member (RESOURCE_EXHAUSTED). Blocks are read for a member twice at once at most,
// from the question until the answer is sent: nobody keeps the readers, or memory, to itself. A
// caller who is off the roster by now is refused with the next thing that it says.

#include <atomic>
#include <map>
#include <memory>
#include <set>

#include "base/mutex.h"
#include "node/replica/replica.h"
#include "node/rpc/authorizer.h"
#include "node/rpc/peer_links.h"
#include "node/rpc/work_pool.h"
#include "parley/v1/peer_service.grpc.pb.h"

namespace parley::rpc {

class IncomingLink;

struct PeerServerCounters {
  std::atomic<uint64_t> dropped{0};  // the replica's queue was full
  std::atomic<uint64_t> refused{0};  // streams
};

class PeerServer final : public v1::PeerService::CallbackService {
 public:
  // Everything is borrowed. `links` is nudged when a peer dials in.
  PeerServer(const Authorizer& authorizer, const Accord& accord, replica::Replica& replica,
             PeerLinks& links, WorkPool& pool);
  ~PeerServer() override;

  // Ends all streams and refuses new ones; the server's shutdown then waits for their last calls.
  void Stop();

  grpc::ServerBidiReactor<v1::PeerMessage, v1::PeerMessage>* Link(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* FetchBlocks(grpc::CallbackServerContext* context,
                                        const v1::FetchBlocksRequest* request,
                                        v1::FetchBlocksResponse* response) override;

  const PeerServerCounters& counters() const { return counters_; }

 private:
  friend class IncomingLink;
  Status Register(IncomingLink* link);
  void Greeted(IncomingLink* link);  // from now on the member's live stream: older ones end
  void Unregister(IncomingLink* link);
  Status BeginFetch(const std::string& member);
  void EndFetch(const std::string& member);
  // The message's content goes to the replica; an error ends the stream.
  Status Take(const Caller& from, v1::PeerMessage& message);

  const Authorizer& authorizer_;
  const Accord accord_;
  replica::Replica& replica_;
  PeerLinks& links_;
  WorkPool& pool_;
  PeerServerCounters counters_;

  Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::set<IncomingLink*> open_ ABSL_GUARDED_BY(mu_);           // each owns itself
  std::map<std::string, size_t> fetches_ ABSL_GUARDED_BY(mu_);  // under way, by member
};

}  // namespace parley::rpc
