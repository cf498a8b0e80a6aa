#include "node/rpc/authorizer.h"

#include <grpc/grpc_security_constants.h>

#include <utility>

#include "base/limits.h"
#include "crypto/certificate.h"

namespace parley::rpc {
namespace {

constexpr uint64_t kRememberMs = 60'000;
constexpr size_t kRememberedMax = 1'024;

std::string Describe(const Identity& who) {
  return fmt::format("{} '{}' of {}", RoleName(who.role), who.name, who.member);
}

Status CheckStillMember(const Caller& caller) {
  if (!caller.former) return absl::OkStatus();
  return PermissionDenied(fmt::format("{} is not a member any more under the charter in force",
                                      caller.identity.member));
}

}  // namespace

Authorizer::Authorizer(std::string origin, std::string self, RosterSource roster,
                       const Clock& clock)
    : origin_(std::move(origin)),
      self_(std::move(self)),
      roster_(std::move(roster)),
      clock_(clock) {}

StatusOr<Caller> Authorizer::Verify(const Roster& roster, std::string_view leaf_pem,
                                    TimeMs now) const {
  const auto ca_of = [&](std::string_view member) -> const Bytes* {
    const MemberCa* const known = roster.Find(member);
    return known == nullptr ? nullptr : &known->ca_der;
  };
  ASSIGN_OR_RETURN(Identity identity, VerifyPeerChain(leaf_pem, ca_of, origin_, now));
  const MemberCa* const member = roster.Find(identity.member);
  const bool former = member == nullptr || member->former;
  return Caller{std::move(identity), former};
}

StatusOr<Caller> Authorizer::IdentifyPem(std::string_view leaf_pem) const {
  if (leaf_pem.size() > limits::kCertificateChainBytesMax)
    return Unauthenticated(fmt::format("the certificate has {} bytes, more than {}",
                                       leaf_pem.size(), limits::kCertificateChainBytesMax));
  const Hash digest = Sha256(AsBytes(leaf_pem));
  const TimeMs now = clock_.Now();
  const std::shared_ptr<const Roster> roster = roster_();
  {
    const MutexLock lock(&mu_);
    if (remembered_for_ != roster) remembered_.clear();
    remembered_for_ = roster;
    const auto found = remembered_.find(digest);
    if (found != remembered_.end()) {
      const uint64_t checked_at = ToInt(found->second.checked_at);
      if (ToInt(now) >= checked_at && ToInt(now) < checked_at + kRememberMs)
        return found->second.caller;
      remembered_.erase(found);
    }
  }
  ASSIGN_OR_RETURN(Caller caller, Verify(*roster, leaf_pem, now));
  const MutexLock lock(&mu_);
  if (remembered_for_ != roster) return caller;  // there is a newer one
  if (remembered_.size() >= kRememberedMax) remembered_.clear();
  remembered_[digest] = {caller, now};
  return caller;
}

StatusOr<Caller> Authorizer::Identify(const grpc::AuthContext& connection) const {
  // The leaf alone: VerifyPeerChain knows its only possible issuer from the charter.
  const auto leaf = connection.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (leaf.size() != 1) return Unauthenticated("the connection carries no client certificate");
  return IdentifyPem({leaf.front().data(), leaf.front().size()});
}

StatusOr<Caller> Authorizer::ForPeerService(const grpc::AuthContext& connection) const {
  ASSIGN_OR_RETURN(Caller caller, Identify(connection));
  if (caller.identity.role != Role::kNode)
    return PermissionDenied(
        fmt::format("PeerService is for nodes of members; you are {}", Describe(caller.identity)));
  if (caller.identity.member == self_)
    return PermissionDenied(
        fmt::format("this is the node of {} itself; PeerService is for other members", self_));
  return caller;
}

StatusOr<Caller> Authorizer::ForSubmit(const grpc::AuthContext& connection) const {
  ASSIGN_OR_RETURN(Caller caller, Identify(connection));
  RETURN_IF_ERROR(CheckStillMember(caller));
  if (caller.identity.role != Role::kOfficer)
    return PermissionDenied(fmt::format("records are handed in by officers of {}; you are {}",
                                        self_, Describe(caller.identity)));
  if (caller.identity.member != self_)
    return PermissionDenied(fmt::format(
        "this is the node of {}, and you are {}: hand records in at the node of {}, or give them "
        "as a file to an officer of {}",
        self_, Describe(caller.identity), caller.identity.member, self_));
  return caller;
}

StatusOr<Caller> Authorizer::ForRead(const grpc::AuthContext& connection) const {
  ASSIGN_OR_RETURN(Caller caller, Identify(connection));
  // A member that has left goes on reading what its own node has.
  if (caller.identity.member != self_) RETURN_IF_ERROR(CheckStillMember(caller));
  return caller;  // nodes, officers and auditors of all members
}

}  // namespace parley::rpc
