#pragma once

// How this project dials: one place for the TLS and transport settings of outgoing connections.
// There is no insecure mode.

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "crypto/bytes.h"
#include "crypto/sign.h"

namespace parley::rpc {

// The node at an address, and the only CA that may vouch for it.
struct ChannelTarget {
  std::string address;  // host:port
  std::string member;
  Bytes member_ca;  // DER, from the charter
};

// One's own end of a TLS connection. Borrows the key.
struct ChannelIdentity {
  std::string certificate_pem;
  const SecretKey& tls_key;
};

// gRPC 1.51 has no public way to ask for TLS 1.3 alone. This leaves TLS 1.2 with one cipher suite
// that needs an RSA certificate; ours are Ed25519, so a TLS 1.2 handshake cannot succeed, while the
// suites of TLS 1.3 stay. It must run before the process makes its first credentials; everything in
// this folder that makes some calls it. It sets an environment variable of this process, so a
// program that has threads of its own calls it first of all in main().
void RequireTls13();

// For programs that speak to people: gRPC's own lines about failed handshakes no longer go to
// standard error. What matters of them is in the status of the call. Once, before the first call;
// programs with a log of their own use StartLog (node/rpc/log.h) instead.
void KeepGrpcQuiet();

// Dials one node. Copyable (copies share the credentials) and thread-safe.
class Dialler {
 public:
  // INVALID_ARGUMENT for a malformed address, certificate or CA, or a key that is not the
  // certificate's. The key is copied for as long as a Dialler or its channels live.
  static StatusOr<Dialler> Create(const ChannelTarget& target, const ChannelIdentity& identity);

  // A new channel with a connection of its own. It connects when it is first used, and again by
  // itself after it was lost: at first after 100 ms, at most after 5 s, with jitter. It sends
  // keepalives while calls are open, so that a dead peer is noticed within 15 s.
  std::shared_ptr<grpc::Channel> Dial() const;

 private:
  Dialler(std::string address, std::string member,
          std::shared_ptr<grpc::ChannelCredentials> credentials)
      : address_(std::move(address)),
        member_(std::move(member)),
        credentials_(std::move(credentials)) {}

  std::string address_;
  std::string member_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;  // shared by its channels
};

}  // namespace parley::rpc
