#include "tests/system/unread_asks.h"

#include <grpcpp/support/client_callback.h>

#include <utility>

#include "node/replica/log.h"
#include "parley/v1/peer_service.pb.h"

namespace parley::byzantine {
namespace {

constexpr size_t kOpenMax = 6;  // with each peer; nodes serve two
constexpr std::chrono::seconds kUnreadFor{3};

grpc::ByteBuffer FromTheBeginning() {
  v1::FetchBlocksRequest request;
  request.set_first_height(1);
  const grpc::Slice slice(request.SerializeAsString());
  return {&slice, 1};
}

}  // namespace

// As a stream, since there nothing is read that nobody asks for. Ends at its deadline, or when it
// is refused.
class UnreadAsks::Call final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Call(UnreadAsks& asks, Peer& peer) : asks_(asks), peer_(peer), request_(FromTheBeginning()) {
    context->set_deadline(std::chrono::system_clock::now() + kUnreadFor);
  }
  void Start() {
    peer_.stub->PrepareBidiStreamingCall(context.get(), "/parley.v1.PeerService/FetchBlocks", {},
                                         this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartCall();
  }
  void OnDone(const grpc::Status& status) override {
    asks_.Done(this, &peer_, status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
    delete this;
  }
  const std::shared_ptr<grpc::ClientContext> context = std::make_shared<grpc::ClientContext>();

 private:
  UnreadAsks& asks_;
  Peer& peer_;
  const grpc::ByteBuffer request_;
};

StatusOr<std::unique_ptr<UnreadAsks>> UnreadAsks::Create(const rules::Charter& charter,
                                                         const std::vector<rpc::PeerAddress>& peers,
                                                         const rpc::ChannelIdentity& identity) {
  auto out = std::unique_ptr<UnreadAsks>(new UnreadAsks);
  for (const rpc::PeerAddress& address : peers) {
    const rules::CharterMember* member = charter.FindMember(address.member);
    if (member == nullptr) continue;
    ASSIGN_OR_RETURN(
        const rpc::Dialler dialler,
        rpc::Dialler::Create({address.address, address.member, member->ca_certificate}, identity));
    auto peer = std::make_unique<Peer>();
    peer->channel = dialler.Dial();
    peer->stub = std::make_unique<Stub>(peer->channel);
    out->peers_.push_back(std::move(peer));
  }
  return out;
}

UnreadAsks::~UnreadAsks() {
  std::unique_lock lock(mu_);
  for (const auto& [call, context] : open_) context->TryCancel();
  all_done_.wait(lock, [this] { return open_.empty(); });
  replica::Log(replica::LogLevel::kInfo, "attack.asked",
               {{"unread", fmt::to_string(unread_)}, {"refused", fmt::to_string(refused_)}});
}

void UnreadAsks::AskAgain() {
  std::vector<Call*> begun;
  {
    const std::lock_guard lock(mu_);
    for (const auto& peer : peers_) {
      while (peer->open < kOpenMax) {
        auto* const call = new Call(*this, *peer);  // deletes itself
        ++peer->open;
        open_.emplace(call, call->context);
        begun.push_back(call);
      }
    }
  }
  for (Call* const call : begun) call->Start();
}

void UnreadAsks::Done(Call* call, Peer* peer, bool unread) {
  const std::lock_guard lock(mu_);
  --peer->open;
  ++(unread ? unread_ : refused_);
  open_.erase(call);
  if (open_.empty()) all_done_.notify_all();
}

}  // namespace parley::byzantine
