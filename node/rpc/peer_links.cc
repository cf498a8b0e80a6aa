#include "node/rpc/peer_links.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "node/rpc/version.h"

namespace parley::rpc {

using consensus::MemberIndex;

Status CheckHello(const Accord& accord, const v1::Hello& hello) {
  ASSIGN_OR_RETURN(const LedgerId ledger, LedgerId::FromBytes(hello.ledger_id()), "hello");
  ASSIGN_OR_RETURN(const BlockId genesis, BlockId::FromBytes(hello.genesis_block()), "hello");
  if (ledger != accord.ledger_id)
    return FailedPrecondition(
        fmt::format("hello: you keep ledger {}, this is {}", ledger, accord.ledger_id));
  if (genesis != accord.genesis_block)
    return FailedPrecondition(fmt::format(
        "hello: your genesis block is {}, here it is {}: compare your charter notes, signatures "
        "included",
        genesis, accord.genesis_block));
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<PeerLinks>> PeerLinks::Create(const Accord& accord, std::string_view self,
                                                       const std::vector<MemberCa>& members,
                                                       const std::vector<PeerAddress>& peers,
                                                       const ChannelIdentity& identity) {
  auto out = std::unique_ptr<PeerLinks>(new PeerLinks(accord));
  for (size_t i = 0; i < members.size(); ++i) {
    const MemberCa& member = members[i];
    const auto has_name = [&](const PeerAddress& p) { return p.member == member.member; };
    const auto count = std::count_if(peers.begin(), peers.end(), has_name);
    if (count != (member.member == self ? 0 : 1))
      return InvalidArgument(
          fmt::format("peers name '{}' {} times; every member but one's own must be named once",
                      member.member, count));
    out->links_.emplace_back();
    if (member.member == self) continue;
    const auto peer = std::find_if(peers.begin(), peers.end(), has_name);
    ASSIGN_OR_RETURN(Dialler dialler,
                     Dialler::Create({peer->address, member.member, member.ca_der}, identity));
    out->links_.back() =
        std::make_shared<PeerLink>(member.member, std::move(dialler),
                                   out->EventsFor(static_cast<MemberIndex>(i)), out->scheduler_);
  }
  if (peers.size() + 1 != members.size())
    return InvalidArgument(fmt::format("{} peers are named, but the accord has {} other members",
                                       peers.size(), members.size() - 1));
  return out;
}

PeerLinks::~PeerLinks() { Stop(); }

LinkEvents PeerLinks::EventsFor(MemberIndex peer) {
  LinkEvents events;
  events.hello = [this] { return OwnHello(); };
  events.check_hello = [this](const v1::Hello& hello) { return CheckHello(accord_, hello); };
  events.on_connected = [this, peer](bool connected) {
    return connected ? replica_->OnConnected(peer) : replica_->OnDisconnected(peer);
  };
  events.on_fetched = [this, peer](uint64_t first_height, v1::FetchBlocksResponse response) {
    std::vector<std::string> blocks(std::make_move_iterator(response.mutable_blocks()->begin()),
                                    std::make_move_iterator(response.mutable_blocks()->end()));
    return replica_->OnBlocksFetched(peer, first_height, std::move(blocks),
                                     std::move(*response.mutable_finalization()));
  };
  events.on_fetch_failed = [this, peer] { return replica_->OnFetchFailed(peer); };
  return events;
}

v1::Hello PeerLinks::OwnHello() const {
  v1::Hello hello;
  hello.set_ledger_id(accord_.ledger_id.ToString());
  hello.set_genesis_block(accord_.genesis_block.ToString());
  hello.set_software(std::string(kSoftware));
  if (replica_ != nullptr) {
    const auto latest = replica_->Latest();
    if (latest != nullptr) hello.set_entries(latest->tip.size);
  }
  return hello;
}

void PeerLinks::Start(replica::Replica& replica) {
  PARLEY_CHECK(replica_ == nullptr);
  replica_ = &replica;
  for (const auto& link : links_) {
    if (link != nullptr) link->Start();
  }
}

void PeerLinks::Stop() {
  for (const auto& link : links_) {
    if (link != nullptr) link->Stop();
  }
  scheduler_.Stop();
  for (const auto& link : links_) {
    if (link != nullptr) link->Wait();
  }
}

void PeerLinks::Nudge(size_t member_index) {
  PeerLink* const link = LinkTo(static_cast<MemberIndex>(member_index));
  if (link != nullptr && replica_ != nullptr) link->Nudge();
}

PeerLink* PeerLinks::LinkTo(MemberIndex to) const {
  const size_t index = consensus::ToInt(to);
  return index < links_.size() ? links_[index].get() : nullptr;
}

template <typename Source, typename Fill>
std::shared_ptr<const v1::PeerMessage> PeerLinks::Wrap(const std::shared_ptr<const Source>& source,
                                                       const Fill& fill) {
  const MutexLock lock(&mu_);
  if (newest_source_ != source) {
    auto message = std::make_shared<v1::PeerMessage>();
    fill(message.get());
    newest_ = std::move(message);
    newest_source_ = source;
  }
  return newest_;
}

void PeerLinks::SendConsensus(MemberIndex to, std::shared_ptr<const std::string> message) {
  PeerLink* const link = LinkTo(to);
  if (link == nullptr) return;
  link->Send(Wrap(message, [&](v1::PeerMessage* out) { out->set_consensus(*message); }),
             PeerLink::Priority::kFirst);
}

void PeerLinks::SendRecords(MemberIndex to,
                            std::shared_ptr<const std::vector<std::string>> envelopes) {
  PeerLink* const link = LinkTo(to);
  if (link == nullptr) return;
  const auto fill = [&](v1::PeerMessage* out) {
    for (const std::string& envelope : *envelopes) out->mutable_records()->add_envelopes(envelope);
  };
  link->Send(Wrap(envelopes, fill), PeerLink::Priority::kLast);
}

void PeerLinks::SendCheckpoint(MemberIndex to, std::shared_ptr<const std::string> note) {
  PeerLink* const link = LinkTo(to);
  if (link == nullptr) return;
  link->Send(Wrap(note, [&](v1::PeerMessage* out) { out->set_cosigned_checkpoint(*note); }),
             PeerLink::Priority::kFirst);
}

void PeerLinks::FetchBlocks(MemberIndex from, uint64_t first_height) {
  PeerLink* const link = LinkTo(from);
  if (link != nullptr) link->FetchBlocks(first_height);
}

}  // namespace parley::rpc
