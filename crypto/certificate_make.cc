#include <openssl/err.h>

#include <chrono>

#include "base/limits.h"
#include "crypto/x509_internal.h"

namespace parley {
namespace {

using x509::Certificate;

constexpr int kCaYearsMax = 50;
constexpr size_t kNameTextMax = 64;  // RFC 5280 appendix A: of organisation and common names
constexpr TimeMs kCertificateTimeMax = static_cast<TimeMs>(ToInt(kTimeMax) - 999);

// What differs between a CA's certificate and the others.
struct Template {
  PublicKey subject_key;
  std::string origin;       // for people
  std::string unit;         // for people; empty for a CA
  std::string common_name;  // for people
  Validity validity;
  std::string uri;
  std::string dns;  // empty: none
  bool is_ca;
  std::string purposes;  // extended key usage in OpenSSL's words; empty: none
};

Status Failed(const char* what) {
  return Internal(fmt::format("certificate: {}: {}", what, x509::TakeError()));
}

Status SetTime(ASN1_TIME* to, TimeMs t) {
  if (ASN1_TIME_set(to, static_cast<time_t>(ToInt(t) / 1000)) == nullptr) return Failed("date");
  return absl::OkStatus();
}

Status SetSerial(X509* certificate) {
  Bytes raw = RandomBytes(16);
  raw[0] = static_cast<uint8_t>((raw[0] & 0x7f) | 0x40);  // positive, always 16 bytes
  const x509::Number number(BN_bin2bn(raw.data(), static_cast<int>(raw.size()), nullptr));
  if (number == nullptr ||
      BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr)
    return Failed("serial number");
  return absl::OkStatus();
}

Status AddNamePart(X509_NAME* name, const char* field, const std::string& text) {
  const std::string cut = text.substr(0, kNameTextMax);
  if (X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
                                 reinterpret_cast<const uint8_t*>(cut.data()),
                                 static_cast<int>(cut.size()), -1, 0) != 1)
    return Failed("subject");
  return absl::OkStatus();
}

Status SetSubject(X509* certificate, const Template& t) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  RETURN_IF_ERROR(AddNamePart(name, "O", t.origin));
  if (!t.unit.empty()) RETURN_IF_ERROR(AddNamePart(name, "OU", t.unit));
  return AddNamePart(name, "CN", t.common_name);
}

Status SetKey(X509* certificate, const PublicKey& key) {
  const x509::Key subject(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes().data(),
                                                      key.bytes().size()));
  if (subject == nullptr || X509_set_pubkey(certificate, subject.get()) != 1)
    return Failed("subject key");
  return absl::OkStatus();
}

// value is one of our constants in OpenSSL's configuration language, never foreign text.
Status AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const x509::Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1)
    return Failed("extension");
  return absl::OkStatus();
}

Status AddName(GENERAL_NAMES* names, int type, const std::string& text) {
  x509::Name name(GENERAL_NAME_new());
  ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
  if (name == nullptr || value == nullptr) {
    ASN1_IA5STRING_free(value);
    return Failed("alternative name");
  }
  GENERAL_NAME_set0_value(name.get(), type, value);  // owns value now
  if (ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) != 1 ||
      sk_GENERAL_NAME_push(names, name.get()) <= 0)
    return Failed("alternative name");
  (void)name.release();  // the list owns it
  return absl::OkStatus();
}

Status AddAltNames(X509* certificate, const Template& t) {
  const x509::Names names(GENERAL_NAMES_new());
  if (names == nullptr) return Failed("alternative names");
  RETURN_IF_ERROR(AddName(names.get(), GEN_URI, t.uri));
  if (!t.dns.empty()) RETURN_IF_ERROR(AddName(names.get(), GEN_DNS, t.dns));
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) != 1)
    return Failed("alternative names");
  return absl::OkStatus();
}

Status AddExtensions(X509* certificate, X509* issuer, const Template& t) {
  RETURN_IF_ERROR(AddExtension(certificate, issuer, NID_basic_constraints,
                               t.is_ca ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE"));
  RETURN_IF_ERROR(AddExtension(certificate, issuer, NID_key_usage,
                               t.is_ca ? "critical,keyCertSign" : "critical,digitalSignature"));
  if (!t.purposes.empty())
    RETURN_IF_ERROR(AddExtension(certificate, issuer, NID_ext_key_usage, t.purposes.c_str()));
  RETURN_IF_ERROR(AddExtension(certificate, issuer, NID_subject_key_identifier, "hash"));
  RETURN_IF_ERROR(AddExtension(certificate, issuer, NID_authority_key_identifier, "keyid:always"));
  return AddAltNames(certificate, t);
}

Status Sign(X509* certificate, const SecretKey& ca_key) {
  const ByteSpan seed = ca_key.InsecureSeed();
  const x509::Key signer(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  if (signer == nullptr || X509_sign(certificate, signer.get(), nullptr) == 0)
    return Failed("signing");
  return absl::OkStatus();
}

// issuer null: self-signed.
StatusOr<Bytes> Make(const SecretKey& ca_key, X509* issuer, const Template& t) {
  const Certificate certificate(X509_new());
  X509* const x = certificate.get();
  if (x == nullptr || X509_set_version(x, X509_VERSION_3) != 1) return Failed("version");
  RETURN_IF_ERROR(SetSerial(x));
  RETURN_IF_ERROR(SetTime(X509_getm_notBefore(x), t.validity.not_before));
  RETURN_IF_ERROR(SetTime(X509_getm_notAfter(x), t.validity.not_after));
  RETURN_IF_ERROR(SetSubject(x, t));
  X509* const signer = issuer == nullptr ? x : issuer;
  if (X509_set_issuer_name(x, X509_get_subject_name(signer)) != 1) return Failed("issuer");
  RETURN_IF_ERROR(SetKey(x, t.subject_key));
  RETURN_IF_ERROR(AddExtensions(x, signer, t));
  RETURN_IF_ERROR(Sign(x, ca_key));
  const int size = i2d_X509(x, nullptr);
  if (size <= 0) return Failed("encoding");
  Bytes out(static_cast<size_t>(size));
  uint8_t* at = out.data();
  i2d_X509(x, &at);
  // What we make, we must be able to read.
  RETURN_IF_ERROR(x509::Parse(out).status());
  return out;
}

TimeMs AddYears(TimeMs t, int years) {
  using std::chrono::milliseconds;
  const std::chrono::sys_time<milliseconds> point{milliseconds(ToInt(t))};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  std::chrono::year_month_day date{day};
  date += std::chrono::years(years);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;  // 29 February
  const auto end = std::chrono::sys_days(date) + (point - day);
  return static_cast<TimeMs>(
      std::chrono::duration_cast<milliseconds>(end.time_since_epoch()).count());
}

Status CheckWithin(const Validity& inner, const CertificateInfo& ca) {
  if (inner.not_after < inner.not_before)
    return InvalidArgument(fmt::format("certificate: it would end ({}) before it begins ({})",
                                       FormatTime(inner.not_after), FormatTime(inner.not_before)));
  // Whole seconds, as both will be written.
  if (ToInt(inner.not_before) / 1000 < ToInt(ca.not_before) / 1000 ||
      ToInt(inner.not_after) / 1000 > ToInt(ca.not_after) / 1000)
    return InvalidArgument(
        fmt::format("certificate: {} to {} is not within the CA's validity, {} to {}",
                    FormatTime(inner.not_before), FormatTime(inner.not_after),
                    FormatTime(ca.not_before), FormatTime(ca.not_after)));
  return absl::OkStatus();
}

}  // namespace

StatusOr<Bytes> MakeCaCertificate(const SecretKey& ca_key, std::string_view origin,
                                  std::string_view member, TimeMs valid_from, int valid_years) {
  // The same rules as for an identity.
  RETURN_IF_ERROR(Identity::Create(origin, member, Role::kNode, "ca").status());
  if (valid_years < 1 || valid_years > kCaYearsMax)
    return InvalidArgument(
        fmt::format("CA certificate: want 1 to {} years, got {}", kCaYearsMax, valid_years));
  if (valid_from > kTimeMax || AddYears(valid_from, valid_years) > kCertificateTimeMax)
    return InvalidArgument("CA certificate: it would end after the year 9999");
  const Template t{.subject_key = ca_key.public_key(),
                   .origin = std::string(origin),
                   .unit = "",
                   .common_name = fmt::format("{} CA", member),
                   .validity = {valid_from, AddYears(valid_from, valid_years)},
                   .uri = fmt::format("{}{}/{}", x509::kCaScheme, origin, member),
                   .dns = "",
                   .is_ca = true,
                   .purposes = ""};
  return Make(ca_key, nullptr, t);
}

StatusOr<std::string> IssueCertificate(const SecretKey& ca_key, ByteSpan ca_der,
                                       const PublicKey& subject_key, const Identity& identity,
                                       Validity validity) {
  RETURN_IF_ERROR(
      Identity::Create(identity.origin, identity.member, identity.role, identity.name).status());
  ASSIGN_OR_RETURN(const x509::Parsed ca, x509::ParseCa(ca_der, identity.origin, identity.member));
  if (ca.info.public_key != ca_key.public_key())
    return InvalidArgument("certificate: the CA's key is not the one of the CA's certificate");
  if (subject_key == ca_key.public_key())
    return InvalidArgument("certificate: a CA's key must not be used for TLS: make another key");
  RETURN_IF_ERROR(CheckWithin(validity, ca.info));
  const bool is_node = identity.role == Role::kNode;
  const Template t{.subject_key = subject_key,
                   .origin = identity.origin,
                   .unit = fmt::format("{} {}", identity.member, RoleName(identity.role)),
                   .common_name = identity.name,
                   .validity = validity,
                   .uri = identity.ToUri(),
                   .dns = is_node ? NodeDnsName(identity.member) : "",
                   .is_ca = false,
                   .purposes = is_node ? "serverAuth,clientAuth" : "clientAuth"};
  ASSIGN_OR_RETURN(const Bytes der, Make(ca_key, ca.certificate.get(), t));
  return CertificatePem(der);
}

}  // namespace parley
