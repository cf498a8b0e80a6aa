#pragma once

// Requests for blocks whose answers are never read: they fill the windows of the connection and
// then stay with whoever serves them.

#include <grpcpp/generic/generic_stub.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/rules/charter.h"
#include "node/rpc/peer_links.h"

namespace parley::byzantine {

class UnreadAsks {
 public:
  // Connections of its own to these peers. Borrows the identity's key.
  static StatusOr<std::unique_ptr<UnreadAsks>> Create(const rules::Charter& charter,
                                                      const std::vector<rpc::PeerAddress>& peers,
                                                      const rpc::ChannelIdentity& identity);
  // Ends what is under way.
  ~UnreadAsks();

  // Of everyone, so that some requests are always under way.
  void AskAgain();

 private:
  using Stub = grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer>;
  class Call;
  struct Peer {
    std::shared_ptr<grpc::Channel> channel;  // outlives its calls (node/rpc/peer_link.h says why)
    std::unique_ptr<Stub> stub;
    size_t open = 0;
  };
  UnreadAsks() = default;
  void Done(Call* call, Peer* peer, bool unread);

  std::vector<std::unique_ptr<Peer>> peers_;
  std::mutex mu_;  // bare, for the condition variable
  std::condition_variable all_done_;
  std::map<Call*, std::shared_ptr<grpc::ClientContext>> open_;
  uint64_t unread_ = 0;  // until their deadline
  uint64_t refused_ = 0;
};

}  // namespace parley::byzantine
