#pragma once

// Authorizer: who calls, and may they? All members' CAs are trusted for the TLS handshake, so the
// handshake alone would let one member's CA name another member's people. Every call therefore
// checks that the caller's certificate was signed by the CA of the very member that its URI names
// (crypto/certificate.h), and that it is valid now.
//
//   | who                           | PeerService | Submit          | other calls |
//   | node of another member        | yes         | no              | yes         |
//   | officer of this node's member | no          | yes             | yes         |
//   | officer of another member     | no          | no: own node    | yes         |
//   | auditor of any member         | no          | no              | yes         |
//   | node of a former member       | yes         | no              | no          |
//   | others of a former member     | no          | no              | own node    |
//
// A former member is one of the charter before the present one: its node may still have to learn
// how its last epoch ended. A member of a charter to come counts as one, too.
//
// Submit is about who hands records in, not who wrote them: an officer of this node's member may
// hand in a file of records that officers of other members signed.
//
// Refusals are UNAUTHENTICATED (nobody vouches for the certificate) or PERMISSION_DENIED (role).
// Thread-safe. Checked certificates are remembered for a minute, by digest, up to 1,024 of them.

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/auth_metadata_processor.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "base/time.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "crypto/identity.h"

namespace parley::rpc {

// A member and the CA that vouches for its people.
struct MemberCa {
  std::string member;
  Bytes ca_der;
  bool former = false;  // of the charter before, or of one to come
  friend bool operator==(const MemberCa&, const MemberCa&) = default;
};

// An authenticated caller.
struct Caller {
  Identity identity;
  bool former = false;  // its member has left
};

class Authorizer {
 public:
  // No member is there twice. `self` need not be one of them. Borrows the clock.
  Authorizer(std::string origin, std::string self, std::vector<MemberCa> members,
             const Clock& clock);

  StatusOr<Caller> Identify(const grpc::AuthContext& connection) const;
  StatusOr<Caller> IdentifyPem(std::string_view leaf_pem) const;

  // The rows of the table above.
  StatusOr<Caller> ForPeerService(const grpc::AuthContext& connection) const;
  StatusOr<Caller> ForSubmit(const grpc::AuthContext& connection) const;
  StatusOr<Caller> ForRead(const grpc::AuthContext& connection) const;

  const std::string& self() const { return self_; }
  const std::vector<MemberCa>& members() const { return members_; }

 private:
  struct Remembered {
    Caller caller;
    TimeMs checked_at{};
  };
  StatusOr<Caller> Verify(std::string_view leaf_pem, TimeMs now) const;

  const std::string origin_;
  const std::string self_;
  const std::vector<MemberCa> members_;
  const Clock& clock_;
  mutable Mutex mu_;
  mutable std::map<Hash, Remembered> remembered_ ABSL_GUARDED_BY(mu_);
};

// Stands before every method on the port, health and reflection included: a call whose certificate
// does not pass Identify never reaches a service.
class CallGate final : public grpc::AuthMetadataProcessor {
 public:
  // Borrows the authorizer.
  explicit CallGate(const Authorizer& authorizer) : authorizer_(authorizer) {}
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* connection,
                       OutputMetadata* consumed, OutputMetadata* response) override;

 private:
  const Authorizer& authorizer_;
};

}  // namespace parley::rpc
