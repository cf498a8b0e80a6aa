#pragma once

// Validities of the certificates that the CLI makes, in one place.

#include <string>

#include "base/time.h"
#include "crypto/certificate.h"

namespace parley::cli {

inline constexpr int kCaYears = 20;   // longer than an accord is expected to be in force
inline constexpr int kLeafYears = 5;  // nodes, officers, auditors

// An hour ago: other machines' clocks may be behind.
TimeMs CertificateStart();

// A certificate from now on for `years` (1 to kCaYears), cut to the CA's own validity.
StatusOr<std::string> IssueLeaf(const SecretKey& ca_key, ByteSpan ca_der, const PublicKey& subject,
                                const Identity& identity, int years);

}  // namespace parley::cli
