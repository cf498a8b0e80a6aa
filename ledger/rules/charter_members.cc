#include <map>
#include <set>

#include "base/limits.h"
#include "crypto/identity.h"
#include "ledger/record/names.h"
#include "ledger/record/text.h"
#include "ledger/rules/charter_internal.h"

namespace parley::rules::internal {
namespace {

constexpr record::TextRules kDisplayName{.chars_max = limits::kDisplayNameBytesMax,
                                         .required = true};

// Finds keys that are used twice: one key, one purpose, in the whole accord.
class KeyBook {
 public:
  // Reads one hexadecimal key of the field and enters it.
  StatusOr<PublicKey> Read(const std::string& hex, const std::string& field) {
    ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromHex(hex), "{}", field);
    const auto [it, fresh] = fields_.emplace(KeyIdOf(key), field);
    if (!fresh)
      return InvalidArgument(fmt::format(
          "{}: same key (or key id) as {}; every key has one purpose", field, it->second));
    return key;
  }

 private:
  std::map<KeyId, std::string> fields_;
};

StatusOr<Bytes> ReadCertificate(const std::string& base64, const std::string& field) {
  constexpr uint8_t kDerSequence = 0x30;
  ASSIGN_OR_RETURN(Bytes der, Base64Decode(base64), "{}", field);
  if (der.empty() || der.front() != kDerSequence)
    return InvalidArgument(field + ": not a certificate in DER form");
  if (der.size() > limits::kCertificateBytesMax)
    return InvalidArgument(fmt::format("{}: {} bytes, at most {} are allowed", field, der.size(),
                                       limits::kCertificateBytesMax));
  return der;
}

Status CheckUrl(const std::string& url, const std::string& field) {
  if (url.size() > limits::kShortTextBytesMax)
    return InvalidArgument(fmt::format("{}: {} bytes, at most {} are allowed", field, url.size(),
                                       limits::kShortTextBytesMax));
  for (const char c : url)
    if (c <= ' ' || c > '~')
      return InvalidArgument(field + ": only printable ASCII without spaces is allowed");
  return absl::OkStatus();
}

StatusOr<std::vector<CharterOfficer>> ReadOfficers(const v1::Member& member,
                                                   const std::string& member_field, KeyBook* keys) {
  if (static_cast<size_t>(member.officers_size()) > limits::kOfficersPerMemberMax)
    return InvalidArgument(fmt::format("{}.officers: {} items, at most {} are allowed",
                                       member_field, member.officers_size(),
                                       limits::kOfficersPerMemberMax));
  std::vector<CharterOfficer> out;
  std::set<std::string> names;
  for (const v1::Officer& officer : member.officers()) {
    const std::string field = fmt::format("{}.officers[{}]", member_field, out.size());
    if (!IsName(officer.name()) || officer.name() == record::kRootOfficer)
      return InvalidArgument(field + ".name: want 1 to 32 of a-z, 0-9 and '-', and not 'root'");
    if (!names.insert(officer.name()).second)
      return InvalidArgument(fmt::format("{}.name: '{}' is there twice", field, officer.name()));
    CharterOfficer& added = out.emplace_back();
    added.name = officer.name();
    ASSIGN_OR_RETURN(added.key, keys->Read(officer.public_key(), field + ".public_key"));
    std::set<int> capabilities;
    for (const int capability : officer.capabilities()) {
      if (capability == 0 || !v1::Capability_IsValid(capability) ||
          !capabilities.insert(capability).second)
        return InvalidArgument(field + ".capabilities: unknown or repeated");
      added.capabilities.push_back(static_cast<v1::Capability>(capability));
    }
  }
  return out;
}

StatusOr<CharterMember> ReadMember(const v1::Member& member, const std::string& field,
                                   KeyBook* keys) {
  CharterMember out;
  if (!IsName(member.name()))
    return InvalidArgument(field +
                           ".name: want 1 to 32 of a-z, 0-9 and '-', not beginning with '-'");
  out.name = member.name();
  RETURN_IF_ERROR(record::CheckText(member.display_name(), field + ".display_name", kDisplayName));
  if (member.display_name().size() > limits::kDisplayNameBytesMax)
    return InvalidArgument(fmt::format("{}.display_name: {} bytes, at most {} are allowed", field,
                                       member.display_name().size(), limits::kDisplayNameBytesMax));
  out.display_name = member.display_name();
  if (member.role() != v1::PARTY && member.role() != v1::MEDIATOR)
    return InvalidArgument(field + ".role: want PARTY or MEDIATOR");
  out.role = member.role();
  ASSIGN_OR_RETURN(out.root_key, keys->Read(member.root_key(), field + ".root_key"));
  ASSIGN_OR_RETURN(out.node_key, keys->Read(member.node_key(), field + ".node_key"));
  ASSIGN_OR_RETURN(out.cosigner_key, keys->Read(member.cosigner_key(), field + ".cosigner_key"));
  ASSIGN_OR_RETURN(out.ca_certificate,
                   ReadCertificate(member.ca_certificate(), field + ".ca_certificate"));
  RETURN_IF_ERROR(CheckUrl(member.url(), field + ".url"));
  out.url = member.url();
  ASSIGN_OR_RETURN(out.officers, ReadOfficers(member, field, keys));
  return out;
}

Status CheckTogether(const std::vector<CharterMember>& members) {
  size_t parties = 0;
  std::map<Bytes, std::string> certificates;
  for (size_t i = 0; i < members.size(); ++i) {
    const CharterMember& member = members[i];
    if (i > 0 && member.name <= members[i - 1].name)
      return InvalidArgument(
          fmt::format("members[{}].name: '{}' must come after '{}'; members are sorted by name", i,
                      member.name, members[i - 1].name));
    const auto [it, fresh] = certificates.emplace(member.ca_certificate, member.name);
    if (!fresh)
      return InvalidArgument(
          fmt::format("members[{}].ca_certificate: same as that of {}; it would let either name "
                      "the other's people",
                      i, it->second));
    parties += member.role == v1::PARTY ? 1 : 0;
  }
  if (parties == 0) return InvalidArgument("members: want at least one PARTY");
  if (parties == members.size()) return InvalidArgument("members: want at least one MEDIATOR");
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::vector<CharterMember>> ReadMembers(const v1::Charter& charter) {
  const auto count = static_cast<size_t>(charter.members_size());
  if (count < limits::kMembersMin || count > limits::kMembersMax)
    return InvalidArgument(fmt::format("members: {} of them, want {} to {}", count,
                                       limits::kMembersMin, limits::kMembersMax));
  std::vector<CharterMember> out;
  KeyBook keys;
  for (const v1::Member& member : charter.members()) {
    // The name makes the message readable, but only when it is one.
    const std::string field = IsName(member.name())
                                  ? fmt::format("members[{}] ({})", out.size(), member.name())
                                  : fmt::format("members[{}]", out.size());
    ASSIGN_OR_RETURN(CharterMember read, ReadMember(member, field, &keys));
    out.push_back(std::move(read));
  }
  RETURN_IF_ERROR(CheckTogether(out));
  return out;
}

}  // namespace parley::rules::internal
