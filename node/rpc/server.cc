#include "node/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <mutex>

#include "base/limits.h"
#include "node/config/address.h"
#include "node/rpc/channel.h"

namespace parley::rpc {
namespace {

constexpr size_t kMemoryBytesMax = 512 << 20;  // what gRPC may buffer in all
constexpr int kStreamsPerConnectionMax = 256;
constexpr int kMetadataBytesMax = 16 << 10;

void InitPlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    RequireTls13();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void SetArguments(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits::kRpcMessageBytesMax));
  builder.SetMaxSendMessageSize(static_cast<int>(limits::kRpcMessageBytesMax));
  builder.SetResourceQuota(grpc::ResourceQuota("parleyd").Resize(kMemoryBytesMax));
  // Two nodes must never share a port and divide the calls between them.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 600'000);
  // Health and reflection are the only services with threads of their own.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

}  // namespace

NodeServer::NodeServer(const ServerOptions& options, replica::Replica& replica, PeerLinks& links,
                       const Clock& clock)
    : authorizer_(options.origin, options.member, options.roster, clock),
      pool_(options.reader_threads, options.reads_waiting_max),
      ledger_(authorizer_, replica, pool_),
      peers_(authorizer_, links.accord(), replica, links, pool_) {}

NodeServer::~NodeServer() { Stop(std::chrono::milliseconds(0)); }

Status NodeServer::Listen(const ServerOptions& options, const ChannelIdentity& identity) {
  grpc::ServerBuilder builder;
  int port = 0;
  ASSIGN_OR_RETURN(const std::vector<std::string> addresses,
                   ListenAddresses(options.listen, options.resolve));
  for (const std::string& address : addresses) {
    credentials_.push_back(std::make_shared<PortCredentials>(authorizer_, identity));
    builder.AddListeningPort(address, credentials_.back(), &port);
  }
  builder.RegisterService(&ledger_);
  builder.RegisterService(&peers_);
  SetArguments(builder);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0)
    return Unavailable(
        fmt::format("cannot listen on {}: is another program there?", options.listen));
  address_ = fmt::format("{}:{}", options.listen.substr(0, options.listen.rfind(':')), port);
  SetServing(true);
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<NodeServer>> NodeServer::Start(const ServerOptions& options,
                                                        const ChannelIdentity& identity,
                                                        replica::Replica& replica, PeerLinks& links,
                                                        const Clock& clock) {
  InitPlugins();
  RETURN_IF_ERROR(CheckAddress(options.listen, PortZero::kAllowed), "listen");
  auto out = std::unique_ptr<NodeServer>(new NodeServer(options, replica, links, clock));
  RETURN_IF_ERROR(out->Listen(options, identity));
  return out;
}

void NodeServer::SetServing(bool serving) {
  auto* const health = server_ == nullptr ? nullptr : server_->GetHealthCheckService();
  if (health != nullptr) health->SetServingStatus(serving);
}

void NodeServer::Stop(std::chrono::milliseconds grace) {
  ledger_.Stop();
  peers_.Stop();
  if (server_ != nullptr) {
    SetServing(false);
    server_->Shutdown(std::chrono::system_clock::now() + grace);
    server_->Wait();
    server_.reset();
  }
  pool_.Stop();
}

}  // namespace parley::rpc
