// The verifier of peer certificates, and the readers behind it. The CA's secret key is not in any
// corpus file: an accepted chain must be one of the certificates made here.

#include <algorithm>

#include "crypto/certificate.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using parley::Bytes;

constexpr const char* kOrigin = "parley.example/fuzz";
const parley::TimeMs kNow = static_cast<parley::TimeMs>(1'764'547'200'000);  // 2025-12-01

// North's CA: from seed 32 x 01, as the corpus was made with.
const Bytes& NorthCa() {
  static const Bytes ca =
      parley::MakeCaCertificate(parley::SecretKey::FromSeed(Bytes(32, 1)).value(), kOrigin, "north",
                                static_cast<parley::TimeMs>(1'735'689'600'000), 10)
          .value();
  return ca;
}

void CheckDer(parley::ByteSpan der) {
  const auto info = parley::InspectCertificate(der);
  if (!info.ok()) return;
  if (info->is_ca == info->identity.has_value()) __builtin_trap();
  if (parley::CertificateDer(parley::CertificatePem(der)).value() != Bytes(der.begin(), der.end()))
    __builtin_trap();
}

}  // namespace

FUZZ_TARGET(peer_chain) {
  CheckDer({data, size});
  const std::string_view text = parley::AsText({data, size});
  const auto der = parley::CertificateDer(text);
  if (der.ok()) {
    if (parley::CertificatePem(*der) != text) __builtin_trap();
    CheckDer(*der);
  }
  const auto find = [](std::string_view member) {
    return member == "north" ? &NorthCa() : nullptr;
  };
  for (const std::string& pem :
       {std::string(text), parley::CertificatePem({data, std::min<size_t>(size, 5000)})}) {
    const auto who = parley::VerifyPeerChain(pem, find, kOrigin, kNow);
    if (who.ok() && (who->member != "north" || who->origin != kOrigin)) __builtin_trap();
    if (!who.ok() && who.status().code() != absl::StatusCode::kUnauthenticated) __builtin_trap();
  }
  return 0;
}
