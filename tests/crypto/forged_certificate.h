#pragma once

// Makes certificates that our own code never would, to show that they are refused. Starts from what
// IssueCertificate makes and lets a test spoil one thing at a time.

#include <string>
#include <vector>

#include "crypto/certificate.h"

namespace parley::testing {

struct Forgery {
  std::vector<std::string> uris;
  std::vector<std::string> dns;
  std::vector<std::string> emails;
  std::string subject = "leaf";
  std::string issuer = "north CA";  // common name; must be the signer's to be a chain
  std::string issuer_origin = "parley.example/istanbul-2025";
  Bytes issuer_der;                                     // taken as issuer instead when not empty
  std::string basic_constraints = "critical,CA:FALSE";  // OpenSSL's words; empty: leave out
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage = "clientAuth";
  std::string extra_extension;  // "2.5.29.54=..." left out when empty
  int version = 3;
  bool negative_serial = false;
  bool with_key_ids = true;     // subject and authority key identifiers
  bool ec_subject_key = false;  // a P-256 key instead of subject_key
  Validity validity;
};

// DER, signed by the signer with the issuer's name. Aborts the test program when OpenSSL fails.
Bytes Forge(const Forgery& f, const PublicKey& subject_key, const SecretKey& signer);

}  // namespace parley::testing
