#pragma once

// An accord for tests: three members with fixed keys, their CAs, a charter that all have signed,
// and certificates for whoever a test needs. Certificates are valid now, because TLS handshakes
// look at the machine's clock.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/certificate.h"
#include "ledger/rules/charter.h"
#include "node/rpc/channel.h"
#include "node/rpc/roster.h"

namespace parley::rpc::testing {

inline constexpr std::string_view kOrigin = "parley.example/rpc-test";

// The key of a name, always the same.
SecretKey KeyOf(std::string_view name);

// A certificate and its key.
struct Person {
  std::string certificate_pem;
  SecretKey key;
  ChannelIdentity identity() const { return {certificate_pem, key}; }
};

class TestAccord {
 public:
  TestAccord();

  const rules::Charter& charter() const { return *charter_; }
  const std::vector<MemberCa>& members() const { return members_; }  // north, peace, south
  const Bytes& CaOf(std::string_view member) const;

  // From a day ago until `days` from now; negative: ended already.
  Person Issue(std::string_view member, Role role, std::string_view name, int days = 365) const;
  // What a dishonest CA makes: signed by `signer`'s CA, for a person of `claimed`.
  Person Forge(std::string_view signer, std::string_view claimed, Role role,
               std::string_view name) const;

 private:
  std::vector<MemberCa> members_;
  std::optional<rules::Charter> charter_;
};

// The members of an accord, for ever.
inline RosterSource FixedRoster(const TestAccord& accord) {
  return [roster = std::make_shared<const Roster>(Roster{accord.members()})] { return roster; };
}

}  // namespace parley::rpc::testing
