#pragma once

// NodeServer: everything a node serves on its one port: LedgerService, PeerService,
// grpc.health.v1 and server reflection, all behind PortCredentials: TLS 1.3 with a client
// certificate that one of the members' CAs signed, and the Authorizer before every call. The port
// stays open, and calls go on, when the members change.

#include <grpcpp/server.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "node/replica/replica.h"
#include "node/rpc/authorizer.h"
#include "node/rpc/ledger_server.h"
#include "node/rpc/listen_address.h"
#include "node/rpc/peer_links.h"
#include "node/rpc/peer_server.h"
#include "node/rpc/port_credentials.h"
#include "node/rpc/work_pool.h"

namespace parley::rpc {

struct ServerOptions {
  std::string listen;  // host:port; port 0 picks a free one
  Resolver resolve = ResolveHost;
  std::string member;  // whose node this is
  std::string origin;
  RosterSource roster;
  unsigned reader_threads = 2;
  size_t reads_waiting_max = 1'024;
};

class NodeServer {
 public:
  // Serves when it returns. Borrows replica, links, clock and the identity's key.
  // UNAVAILABLE when the port cannot be had, INVALID_ARGUMENT when options or certificate are
  // wrong.
  static StatusOr<std::unique_ptr<NodeServer>> Start(const ServerOptions& options,
                                                     const ChannelIdentity& identity,
                                                     replica::Replica& replica, PeerLinks& links,
                                                     const Clock& clock);
  ~NodeServer();

  // The address it listens on, with the port it got.
  const std::string& address() const { return address_; }

  // What grpc.health.v1 answers; it begins with SERVING.
  void SetServing(bool serving);

  // Refuses new calls, ends streams, gives other calls until `grace` has passed. Idempotent. No
  // call into the replica happens after it returns.
  void Stop(std::chrono::milliseconds grace);

 private:
  NodeServer(const ServerOptions& options, replica::Replica& replica, PeerLinks& links,
             const Clock& clock);
  Status Listen(const ServerOptions& options, const ChannelIdentity& identity);

  const Authorizer authorizer_;
  WorkPool pool_;  // Stop() ends it before the services that its tasks use go
  LedgerServer ledger_;
  PeerServer peers_;
  std::string address_;
  // One for each address; called by server_ as long as that lives.
  std::vector<std::shared_ptr<PortCredentials>> credentials_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace parley::rpc
