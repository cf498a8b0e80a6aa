#include "tests/crypto/forged_certificate.h"

#include <openssl/ec.h>

#include "base/check.h"
#include "crypto/x509_internal.h"

namespace parley::testing {
namespace {

void AddExtension(X509* x, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
  const x509::Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  PARLEY_CHECK(extension != nullptr);
  PARLEY_CHECK(X509_add_ext(x, extension.get(), -1) == 1);
}

std::string AltNames(const Forgery& f) {
  std::string out;
  const auto add = [&out](const char* kind, const std::string& value) {
    out += (out.empty() ? "" : ",") + std::string(kind) + ":" + value;
  };
  for (const std::string& uri : f.uris) add("URI", uri);
  for (const std::string& dns : f.dns) add("DNS", dns);
  for (const std::string& email : f.emails) add("email", email);
  return out;
}

void AddName(X509_NAME* name, const char* field, const std::string& text) {
  PARLEY_CHECK(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
                                          reinterpret_cast<const uint8_t*>(text.data()),
                                          static_cast<int>(text.size()), -1, 0) == 1);
}

x509::Key SubjectKey(const Forgery& f, const PublicKey& key) {
  if (f.ec_subject_key) return x509::Key(EVP_EC_gen("P-256"));
  return x509::Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes().data(),
                                               key.bytes().size()));
}

x509::Certificate Decoded(const Bytes& der) {
  const uint8_t* at = der.data();
  return x509::Certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

void SetNames(X509* x, const Forgery& f, X509* issuer) {
  AddName(X509_get_subject_name(x), "CN", f.subject);
  if (issuer != nullptr) {
    PARLEY_CHECK(X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1);
    return;
  }
  AddName(X509_get_issuer_name(x), "O", f.issuer_origin);
  AddName(X509_get_issuer_name(x), "CN", f.issuer);
}

void AddExtensions(X509* x, X509* issuer, const Forgery& f) {
  AddExtension(x, issuer, NID_basic_constraints, f.basic_constraints);
  AddExtension(x, issuer, NID_key_usage, f.key_usage);
  AddExtension(x, issuer, NID_ext_key_usage, f.extended_key_usage);
  AddExtension(x, issuer, NID_subject_alt_name, AltNames(f));
  if (f.with_key_ids) {
    AddExtension(x, issuer, NID_subject_key_identifier, "hash");
    AddExtension(x, issuer, NID_authority_key_identifier, "keyid:always");
  }
  if (!f.extra_extension.empty()) AddExtension(x, issuer, NID_netscape_comment, f.extra_extension);
}

}  // namespace

Bytes Forge(const Forgery& f, const PublicKey& subject_key, const SecretKey& signer) {
  const x509::Certificate certificate(X509_new());
  X509* const x = certificate.get();
  PARLEY_CHECK(X509_set_version(x, f.version - 1) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(x), f.negative_serial ? -7 : 7);
  ASN1_TIME_set(X509_getm_notBefore(x), static_cast<time_t>(ToInt(f.validity.not_before) / 1000));
  ASN1_TIME_set(X509_getm_notAfter(x), static_cast<time_t>(ToInt(f.validity.not_after) / 1000));
  const x509::Certificate issuer = f.issuer_der.empty() ? nullptr : Decoded(f.issuer_der);
  SetNames(x, f, issuer.get());
  PARLEY_CHECK(X509_set_pubkey(x, SubjectKey(f, subject_key).get()) == 1);
  if (f.version == 3) AddExtensions(x, issuer ? issuer.get() : x, f);
  const ByteSpan seed = signer.InsecureSeed();
  const x509::Key key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  PARLEY_CHECK(X509_sign(x, key.get(), nullptr) > 0);
  Bytes out(static_cast<size_t>(i2d_X509(x, nullptr)));
  uint8_t* at = out.data();
  i2d_X509(x, &at);
  return out;
}

}  // namespace parley::testing
