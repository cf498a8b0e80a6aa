#pragma once

// LinkStream: one outgoing Link call, from its Hello to its end. Deletes itself when gRPC is done
// with it. Reads and writes each run one at a time, as gRPC demands.

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <memory>

#include "node/rpc/peer_link.h"

namespace parley::rpc {

class LinkStream final : public grpc::ClientBidiReactor<v1::PeerMessage, v1::PeerMessage> {
 public:
  // Keeps the link alive until it is done. Must be started.
  LinkStream(std::shared_ptr<PeerLink> link, const std::shared_ptr<grpc::Channel>& channel);

  // May end, and delete the stream, before it returns.
  void Start(v1::Hello hello);
  // The next two: only by who holds it (AddHold) or from its own callbacks.
  void Write(std::shared_ptr<const v1::PeerMessage> message);
  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  Status TakeAnswer();

  const std::shared_ptr<PeerLink> link_;
  const std::unique_ptr<v1::PeerService::Stub> stub_;
  grpc::ClientContext context_;
  std::shared_ptr<const v1::PeerMessage> outgoing_;  // being written
  v1::PeerMessage incoming_;
  bool greeted_ = false;
  Status refusal_;  // why this end hung up; OK when the other did
};

}  // namespace parley::rpc
