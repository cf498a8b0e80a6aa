#include "node/rpc/link_stream.h"

#include <utility>

#include "node/rpc/status.h"

namespace parley::rpc {

LinkStream::LinkStream(std::shared_ptr<PeerLink> link,
                       const std::shared_ptr<grpc::Channel>& channel)
    : link_(std::move(link)), stub_(v1::PeerService::NewStub(channel)) {
  stub_->async()->Link(&context_, this);
  AddHold();  // until nothing is read any more: PeerLink::Send may write from other threads
}

void LinkStream::Start(v1::Hello hello) {
  auto message = std::make_shared<v1::PeerMessage>();
  *message->mutable_hello() = std::move(hello);
  Write(std::move(message));
  StartRead(&incoming_);
  StartCall();
}

void LinkStream::Write(std::shared_ptr<const v1::PeerMessage> message) {
  outgoing_ = std::move(message);
  StartWrite(outgoing_.get());
}

Status LinkStream::TakeAnswer() {
  if (greeted_) return InvalidArgument("it sends on a stream on which it may only answer");
  greeted_ = true;
  if (!incoming_.has_hello()) return InvalidArgument("its first message is no Hello");
  return link_->Greeted(this, incoming_.hello());
}

void LinkStream::OnReadDone(bool ok) {
  if (!ok) {
    link_->Detach(this);
    RemoveHold();
    return;
  }
  const Status taken = TakeAnswer();
  if (!taken.ok() && refusal_.ok()) {
    refusal_ = taken;
    context_.TryCancel();
  }
  StartRead(&incoming_);
}

void LinkStream::OnWriteDone(bool ok) {
  if (!ok) return;  // the stream is broken, and the read will say so
  auto next = link_->NextToSend(this);
  if (next != nullptr) Write(std::move(next));
}

void LinkStream::OnDone(const grpc::Status& status) {
  const std::shared_ptr<PeerLink> link = link_;
  const Status why = refusal_.ok() ? FromGrpc(status) : refusal_;
  delete this;  // before the link counts it as done: it holds the channel
  link->Ended(why);
}

}  // namespace parley::rpc
