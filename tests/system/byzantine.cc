// parleyd-byzantine: a node whose member lies (liar.h). Configured like parleyd; for the system
// tests only, and never part of parleyd.
//
//   parleyd-byzantine --config FILE [--seed N] [--hinder stall|garbage]
//       runs until SIGTERM; with --hinder it votes as it should, says that it is where nobody is,
//       and never serves a block
//   parleyd-byzantine --config FILE --tricks NAME,... --victim MEMBER [--keys FOLDER] [--seed N]
//       makes these attacks (whole::Trick in tests/whole/tricks.h) at full speed, with the keys of
//       its officers and its root key from FOLDER
//   parleyd-byzantine --accused DB --charter FILE
//       who is accused in a stopped node's database, one "member kind view" per line; fails when a
//       proof does not hold

#include <signal.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include "ledger/record/record.h"
#include "ledger/rules/executor.h"
#include "node/consensus/evidence.h"
#include "node/daemon.h"
#include "node/rpc/log.h"
#include "node/rpc/server.h"
#include "tests/system/attacker.h"
#include "tests/system/liar.h"

namespace parley::byzantine {
namespace {

StatusOr<rpc::Accord> AccordOf(const rules::Charter& charter) {
  const rules::Executor executor(charter, record::VerifySignature);
  ASSIGN_OR_RETURN(const rules::ExecutedBlock genesis, executor.Genesis());
  return rpc::Accord{charter.ledger_id(), genesis.header.Id(charter.ledger_id())};
}

void WaitForSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  int got = 0;
  ::sigwait(&signals, &got);
}

struct Options {
  std::string config, hinder, victim, keys;
  std::vector<std::string> tricks;
  uint64_t seed = 1;
};

// What stands between the replica and the network, on both sides.
class Dishonesty {
 public:
  virtual ~Dishonesty() = default;
  virtual replica::Transport& Between(rpc::PeerLinks& links) = 0;
  virtual replica::Replica& Before(replica::Replica& honest, rpc::PeerLinks& links) = 0;
  // When all runs, and before anything ends.
  virtual void Begin() {}
  virtual void End() {}
};

class Lying final : public Dishonesty {
 public:
  Lying(const rules::Charter& charter, std::string_view member, SecretKey key, const Options& o)
      : liar_(charter, member, std::move(key), o.seed) {
    if (!o.hinder.empty())
      liar_.OnlyHinder(o.hinder == "stall" ? BlockLies::kStall : BlockLies::kGarbage);
    LieAboutBlocks(&liar_);
  }
  replica::Transport& Between(rpc::PeerLinks& links) override {
    return transport_.emplace(liar_, links);
  }
  replica::Replica& Before(replica::Replica& honest, rpc::PeerLinks& links) override {
    return face_.emplace(liar_, links, honest);
  }

 private:
  Liar liar_;
  std::optional<LyingTransport> transport_;
  std::optional<LyingReplica> face_;
};

class Attacking final : public Dishonesty {
 public:
  Attacking(const rules::Charter& charter, const std::string& member, AttackPlan plan,
            AttackKeys keys, std::unique_ptr<UnreadAsks> asks)
      : attacker_(charter, member, std::move(plan), std::move(keys)), asks_(std::move(asks)) {}
  replica::Transport& Between(rpc::PeerLinks& links) override {
    return transport_.emplace(attacker_, links);
  }
  replica::Replica& Before(replica::Replica& honest, rpc::PeerLinks& links) override {
    links_ = &links;
    honest_ = &honest;
    return face_.emplace(attacker_, honest);
  }
  void Begin() override { attacker_.Start(*links_, *honest_, *asks_); }
  void End() override {
    attacker_.Stop();
    asks_.reset();
  }

 private:
  Attacker attacker_;
  std::unique_ptr<UnreadAsks> asks_;
  rpc::PeerLinks* links_ = nullptr;
  replica::Replica* honest_ = nullptr;
  std::optional<AttackingTransport> transport_;
  std::optional<AttackingReplica> face_;
};

Status CheckKeys(const AttackPlan& plan, const rules::Charter& charter, const AttackKeys& keys) {
  if (charter.FindMember(plan.victim) == nullptr)
    return InvalidArgument(fmt::format("--victim: '{}' is no member", plan.victim));
  const whole::Tricks write = whole::Bit(whole::Trick::kJunk) |
                              whole::Bit(whole::Trick::kOwnRecords) |
                              whole::Bit(whole::Trick::kEpochs);
  if ((plan.tricks & write) != 0 && (keys.officers.empty() || !keys.root.has_value()))
    return InvalidArgument("--keys: these tricks take officers' keys and a root key");
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<Dishonesty>> MakeDishonesty(const Options& o, const NodeConfig& config,
                                                     const rules::Charter& charter,
                                                     const std::vector<rpc::PeerAddress>& peers,
                                                     const rpc::ChannelIdentity& identity) {
  if (o.tricks.empty()) {
    ASSIGN_OR_RETURN(NodeSecrets secrets, UnlockNodeKeys(config));
    return std::make_unique<Lying>(charter, config.member, std::move(secrets.node.front()), o);
  }
  AttackPlan plan{0, o.victim, o.seed, config.view_timeout_ms};
  ASSIGN_OR_RETURN(plan.tricks, ParseTricks(o.tricks));
  ASSIGN_OR_RETURN(AttackKeys keys, LoadAttackKeys(config, o.keys));
  RETURN_IF_ERROR(CheckKeys(plan, charter, keys));
  ASSIGN_OR_RETURN(auto asks, UnreadAsks::Create(charter, peers, identity));
  return std::make_unique<Attacking>(charter, config.member, std::move(plan), std::move(keys),
                                     std::move(asks));
}

// As node/daemon.cc does it, but with the same members for ever, and with a liar in between.
Status Run(const Options& o) {
  ASSIGN_OR_RETURN(const NodeConfig config, LoadNodeConfig(o.config));
  const NodeFiles files = CheckNodeFiles(config, SystemClock().Now());
  if (!files.problems.empty()) return InvalidArgument(files.problems.front());
  const rules::Charter& charter = *files.charter;
  ASSIGN_OR_RETURN(NodeSecrets secrets, UnlockNodeKeys(config));
  for (SecretKey& key : FurtherNodeKeys(config.member)) secrets.node.push_back(std::move(key));
  RETURN_IF_ERROR(PrepareDataDir(config.data_dir));
  ASSIGN_OR_RETURN(const auto store,
                   store::Store::Open(config.data_dir / "db", store::Store::Mode::kReadWrite));
  ASSIGN_OR_RETURN(const rpc::Accord accord, AccordOf(charter));
  const rpc::ChannelIdentity identity{files.tls_certificate_pem, secrets.tls};
  std::vector<rpc::PeerAddress> peers;
  for (const PeerConfig& peer : config.peers) peers.push_back({peer.member, peer.address});
  ASSIGN_OR_RETURN(const auto links,
                   rpc::PeerLinks::Create(accord, config.member, peers, identity));
  ASSIGN_OR_RETURN(const auto dishonesty, MakeDishonesty(o, config, charter, peers, identity));
  replica::ReplicaOptions options;
  options.member = config.member;
  options.view_timeout_ms = config.view_timeout_ms;
  ASSIGN_OR_RETURN(const auto honest,
                   replica::Replica::Create(options, charter, *store,
                                            {std::move(secrets.node), std::move(secrets.cosigner)},
                                            dishonesty->Between(*links), SystemClock()));
  replica::Replica& face = dishonesty->Before(*honest, *links);
  const auto roster =
      std::make_shared<const rpc::Roster>(rpc::MakeRoster(charter, nullptr, nullptr));
  ASSIGN_OR_RETURN(const auto unreachable, links->SetMembers(roster->members));
  rpc::ServerOptions serving;
  serving.listen = config.listen;
  serving.member = config.member;
  serving.origin = charter.origin();
  serving.roster = [roster] { return roster; };
  ASSIGN_OR_RETURN(const auto server,
                   rpc::NodeServer::Start(serving, identity, face, *links, SystemClock()));
  links->Start(face);
  dishonesty->Begin();
  WaitForSignal();
  dishonesty->End();
  server->Stop(std::chrono::seconds(1));
  links->Stop();
  return absl::OkStatus();
}

class Ed25519 final : public consensus::Verifier {
 public:
  bool Verify(const PublicKey& key, ByteSpan message, const Signature& signature) override {
    return parley::Verify(key, message, signature);
  }
};

Status ListAccused(const std::string& db, const std::string& charter_file) {
  std::ifstream in(charter_file, std::ios::binary);
  const std::string note((std::istreambuf_iterator<char>(in)), {});
  ASSIGN_OR_RETURN(const rules::Charter charter, rules::Charter::ParseNote(note));
  ASSIGN_OR_RETURN(const rpc::Accord accord, AccordOf(charter));
  std::vector<PublicKey> keys;
  for (const auto& m : charter.members()) keys.push_back(m.node_key);
  ASSIGN_OR_RETURN(const consensus::Committee committee,
                   consensus::Committee::Create(accord.ledger_id, consensus::Epoch{1}, keys,
                                                accord.genesis_block, consensus::Height{0}));
  ASSIGN_OR_RETURN(const auto store, store::Store::Open(db, store::Store::Mode::kReadOnly));
  const auto snapshot = store->TakeSnapshot();
  const auto list = [&](std::string_view, std::string_view value) -> StatusOr<bool> {
    ASSIGN_OR_RETURN(const consensus::Evidence proof,
                     consensus::DecodeEvidence(accord.ledger_id, AsBytes(value)));
    Ed25519 verifier;
    RETURN_IF_ERROR(consensus::VerifyEvidence(committee, verifier, proof));
    std::cout << fmt::format("{} E{} {}\n", charter.members()[ToInt(proof.first.signer)].name,
                             static_cast<int>(proof.kind), proof.first.vote.view);
    return true;
  };
  return snapshot->ForEach(store::Family::kVotes, "e", "", list);
}

int Main(int argc, char** argv) {
  PrepareSignals();
  rpc::RequireTls13();
  InitCrypto();
  CLI::App app("A node whose member lies; for tests");
  Options o;
  std::string accused, charter;
  app.add_option("--config", o.config, "As for parleyd");
  app.add_option("--seed", o.seed, "Which lies");
  app.add_option("--hinder", o.hinder, "Lies to those only who catch up")
      ->check(CLI::IsMember({"stall", "garbage"}));
  app.add_option("--tricks", o.tricks, "Attacks instead of lies")->delimiter(',');
  app.add_option("--victim", o.victim, "The member that the attacks aim at");
  app.add_option("--keys", o.keys, "A folder with the member's root key and officers' keys");
  app.add_option("--accused", accused, "A stopped node's database: lists who is accused in it");
  app.add_option("--charter", charter, "The founding charter, for --accused");
  CLI11_PARSE(app, argc, argv);
  if (accused.empty()) rpc::StartLog(rpc::LogLevel::kInfo);
  const Status status = accused.empty() ? Run(o) : ListAccused(accused, charter);
  if (status.ok()) return 0;
  std::cerr << "parleyd-byzantine: " << MessageOf(status) << '\n';
  return 4;
}

}  // namespace
}  // namespace parley::byzantine

int main(int argc, char** argv) { return parley::byzantine::Main(argc, argv); }
