#pragma once

// PortCredentials: what a node demands of whoever opens a connection to its port: TLS 1.3 and a
// certificate that a CA of the present roster signed; and of every call on it: that the Authorizer
// knows the caller (health and reflection included).
//
// The roster changes with the charter. The C++ layer of gRPC 1.51 takes the CAs of a port once and
// for all, which would mean to close the port and every call on it whenever a charter comes into
// force. gRPC's C core asks for them at each handshake
// (grpc_ssl_server_credentials_create_options_using_config_fetcher in grpc/grpc_security.h), so
// this class hands C core credentials to a C++ server. Tickets of sessions under earlier CAs are
// void: a new set of CAs comes with a new TLS context.

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "base/mutex.h"
#include "node/rpc/authorizer.h"
#include "node/rpc/channel.h"

namespace parley::rpc {

// For one port at one address. All addresses of a name that gRPC resolves share a TLS context, and
// gRPC 1.51 replaces it under its users when two of them accept at the same time, so every address
// needs credentials of its own (listen_address.h).
//
// gRPC keeps only what this wraps, so whoever made the server keeps this until the server is gone;
// what it borrows lives as long.
class PortCredentials final : public grpc::ServerCredentials {
 public:
  // Borrows the authorizer and the identity's key.
  PortCredentials(const Authorizer& authorizer, const ChannelIdentity& identity);
  ~PortCredentials() override;

  // The Authorizer is the only judge: this must not be called.
  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& processor) override;

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override;

  // C core's callbacks; `self` is a PortCredentials. On gRPC's threads, FetchCas under a lock of
  // the port.
  static grpc_ssl_certificate_config_reload_status FetchCas(
      void* self, grpc_ssl_server_certificate_config** config);
  static void JudgeCall(void* self, grpc_auth_context* connection, const grpc_metadata* metadata,
                        size_t metadata_count, grpc_process_auth_metadata_done_cb done,
                        void* done_arg);

  const Authorizer& authorizer_;
  const ChannelIdentity identity_;
  grpc_server_credentials* credentials_ = nullptr;
  Mutex mu_;
  std::shared_ptr<const Roster> in_use_ ABSL_GUARDED_BY(mu_);  // what the TLS context has
};

}  // namespace parley::rpc
