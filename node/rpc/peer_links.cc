#include "node/rpc/peer_links.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "node/rpc/version.h"

namespace parley::rpc {

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
                                                       const std::vector<PeerAddress>& peers,
                                                       const ChannelIdentity& identity) {
  auto out = std::unique_ptr<PeerLinks>(new PeerLinks(accord, std::string(self), identity));
  for (const PeerAddress& peer : peers) {
    if (peer.member == self)
      return InvalidArgument(fmt::format("peers: '{}' is this node's own member", peer.member));
    if (!out->addresses_.emplace(peer.member, peer.address).second)
      return InvalidArgument(fmt::format("peers: '{}' is there twice", peer.member));
  }
  return out;
}

StatusOr<std::vector<std::string>> PeerLinks::SetMembers(const std::vector<MemberCa>& members) {
  std::map<std::string, Link> wanted;
  std::vector<std::string> unreachable;
  std::vector<std::shared_ptr<PeerLink>> fresh, dropped;
  {
    const MutexLock lock(&links_mu_);
    for (const MemberCa& member : members) {
      if (member.member == self_) continue;
      const auto held = links_.find(member.member);
      if (held != links_.end() && held->second.ca_der == member.ca_der) {
        wanted[member.member] = held->second;
        continue;
      }
      const auto address = addresses_.find(member.member);
      if (address == addresses_.end()) {
        unreachable.push_back(member.member);
        continue;
      }
      ASSIGN_OR_RETURN(Dialler dialler,
                       Dialler::Create({address->second, member.member, member.ca_der}, identity_));
      fresh.push_back(std::make_shared<PeerLink>(member.member, std::move(dialler),
                                                 EventsFor(member.member), scheduler_));
      wanted[member.member] = {member.ca_der, fresh.back()};
    }
    for (const auto& [name, held] : links_) {
      const auto stays = wanted.find(name);
      if (stays == wanted.end() || stays->second.link != held.link) dropped.push_back(held.link);
    }
    ended_.insert(ended_.end(), dropped.begin(), dropped.end());
    links_ = std::move(wanted);
  }
  replica::Replica* const replica = replica_.load();
  for (const auto& link : dropped) {
    const bool was_up = link->up();
    link->Stop();
    if (was_up && replica != nullptr) static_cast<void>(replica->OnDisconnected(link->member()));
  }
  if (replica == nullptr) return unreachable;
  for (const auto& link : fresh) link->Start();
  return unreachable;
}

PeerLinks::~PeerLinks() { Stop(); }

LinkEvents PeerLinks::EventsFor(const std::string& peer) {
  LinkEvents events;
  events.hello = [this] { return OwnHello(); };
  events.check_hello = [this](const v1::Hello& hello) { return CheckHello(accord_, hello); };
  events.on_connected = [this, peer](bool connected) {
    return connected ? replica_.load()->OnConnected(peer) : replica_.load()->OnDisconnected(peer);
  };
  events.on_fetched = [this, peer](uint64_t first_height, v1::FetchBlocksResponse response) {
    std::vector<std::string> blocks(std::make_move_iterator(response.mutable_blocks()->begin()),
                                    std::make_move_iterator(response.mutable_blocks()->end()));
    return replica_.load()->OnBlocksFetched(peer, first_height, std::move(blocks),
                                            std::move(*response.mutable_finalization()));
  };
  events.on_fetch_failed = [this, peer] { return replica_.load()->OnFetchFailed(peer); };
  return events;
}

v1::Hello PeerLinks::OwnHello() const {
  v1::Hello hello;
  hello.set_ledger_id(accord_.ledger_id.ToString());
  hello.set_genesis_block(accord_.genesis_block.ToString());
  hello.set_software(std::string(kSoftware));
  const replica::Replica* const replica = replica_.load();
  if (replica != nullptr) {
    const auto latest = replica->Latest();
    if (latest != nullptr) hello.set_entries(latest->tip.size);
  }
  return hello;
}

void PeerLinks::Start(replica::Replica& replica) {
  PARLEY_CHECK(replica_.exchange(&replica) == nullptr);
  std::vector<std::shared_ptr<PeerLink>> all;
  {
    const MutexLock lock(&links_mu_);
    for (const auto& [name, held] : links_) all.push_back(held.link);
  }
  for (const auto& link : all) link->Start();
}

void PeerLinks::Stop() {
  std::vector<std::shared_ptr<PeerLink>> all;
  {
    const MutexLock lock(&links_mu_);
    all = ended_;
    for (const auto& [name, held] : links_) all.push_back(held.link);
  }
  for (const auto& link : all) link->Stop();
  scheduler_.Stop();
  for (const auto& link : all) link->Wait();
}

void PeerLinks::Nudge(const std::string& member) {
  const auto link = LinkTo(member);
  if (link != nullptr && replica_.load() != nullptr) link->Nudge();
}

std::shared_ptr<PeerLink> PeerLinks::LinkTo(const std::string& to) const {
  const MutexLock lock(&links_mu_);
  const auto found = links_.find(to);
  return found == links_.end() ? nullptr : found->second.link;
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

void PeerLinks::SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) {
  const auto link = LinkTo(to);
  if (link == nullptr) return;
  link->Send(Wrap(message, [&](v1::PeerMessage* out) { out->set_consensus(*message); }),
             PeerLink::Priority::kFirst);
}

void PeerLinks::SendRecords(const std::string& to,
                            std::shared_ptr<const std::vector<std::string>> envelopes) {
  const auto link = LinkTo(to);
  if (link == nullptr) return;
  const auto fill = [&](v1::PeerMessage* out) {
    for (const std::string& envelope : *envelopes) out->mutable_records()->add_envelopes(envelope);
  };
  link->Send(Wrap(envelopes, fill), PeerLink::Priority::kLast);
}

void PeerLinks::SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) {
  const auto link = LinkTo(to);
  if (link == nullptr) return;
  link->Send(Wrap(note, [&](v1::PeerMessage* out) { out->set_cosigned_checkpoint(*note); }),
             PeerLink::Priority::kFirst);
}

void PeerLinks::FetchBlocks(const std::string& from, uint64_t first_height) {
  const auto link = LinkTo(from);
  if (link != nullptr) return link->FetchBlocks(first_height);
  // Nobody to ask: no address is known. Not from within the caller's own call.
  scheduler_.After(std::chrono::milliseconds(0), [this, from] {
    if (replica::Replica* const replica = replica_.load(); replica != nullptr)
      static_cast<void>(replica->OnFetchFailed(from));
  });
}

}  // namespace parley::rpc
