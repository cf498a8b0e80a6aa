// parleyd-byzantine: a node whose member lies (liar.h). Configured like parleyd; for the system
// tests only, and never part of parleyd.
//
//   parleyd-byzantine --config FILE [--seed N] [--hinder stall|garbage]
//       runs until SIGTERM; with --hinder it votes as it should, says that it is where nobody is,
//       and never serves a block
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

// As node/daemon.cc does it, but for one charter only, and with the liar in between.
Status Run(const std::string& config_file, uint64_t seed, const std::string& hinder) {
  ASSIGN_OR_RETURN(const NodeConfig config, LoadNodeConfig(config_file));
  const NodeFiles files = CheckNodeFiles(config, SystemClock().Now());
  if (!files.problems.empty()) return InvalidArgument(files.problems.front());
  const rules::Charter& charter = *files.charter;
  ASSIGN_OR_RETURN(NodeSecrets secrets, UnlockNodeKeys(config));
  ASSIGN_OR_RETURN(NodeSecrets again, UnlockNodeKeys(config));
  Liar liar(charter, config.member, std::move(again.node.front()), seed);
  if (!hinder.empty()) liar.OnlyHinder(hinder == "stall" ? BlockLies::kStall : BlockLies::kGarbage);
  LieAboutBlocks(&liar);
  RETURN_IF_ERROR(PrepareDataDir(config.data_dir));
  ASSIGN_OR_RETURN(const auto store,
                   store::Store::Open(config.data_dir / "db", store::Store::Mode::kReadWrite));
  ASSIGN_OR_RETURN(const rpc::Accord accord, AccordOf(charter));
  const rpc::ChannelIdentity identity{files.tls_certificate_pem, secrets.tls};
  std::vector<rpc::PeerAddress> peers;
  for (const PeerConfig& peer : config.peers) peers.push_back({peer.member, peer.address});
  ASSIGN_OR_RETURN(const auto links,
                   rpc::PeerLinks::Create(accord, config.member, peers, identity));
  LyingTransport transport(liar, *links);
  replica::ReplicaOptions options;
  options.member = config.member;
  options.view_timeout_ms = config.view_timeout_ms;
  ASSIGN_OR_RETURN(const auto honest,
                   replica::Replica::Create(options, charter, *store,
                                            {std::move(secrets.node), std::move(secrets.cosigner)},
                                            transport, SystemClock()));
  LyingReplica lying(liar, *links, *honest);
  const auto roster =
      std::make_shared<const rpc::Roster>(rpc::MakeRoster(charter, nullptr, nullptr));
  ASSIGN_OR_RETURN(const auto unreachable, links->SetMembers(roster->members));
  rpc::ServerOptions serving;
  serving.listen = config.listen;
  serving.member = config.member;
  serving.origin = charter.origin();
  serving.roster = [roster] { return roster; };
  ASSIGN_OR_RETURN(const auto server,
                   rpc::NodeServer::Start(serving, identity, lying, *links, SystemClock()));
  links->Start(lying);
  WaitForSignal();
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
  std::string config, accused, charter, hinder;
  uint64_t seed = 1;
  app.add_option("--config", config, "As for parleyd");
  app.add_option("--seed", seed, "Which lies");
  app.add_option("--hinder", hinder, "Lies to those only who catch up")
      ->check(CLI::IsMember({"stall", "garbage"}));
  app.add_option("--accused", accused, "A stopped node's database: lists who is accused in it");
  app.add_option("--charter", charter, "The founding charter, for --accused");
  CLI11_PARSE(app, argc, argv);
  if (accused.empty()) rpc::StartLog(rpc::LogLevel::kInfo);
  const Status status = accused.empty() ? Run(config, seed, hinder) : ListAccused(accused, charter);
  if (status.ok()) return 0;
  std::cerr << "parleyd-byzantine: " << MessageOf(status) << '\n';
  return 4;
}

}  // namespace
}  // namespace parley::byzantine

int main(int argc, char** argv) { return parley::byzantine::Main(argc, argv); }
