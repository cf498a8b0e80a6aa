#pragma once

// Inside crypto/ only: owners of OpenSSL objects, and the strict reading of one certificate that
// certificate.h's functions share. OpenSSL's headers stay behind this one.

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "crypto/certificate.h"

namespace parley::x509 {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using Name = std::unique_ptr<GENERAL_NAME, Deleter<GENERAL_NAME_free>>;
using Purposes = std::unique_ptr<EXTENDED_KEY_USAGE, Deleter<EXTENDED_KEY_USAGE_free>>;
using Constraints = std::unique_ptr<BASIC_CONSTRAINTS, Deleter<BASIC_CONSTRAINTS_free>>;
using Bits = std::unique_ptr<ASN1_BIT_STRING, Deleter<ASN1_BIT_STRING_free>>;
using Octets = std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Store = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;

inline constexpr std::string_view kCaScheme = "parley-ca://";

// A certificate of exactly the form that certificate.h makes. Signatures and dates are unchecked.
struct Parsed {
  Certificate certificate;
  CertificateInfo info;
};

// INVALID_ARGUMENT with the reason. Limits: limits::kCertificateBytesMax.
StatusOr<Parsed> Parse(ByteSpan der);

// Parse(), and that it is a self-signed CA certificate of that member.
StatusOr<Parsed> ParseCa(ByteSpan der, std::string_view origin, std::string_view member);

// The certificates of a PEM text in order, at most `count_max`. Strict: OpenSSL's own layout, no
// text between blocks, no other kinds of blocks.
StatusOr<std::vector<Bytes>> SplitPem(std::string_view pem, size_t count_max);

// OpenSSL's first queued error as text; empties the queue of this thread.
std::string TakeError();

}  // namespace parley::x509
