#include "node/daemon.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "base/time.h"
#include "crypto/certificate.h"
#include "ledger/record/record.h"
#include "ledger/rules/executor.h"
#include "ledger/store/store.h"
#include "node/backup.h"
#include "node/replica/replica.h"
#include "node/rpc/log.h"
#include "node/rpc/peer_links.h"
#include "node/rpc/roster.h"
#include "node/rpc/server.h"
#include "node/rpc/version.h"
#include "node/write_file.h"

namespace parley {
namespace {

using rpc::Log;
using rpc::LogLevel;

constexpr std::chrono::milliseconds kStopGrace{1'000};
constexpr std::chrono::milliseconds kHealthEvery{250};
constexpr uint64_t kCertificateCheckEveryMs = 24ULL * 60 * 60 * 1'000;

// What went wrong while starting, and the exit code that says so.
struct Failure {
  DaemonExit code;
  std::string where;
  Status status;
};

// Everything that runs, in order of construction. Stop() takes it down in the right order; the
// destructors then only free memory.
class Node {
 public:
  Node(const NodeConfig& config, const NodeFiles& files, NodeSecrets secrets)
      : config_(config),
        files_(files),
        founding_(*files.charter),
        tls_key_(std::move(secrets.tls)),
        keys_{std::move(secrets.node), std::move(secrets.cosigner)} {}

  std::optional<Failure> Start();
  DaemonExit Run();
  void Stop();

 private:
  std::optional<Failure> OpenStore();
  std::optional<Failure> StartReplica();
  std::optional<Failure> Serve();
  Status Listen();
  // Links to the members that the charter in force wants.
  Status DialMembers();
  StatusOr<rpc::Accord> MakeAccord() const;
  void WarnOfCertificates() const;

  const NodeConfig& config_;
  const NodeFiles& files_;
  const rules::Charter& founding_;
  const SecretKey tls_key_;                     // borrowed by links_ and server_
  replica::NodeKeys keys_;                      // until the replica has them
  std::shared_ptr<const rpc::Roster> dialled_;  // what links_ has
  std::unique_ptr<store::Store> store_;
  std::optional<BackupRequests> backups_;
  std::unique_ptr<rpc::PeerLinks> links_;  // borrowed by the replica, so it goes after it
  std::unique_ptr<replica::Replica> replica_;
  std::optional<rpc::FollowedRoster> roster_;  // borrowed by server_
  std::unique_ptr<rpc::NodeServer> server_;
};

std::optional<Failure> Node::OpenStore() {
  const Status ready = PrepareDataDir(config_.data_dir);
  if (!ready.ok()) return Failure{DaemonExit::kBadConfig, "data_dir", ready};
  auto store = store::Store::Open(config_.data_dir / "db", store::Store::Mode::kReadWrite);
  if (!store.ok()) {
    const DaemonExit code = absl::IsUnavailable(store.status())          ? DaemonExit::kBusy
                            : absl::IsFailedPrecondition(store.status()) ? DaemonExit::kBadConfig
                                                                         : DaemonExit::kInternal;
    return Failure{code, "database", store.status()};
  }
  store_ = *std::move(store);
  backups_.emplace(config_.data_dir, *store_);
  return std::nullopt;
}

StatusOr<rpc::Accord> Node::MakeAccord() const {
  const rules::Executor executor(founding_, record::VerifySignature);
  ASSIGN_OR_RETURN(const rules::ExecutedBlock genesis, executor.Genesis());
  return rpc::Accord{founding_.ledger_id(), genesis.header.Id(founding_.ledger_id())};
}

std::optional<Failure> Node::StartReplica() {
  const auto accord = MakeAccord();
  if (!accord.ok()) return Failure{DaemonExit::kBadConfig, "charter", accord.status()};
  std::vector<rpc::PeerAddress> peers;
  for (const PeerConfig& peer : config_.peers) peers.push_back({peer.member, peer.address});
  auto links = rpc::PeerLinks::Create(*accord, config_.member, peers,
                                      {files_.tls_certificate_pem, tls_key_});
  if (!links.ok()) return Failure{DaemonExit::kBadConfig, "peers", links.status()};
  links_ = *std::move(links);
  replica::ReplicaOptions options;
  options.member = config_.member;
  options.view_timeout_ms = config_.view_timeout_ms;
  auto replica = replica::Replica::Create(options, founding_, *store_, std::move(keys_), *links_,
                                          SystemClock());
  if (!replica.ok())
    return Failure{absl::IsFailedPrecondition(replica.status()) ? DaemonExit::kBadConfig
                                                                : DaemonExit::kInternal,
                   "replica", replica.status()};
  replica_ = *std::move(replica);
  return std::nullopt;
}

Status Node::Listen() {
  rpc::ServerOptions options;
  options.listen = config_.listen;
  options.member = config_.member;
  options.origin = founding_.origin();
  options.roster = [this] { return roster_->Current(); };
  ASSIGN_OR_RETURN(server_, rpc::NodeServer::Start(options, {files_.tls_certificate_pem, tls_key_},
                                                   *replica_, *links_, SystemClock()));
  return absl::OkStatus();
}

Status Node::DialMembers() {
  const std::shared_ptr<const rpc::Roster> roster = roster_->Current();
  if (roster == dialled_) return absl::OkStatus();
  if (dialled_ != nullptr)
    Log(LogLevel::kInfo, "node.new_members",
        {{"charter", fmt::to_string(replica_->Latest()->charter->version())}});
  dialled_ = roster;
  ASSIGN_OR_RETURN(const std::vector<std::string> unreachable, links_->SetMembers(roster->members));
  for (const std::string& member : unreachable)
    Log(LogLevel::kWarn, "peer.no_address",
        {{"peer", member}, {"note", "add it to 'peers' in the configuration and start again"}});
  return absl::OkStatus();
}

std::optional<Failure> Node::Serve() {
  roster_.emplace(*replica_, files_.newest);
  const Status dialled = DialMembers();
  if (!dialled.ok()) return Failure{DaemonExit::kBadConfig, "peers", dialled};
  const Status listening = Listen();
  if (!listening.ok())
    return Failure{absl::IsUnavailable(listening) ? DaemonExit::kBusy : DaemonExit::kBadConfig,
                   "listen", listening};
  links_->Start(*replica_);
  if (!config_.address_file) return std::nullopt;
  const Status written = WriteFileAtomically(*config_.address_file, server_->address() + "\n");
  if (!written.ok()) return Failure{DaemonExit::kBadConfig, "address_file", written};
  return std::nullopt;
}

std::optional<Failure> Node::Start() {
  if (auto failure = OpenStore()) return failure;
  if (auto failure = StartReplica()) return failure;
  if (auto failure = Serve()) return failure;
  const auto latest = replica_->Latest();
  Log(LogLevel::kInfo, "node.serving",
      {{"member", config_.member},
       {"origin", founding_.origin()},
       {"ledger", founding_.ledger_id().ToHex()},
       {"address", server_->address()},
       {"entries", fmt::to_string(latest == nullptr ? 0 : latest->tip.size)},
       {"software", std::string(rpc::kSoftware)}});
  return std::nullopt;
}

void Node::WarnOfCertificates() const {
  const NodeFiles now = CheckNodeFiles(config_, SystemClock().Now());
  for (const std::string& warning : now.warnings)
    Log(LogLevel::kWarn, "certificate.ends_soon", {{"what", warning}});
}

// Waits for a signal or for the replica's end. The signals were blocked before the first thread
// started, so they come here and nowhere else.
DaemonExit Node::Run() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  timespec timeout{};
  timeout.tv_nsec = std::chrono::nanoseconds(kHealthEvery).count();
  uint64_t warned_at = 0;
  for (;;) {
    const uint64_t now = ToInt(SystemClock().Now());
    if (now >= warned_at + kCertificateCheckEveryMs || now < warned_at) {
      WarnOfCertificates();
      warned_at = now;
    }
    const int got = ::sigtimedwait(&signals, nullptr, &timeout);
    if (got > 0) {
      Log(LogLevel::kInfo, "node.stopping", {{"signal", got == SIGINT ? "SIGINT" : "SIGTERM"}});
      return DaemonExit::kStopped;
    }
    backups_->Poll();
    const Status health = replica_->Health();
    if (health.ok()) {
      const Status dialled = DialMembers();
      if (dialled.ok()) continue;
      Log(LogLevel::kError, "node.failed", {{"reason", dialled.ToString()}});
      return DaemonExit::kInternal;
    }
    Log(LogLevel::kError, "node.failed", {{"reason", health.ToString()}});
    return DaemonExit::kInternal;
  }
}

void Node::Stop() {
  if (server_ != nullptr) server_->Stop(kStopGrace);
  if (links_ != nullptr) links_->Stop();
  server_.reset();
  roster_.reset();
  replica_.reset();
  links_.reset();
  backups_.reset();
  store_.reset();
  if (config_.address_file) {
    std::error_code ignored;
    std::filesystem::remove(*config_.address_file, ignored);
  }
}

}  // namespace

void PrepareSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

DaemonExit RunNode(const NodeConfig& config, const NodeFiles& files, NodeSecrets secrets) {
  Node node(config, files, std::move(secrets));
  DaemonExit exit = DaemonExit::kStopped;
  if (const auto failure = node.Start()) {
    Log(LogLevel::kError, "node.cannot_start",
        {{"where", failure->where}, {"reason", MessageOf(failure->status)}});
    exit = failure->code;
  } else {
    exit = node.Run();
  }
  node.Stop();
  Log(LogLevel::kInfo, "node.stopped", {{"exit_code", fmt::to_string(static_cast<int>(exit))}});
  return exit;
}

}  // namespace parley
