#include <sodium.h>

#include <array>

#include "base/limits.h"
#include "crypto/certificate.h"
#include "crypto/x509_internal.h"

namespace parley {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----\n";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";
constexpr size_t kLineDigits = 64;

// RFC 8410 section 7: the PKCS#8 structure in front of an Ed25519 seed; all of it is constant.
constexpr std::array<uint8_t, 16> kPkcs8Head = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

Status BadPem(const std::string& why) {
  return InvalidArgument(fmt::format("certificate PEM: {}", why));
}

// Takes one block off the front of rest. Every line but the last is full, as OpenSSL writes them.
StatusOr<Bytes> TakeBlock(std::string_view& rest) {
  if (!rest.starts_with(kBegin)) return BadPem("want '-----BEGIN CERTIFICATE-----'");
  rest.remove_prefix(kBegin.size());
  std::string digits;
  bool full = true;
  while (!rest.starts_with(kEnd)) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return BadPem("want '-----END CERTIFICATE-----'");
    if (!full || end == 0 || end > kLineDigits) return BadPem("want lines of 64 base64 digits");
    full = end == kLineDigits;
    digits += rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  rest.remove_prefix(kEnd.size());
  return Base64Decode(digits);
}

}  // namespace

StatusOr<std::vector<Bytes>> x509::SplitPem(std::string_view pem, size_t count_max) {
  if (pem.size() > limits::kCertificateChainBytesMax)
    return BadPem(fmt::format("{} bytes are over the limit of {}", pem.size(),
                              limits::kCertificateChainBytesMax));
  if (pem.empty()) return BadPem("is empty");
  std::vector<Bytes> out;
  while (!pem.empty()) {
    if (out.size() == count_max) return BadPem(fmt::format("more than {} blocks", count_max));
    ASSIGN_OR_RETURN(Bytes der, TakeBlock(pem), "certificate {}", out.size() + 1);
    out.push_back(std::move(der));
  }
  return out;
}

std::string CertificatePem(ByteSpan der) {
  const std::string digits = Base64Encode(der);
  std::string out(kBegin);
  for (size_t i = 0; i < digits.size(); i += kLineDigits)
    out += digits.substr(i, kLineDigits) + "\n";
  return out += kEnd;
}

StatusOr<Bytes> CertificateDer(std::string_view pem) {
  ASSIGN_OR_RETURN(std::vector<Bytes> blocks, x509::SplitPem(pem, 1));
  return std::move(blocks[0]);
}

std::string PrivateKeyPem(const SecretKey& key) {
  std::array<uint8_t, kPkcs8Head.size() + 32> der{};
  const ByteSpan seed = key.InsecureSeed();
  std::copy(kPkcs8Head.begin(), kPkcs8Head.end(), der.begin());
  std::copy(seed.begin(), seed.end(), der.begin() + kPkcs8Head.size());
  std::string digits = Base64Encode(der);
  std::string out =
      fmt::format("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", digits);
  sodium_memzero(der.data(), der.size());
  WipeString(digits);
  return out;
}

void WipeString(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace parley
