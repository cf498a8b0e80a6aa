#pragma once

// One member's services on a free port of loopback, in front of a fake replica.

#include <memory>
#include <mutex>
#include <string>

#include "node/rpc/client.h"
#include "node/rpc/peer_links.h"
#include "node/rpc/server.h"
#include "tests/rpc/fake_replica.h"
#include "tests/rpc/test_accord.h"
#include "tests/support/status_matchers.h"

namespace parley::rpc::testing {

inline Accord TestAccordIds(const TestAccord& accord) {
  return {accord.charter().ledger_id(), Sha256<BlockId>(AsBytes("genesis"))};
}

class TestNode {
 public:
  // Peers are dialled at addresses of `addresses` (by member); the others at a port nobody serves.
  TestNode(const TestAccord& accord, std::string member,
           const std::map<std::string, std::string>& addresses = {},
           std::string listen = "127.0.0.1:0", const Resolver& resolve = ResolveHost)
      : person_(accord.Issue(member, Role::kNode, "n1")) {
    std::vector<PeerAddress> peers;
    for (const MemberCa& other : accord.members()) {
      if (other.member == member) continue;
      const auto found = addresses.find(other.member);
      peers.push_back({other.member, found == addresses.end() ? "127.0.0.1:9" : found->second});
    }
    SetRoster(accord.members());
    auto links = PeerLinks::Create(TestAccordIds(accord), member, peers, person_.identity());
    EXPECT_OK(links);
    links_ = *std::move(links);
    EXPECT_OK(links_->SetMembers(accord.members()));
    ServerOptions options;
    options.listen = std::move(listen);
    options.resolve = resolve;
    options.member = std::move(member);
    options.origin = accord.charter().origin();
    options.roster = [this] { return roster(); };
    auto server = NodeServer::Start(options, person_.identity(), replica_, *links_, SystemClock());
    EXPECT_OK(server);
    server_ = *std::move(server);
  }
  ~TestNode() { Stop(); }

  void Stop() {
    if (server_ != nullptr) server_->Stop(std::chrono::milliseconds(500));
    links_->Stop();
  }

  // Who may call from now on.
  void SetRoster(std::vector<MemberCa> members) {
    const std::lock_guard lock(mu_);
    roster_ = std::make_shared<const Roster>(Roster{std::move(members)});
  }
  FakeReplica& replica() { return replica_; }
  PeerLinks& links() { return *links_; }
  NodeServer& server() { return *server_; }
  const std::string& address() const { return server_->address(); }

 private:
  std::shared_ptr<const Roster> roster() const {
    const std::lock_guard lock(mu_);
    return roster_;
  }

  mutable std::mutex mu_;
  std::shared_ptr<const Roster> roster_;
  Person person_;
  FakeReplica replica_;
  std::unique_ptr<PeerLinks> links_;
  std::unique_ptr<NodeServer> server_;
};

// A channel to `member`'s node.
inline std::shared_ptr<grpc::Channel> DialNode(const TestAccord& accord, const std::string& address,
                                               const std::string& member, const Person& person) {
  const auto dialler = Dialler::Create({address, member, accord.CaOf(member)}, person.identity());
  EXPECT_OK(dialler);
  return dialler->Dial();
}

// What a peer of the accord says first.
inline v1::PeerMessage GoodHello(const TestAccord& accord) {
  v1::PeerMessage message;
  const Accord ids = TestAccordIds(accord);
  message.mutable_hello()->set_ledger_id(ids.ledger_id.ToString());
  message.mutable_hello()->set_genesis_block(ids.genesis_block.ToString());
  return message;
}

// A client of `member`'s node.
inline std::unique_ptr<Client> ClientOf(const TestAccord& accord, const std::string& address,
                                        const std::string& member, const Person& person) {
  ClientOptions options;
  options.address = address;
  options.member = member;
  options.member_ca = accord.CaOf(member);
  options.certificate_pem = person.certificate_pem;
  auto client = Client::Connect(options, person.key);
  EXPECT_OK(client);
  return *std::move(client);
}

}  // namespace parley::rpc::testing
