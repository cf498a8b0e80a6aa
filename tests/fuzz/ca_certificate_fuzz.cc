// Certificates in DER, as charters carry them: no input crashes the parser, and what passes as a
// member's CA is one by its own words too.

#include "base/limits.h"
#include "crypto/certificate.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(ca_certificate) {
  const parley::ByteSpan der(data, size);
  const auto info = parley::InspectCertificate(der);
  const auto ca =
      parley::CheckCaCertificate(der, "parley.example/istanbul-2025", /*member=*/"north");
  if (ca.ok()) {
    if (!info.ok() || !info->is_ca || info->ca_member != "north") __builtin_trap();
    if (info->ca_origin != "parley.example/istanbul-2025") __builtin_trap();
    if (size > parley::limits::kCertificateBytesMax) __builtin_trap();
  }
  // A certificate has one text form, and it leads back to the same bytes.
  if (info.ok()) {
    const auto again = parley::CertificateDer(parley::CertificatePem(der));
    if (!again.ok() || *again != parley::Bytes(data, data + size)) __builtin_trap();
    if (info->is_ca == info->identity.has_value()) __builtin_trap();
  }
  parley::CertificateDer(parley::AsText(der)).status().IgnoreError();
  return 0;
}
