#include "tests/rpc/test_accord.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "crypto/hash.h"
#include "tests/crypto/forged_certificate.h"
#include "tests/rpc/must.h"

namespace parley::rpc::testing {
namespace {

constexpr uint64_t kDayMs = 24ULL * 60 * 60 * 1'000;

TimeMs DaysFromNow(int days) {
  const auto shift = static_cast<int64_t>(kDayMs) * days;
  return static_cast<TimeMs>(static_cast<int64_t>(ToInt(SystemClock().Now())) + shift);
}

std::string MemberText(const MemberCa& member, std::string_view role) {
  const auto key = [&](std::string_view purpose) {
    return KeyOf(fmt::format("{}/{}", member.member, purpose)).public_key().ToHex();
  };
  return fmt::format(
      "members {{ name: \"{}\" display_name: \"Delegation of {}\" role: {} root_key: \"{}\" "
      "node_key: \"{}\" cosigner_key: \"{}\" ca_certificate: \"{}\" "
      "officers {{ name: \"anna\" public_key: \"{}\" }} }}\n",
      member.member, member.member, role, key("root"), key("node"), key("cosigner"),
      Base64Encode(member.ca_der), key("anna"));
}

}  // namespace

SecretKey KeyOf(std::string_view name) {
  return Must(SecretKey::FromSeed(Sha256<Hash>(AsBytes(name)).bytes()));
}

TestAccord::TestAccord() {
  std::string text = fmt::format(
      "format: 1\norigin: \"{}\"\nversion: 1\ntitle: \"Tests of the services\"\n"
      "founded_at: \"2026-01-01T00:00:00Z\"\n",
      kOrigin);
  for (const char* const name : {"north", "peace", "south"}) {
    members_.push_back({name, Must(MakeCaCertificate(KeyOf(std::string(name) + "/ca"), kOrigin,
                                                     name, DaysFromNow(-400), 20))});
    text += MemberText(members_.back(), std::string(name) == "peace" ? "MEDIATOR" : "PARTY");
  }
  for (const MemberCa& member : members_)
    text = Must(rules::AddCharterSignature(text, member.member, KeyOf(member.member + "/root")));
  charter_ = Must(rules::Charter::ParseNote(text));
}

const Bytes& TestAccord::CaOf(std::string_view member) const {
  return std::find_if(members_.begin(), members_.end(),
                      [&](const MemberCa& m) { return m.member == member; })
      ->ca_der;
}

Person TestAccord::Issue(std::string_view member, Role role, std::string_view name,
                         int days) const {
  const Identity identity = Must(Identity::Create(kOrigin, member, role, name));
  SecretKey key = KeyOf(identity.ToUri());
  std::string pem =
      Must(IssueCertificate(KeyOf(fmt::format("{}/ca", member)), CaOf(member), key.public_key(),
                            identity, {DaysFromNow(days < 0 ? days - 1 : -1), DaysFromNow(days)}));
  return {std::move(pem), std::move(key)};
}

Person TestAccord::Forge(std::string_view signer, std::string_view claimed, Role role,
                         std::string_view name) const {
  const Identity identity = Must(Identity::Create(kOrigin, claimed, role, name));
  SecretKey key = KeyOf(identity.ToUri());
  parley::testing::Forgery forgery;
  forgery.uris = {identity.ToUri()};
  forgery.issuer_der = CaOf(signer);
  forgery.validity = {DaysFromNow(-1), DaysFromNow(365)};
  if (role == Role::kNode) {
    forgery.dns = {NodeDnsName(claimed)};
    forgery.extended_key_usage = "serverAuth,clientAuth";
  }
  const Bytes der =
      parley::testing::Forge(forgery, key.public_key(), KeyOf(fmt::format("{}/ca", signer)));
  return {CertificatePem(der), std::move(key)};
}

}  // namespace parley::rpc::testing
