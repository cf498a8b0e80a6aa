#include <openssl/err.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>

#include "base/limits.h"
#include "crypto/x509_internal.h"

namespace parley {
namespace x509 {
namespace {

// The public names of one certificate.
struct AltNames {
  std::vector<std::string> uris;
  std::vector<std::string> dns;
};

Status Bad(const std::string& why) { return InvalidArgument("certificate: " + why); }

StatusOr<Certificate> Decode(ByteSpan der) {
  if (der.size() > limits::kCertificateBytesMax)
    return Bad(
        fmt::format("{} bytes are over the limit of {}", der.size(), limits::kCertificateBytesMax));
  const uint8_t* at = der.data();
  Certificate out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (out == nullptr) return Bad("not X.509 in DER: " + TakeError());
  if (at != der.data() + der.size()) return Bad("bytes follow its end");
  uint8_t* again = nullptr;
  const int size = i2d_X509(out.get(), &again);
  const std::unique_ptr<uint8_t, Deleter<[](uint8_t* p) { OPENSSL_free(p); }>> owner(again);
  if (size < 0 || !std::ranges::equal(ByteSpan(again, static_cast<size_t>(size)), der))
    return Bad("not the DER form: it has more than one encoding");
  return out;
}

StatusOr<PublicKey> ReadKey(const X509* certificate) {
  if (X509_get_signature_nid(certificate) != NID_ED25519) return Bad("is not signed with Ed25519");
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  std::array<uint8_t, PublicKey::kSize> raw{};
  size_t size = raw.size();
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size()) {
    TakeError();
    return Bad("its key is not an Ed25519 key");
  }
  if (crypto_core_ed25519_is_valid_point(raw.data()) != 1)
    return Bad("its key is of small order or no point of the curve");
  return PublicKey(raw);
}

StatusOr<std::string> ReadSerial(const X509* certificate) {
  const Number number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr || BN_is_negative(number.get()) || BN_is_zero(number.get()) ||
      BN_num_bytes(number.get()) > 20)
    return Bad("its serial number is not of 1 to 20 bytes and positive");
  Bytes raw(static_cast<size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), raw.data());
  return HexEncode(raw);
}

StatusOr<TimeMs> ReadTime(const ASN1_TIME* time) {
  std::tm t{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &t) != 1 || t.tm_year < 70)
    return Bad("a date is malformed or before 1970");
  const std::chrono::year_month_day date{std::chrono::year(t.tm_year + 1900),
                                         std::chrono::month(static_cast<unsigned>(t.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(t.tm_mday))};
  const auto point = std::chrono::sys_days(date) + std::chrono::hours(t.tm_hour) +
                     std::chrono::minutes(t.tm_min) + std::chrono::seconds(t.tm_sec);
  return static_cast<TimeMs>(
      std::chrono::duration_cast<std::chrono::milliseconds>(point.time_since_epoch()).count());
}

// Exactly the extensions we write, each once: what nobody here reads must not be there.
Status CheckExtensions(const X509* certificate, bool is_ca) {
  std::vector<int> want = {NID_basic_constraints, NID_key_usage, NID_subject_alt_name,
                           NID_subject_key_identifier, NID_authority_key_identifier};
  if (!is_ca) want.push_back(NID_ext_key_usage);
  std::vector<int> got;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    const bool critical = nid == NID_basic_constraints || nid == NID_key_usage;
    if ((X509_EXTENSION_get_critical(extension) != 0) != critical)
      return Bad("an extension is critical that must not be, or the other way round");
    got.push_back(nid);
  }
  std::ranges::sort(want);
  std::ranges::sort(got);
  if (want != got) return Bad(fmt::format("want {} known extensions, each once", want.size()));
  return absl::OkStatus();
}

Status CheckConstraints(const X509* certificate, bool is_ca) {
  const Constraints found(static_cast<BASIC_CONSTRAINTS*>(
      X509_get_ext_d2i(certificate, NID_basic_constraints, nullptr, nullptr)));
  if (found == nullptr) return Bad("its basic constraints are malformed");
  const bool has_zero_path = found->pathlen != nullptr && ASN1_INTEGER_get(found->pathlen) == 0;
  if (is_ca && !has_zero_path) return Bad("a CA's path length must be 0");
  if (!is_ca && found->pathlen != nullptr) return Bad("it has a path length but is no CA");
  return absl::OkStatus();
}

Status CheckUsages(X509* certificate, bool is_ca, bool is_node) {
  const uint32_t usage = is_ca ? KU_KEY_CERT_SIGN : KU_DIGITAL_SIGNATURE;
  if (X509_get_key_usage(certificate) != usage)
    return Bad(is_ca ? "a CA's key usage must be keyCertSign alone"
                     : "its key usage must be digitalSignature alone");
  if (is_ca) return absl::OkStatus();
  const uint32_t purposes = is_node ? XKU_SSL_CLIENT | XKU_SSL_SERVER : XKU_SSL_CLIENT;
  const Purposes list(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  if (list == nullptr || X509_get_extended_key_usage(certificate) != purposes ||
      sk_ASN1_OBJECT_num(list.get()) != (is_node ? 2 : 1))
    return Bad(is_node ? "a node's extended key usage must be serverAuth and clientAuth"
                       : "an officer's or auditor's extended key usage must be clientAuth alone");
  return absl::OkStatus();
}

StatusOr<AltNames> ReadAltNames(const X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr) return Bad("its alternative names are malformed");
  AltNames out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type != GEN_URI && type != GEN_DNS)
      return Bad("it has an alternative name that is neither a URI nor a DNS name");
    const std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                           static_cast<size_t>(ASN1_STRING_length(value)));
    (type == GEN_URI ? out.uris : out.dns).push_back(text);
  }
  if (out.uris.size() != 1)
    return Bad(fmt::format("want one URI among its names, got {}", out.uris.size()));
  return out;
}

Status ReadCaName(const AltNames& names, CertificateInfo& info) {
  const std::string_view uri = names.uris[0];
  const size_t slash = uri.rfind('/');
  if (!uri.starts_with(kCaScheme) || slash < kCaScheme.size() || !names.dns.empty())
    return Bad("a CA's only name must be parley-ca://<origin>/<member>");
  info.ca_origin = std::string(uri.substr(kCaScheme.size(), slash - kCaScheme.size()));
  info.ca_member = std::string(uri.substr(slash + 1));
  if (!IsOrigin(info.ca_origin) || !IsName(info.ca_member))
    return Bad("a CA's only name must be parley-ca://<origin>/<member>");
  return absl::OkStatus();
}

Status ReadIdentity(const AltNames& names, CertificateInfo& info) {
  ASSIGN_OR_RETURN(info.identity, Identity::FromUri(names.uris[0]), "certificate");
  std::vector<std::string> dns;
  if (info.identity->role == Role::kNode) dns.push_back(NodeDnsName(info.identity->member));
  if (names.dns != dns)
    return Bad("its DNS names are not those of its role (nodes: node.<member>.parley.invalid)");
  return absl::OkStatus();
}

// RFC 2253 with control and non-ASCII bytes escaped: safe to print.
std::string ReadSubject(const X509* certificate) {
  const std::unique_ptr<BIO, Deleter<BIO_free>> out(BIO_new(BIO_s_mem()));
  char* data = nullptr;
  if (out == nullptr ||
      X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE) < 0)
    return {};
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace

std::string TakeError() {
  const unsigned long code = ERR_peek_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

StatusOr<Parsed> Parse(ByteSpan der) {
  ASSIGN_OR_RETURN(Certificate certificate, Decode(der));
  X509* const x = certificate.get();
  if (X509_get_version(x) != X509_VERSION_3) return Bad("is not version 3");
  const uint32_t flags = X509_get_extension_flags(x);
  if ((flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) != 0) {
    TakeError();
    return Bad("its extensions are malformed");
  }
  CertificateInfo info{};
  info.is_ca = (flags & EXFLAG_CA) != 0;
  ASSIGN_OR_RETURN(info.public_key, ReadKey(x));
  ASSIGN_OR_RETURN(info.serial, ReadSerial(x));
  ASSIGN_OR_RETURN(info.not_before, ReadTime(X509_get0_notBefore(x)));
  ASSIGN_OR_RETURN(info.not_after, ReadTime(X509_get0_notAfter(x)));
  info.subject = ReadSubject(x);
  RETURN_IF_ERROR(CheckExtensions(x, info.is_ca));
  RETURN_IF_ERROR(CheckConstraints(x, info.is_ca));
  ASSIGN_OR_RETURN(const AltNames names, ReadAltNames(x));
  RETURN_IF_ERROR(info.is_ca ? ReadCaName(names, info) : ReadIdentity(names, info));
  RETURN_IF_ERROR(CheckUsages(x, info.is_ca, info.identity && info.identity->role == Role::kNode));
  return Parsed{std::move(certificate), std::move(info)};
}

StatusOr<Parsed> ParseCa(ByteSpan der, std::string_view origin, std::string_view member) {
  ASSIGN_OR_RETURN(Parsed out, Parse(der), "CA of '{}'", member);
  if (!out.info.is_ca) return Bad(fmt::format("CA of '{}': is not a CA's", member));
  if (out.info.ca_origin != origin || out.info.ca_member != member)
    return Bad(fmt::format("CA of '{}': want one of '{}/{}', it names '{}/{}'", member, origin,
                           member, out.info.ca_origin, out.info.ca_member));
  if (X509_verify(out.certificate.get(), X509_get0_pubkey(out.certificate.get())) != 1) {
    TakeError();
    return Bad(fmt::format("CA of '{}': it did not sign itself", member));
  }
  return out;
}

}  // namespace x509

StatusOr<CertificateInfo> InspectCertificate(ByteSpan der) {
  ASSIGN_OR_RETURN(x509::Parsed parsed, x509::Parse(der));
  return std::move(parsed.info);
}

int64_t DaysLeft(const CertificateInfo& info, TimeMs now) {
  const auto left = std::chrono::milliseconds(static_cast<int64_t>(ToInt(info.not_after)) -
                                              static_cast<int64_t>(ToInt(now)));
  return std::chrono::floor<std::chrono::days>(left).count();
}

StatusOr<CertificateInfo> CheckCaCertificate(ByteSpan der, std::string_view origin,
                                             std::string_view member) {
  ASSIGN_OR_RETURN(x509::Parsed parsed, x509::ParseCa(der, origin, member));
  return std::move(parsed.info);
}

}  // namespace parley
