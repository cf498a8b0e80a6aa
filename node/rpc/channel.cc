#include "node/rpc/channel.h"

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstdlib>
#include <mutex>

#include "base/limits.h"
#include "crypto/certificate.h"
#include "node/config/address.h"

namespace parley::rpc {
namespace {

constexpr int kBackoffFirstMs = 100;
constexpr int kBackoffMaxMs = 5'000;
constexpr int kConnectTimeoutMs = 5'000;
constexpr int kKeepaliveEveryMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;

grpc::ChannelArguments Arguments(const std::string& member) {
  grpc::ChannelArguments args;
  args.SetSslTargetNameOverride(NodeDnsName(member));
  args.SetMaxReceiveMessageSize(static_cast<int>(limits::kRpcMessageBytesMax));
  args.SetMaxSendMessageSize(static_cast<int>(limits::kRpcMessageBytesMax));
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kBackoffFirstMs);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kBackoffMaxMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveEveryMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Nothing from outside may change who is dialled or how calls are retried.
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Channels to one address with other credentials or options never share a connection.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return args;
}

}  // namespace

void RequireTls13() {
  static std::once_flag once;
  std::call_once(once, [] {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): channel.h says when it must run
    ::setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-RSA-AES256-GCM-SHA384", /*overwrite=*/1);
  });
}

void KeepGrpcQuiet() {
  gpr_set_log_function([](gpr_log_func_args*) {});
}

StatusOr<Dialler> Dialler::Create(const ChannelTarget& target, const ChannelIdentity& identity) {
  RequireTls13();
  RETURN_IF_ERROR(CheckAddress(target.address, PortZero::kRefused), "address of {}", target.member);
  ASSIGN_OR_RETURN(const Bytes own, CertificateDer(identity.certificate_pem),
                   "own TLS certificate");
  ASSIGN_OR_RETURN(const CertificateInfo info, InspectCertificate(own), "own TLS certificate");
  if (info.public_key != identity.tls_key.public_key())
    return InvalidArgument("the TLS key is not the TLS certificate's");
  ASSIGN_OR_RETURN(const CertificateInfo ca, InspectCertificate(target.member_ca),
                   "CA certificate of {}", target.member);
  if (!ca.is_ca || ca.ca_member != target.member)
    return InvalidArgument(fmt::format("the CA certificate given is not {}'s", target.member));
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = CertificatePem(target.member_ca);
  options.pem_cert_chain = identity.certificate_pem;
  options.pem_private_key = PrivateKeyPem(identity.tls_key);
  auto credentials = grpc::SslCredentials(options);
  WipeString(options.pem_private_key);
  return Dialler(target.address, target.member, std::move(credentials));
}

std::shared_ptr<grpc::Channel> Dialler::Dial() const {
  return grpc::CreateCustomChannel(address_, credentials_, Arguments(member_));
}

}  // namespace parley::rpc
