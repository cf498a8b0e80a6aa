#include "node/rpc/port_credentials.h"

#include <grpc/grpc.h>

#include "base/check.h"
#include "crypto/certificate.h"
#include "node/rpc/log.h"
#include "node/rpc/status.h"

namespace parley::rpc {

PortCredentials::PortCredentials(const Authorizer& authorizer, const ChannelIdentity& identity)
    : authorizer_(authorizer), identity_(identity) {
  credentials_ = grpc_ssl_server_credentials_create_with_options(
      grpc_ssl_server_credentials_create_options_using_config_fetcher(
          GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, &FetchCas, this));
  PARLEY_CHECK(credentials_ != nullptr);
  grpc_server_credentials_set_auth_metadata_processor(credentials_, {&JudgeCall, nullptr, this});
}

PortCredentials::~PortCredentials() { grpc_server_credentials_release(credentials_); }

void PortCredentials::SetAuthMetadataProcessor(
    const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) {
  PARLEY_CHECK(false);
}

int PortCredentials::AddPortToServer(const std::string& address, grpc_server* server) {
  return grpc_server_add_http2_port(server, address.c_str(), credentials_);
}

grpc_ssl_certificate_config_reload_status PortCredentials::FetchCas(
    void* self, grpc_ssl_server_certificate_config** config) {
  auto& port = *static_cast<PortCredentials*>(self);
  std::shared_ptr<const Roster> now = port.authorizer_.roster();
  const MutexLock lock(&port.mu_);
  if (now == port.in_use_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  std::string cas;
  for (const MemberCa& member : now->members) cas += CertificatePem(member.ca_der);
  std::string key = PrivateKeyPem(port.identity_.tls_key);
  const grpc_ssl_pem_key_cert_pair pair{key.c_str(), port.identity_.certificate_pem.c_str()};
  *config = grpc_ssl_server_certificate_config_create(cas.c_str(), &pair, 1);
  WipeString(key);
  port.in_use_ = std::move(now);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

void PortCredentials::JudgeCall(void* self, grpc_auth_context* connection,
                                const grpc_metadata* /*metadata*/, size_t /*metadata_count*/,
                                grpc_process_auth_metadata_done_cb done, void* done_arg) {
  const auto& port = *static_cast<const PortCredentials*>(self);
  grpc_auth_property_iterator found =
      grpc_auth_context_find_properties_by_name(connection, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const grpc_auth_property* const leaf = grpc_auth_property_iterator_next(&found);
  const bool one = leaf != nullptr && grpc_auth_property_iterator_next(&found) == nullptr;
  const Status status =
      one ? port.authorizer_.IdentifyPem({leaf->value, leaf->value_length}).status()
          : Unauthenticated("the connection does not carry one client certificate");
  if (status.ok()) return done(done_arg, nullptr, 0, nullptr, 0, GRPC_STATUS_OK, nullptr);
  static LogLimiter limiter;
  if (limiter.Allow()) Log(LogLevel::kWarn, "call.refused", {{"reason", MessageOf(status)}});
  const grpc::Status answer = ToGrpc(status);
  done(done_arg, nullptr, 0, nullptr, 0, static_cast<grpc_status_code>(answer.error_code()),
       answer.error_message().c_str());
}

}  // namespace parley::rpc
