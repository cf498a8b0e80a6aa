#include "crypto/sign.h"

#include <sodium.h>

#include "base/check.h"

namespace parley {

static_assert(crypto_sign_PUBLICKEYBYTES == PublicKey::kSize);
static_assert(crypto_sign_BYTES == Signature::kSize);

void InitCrypto() { PARLEY_CHECK(sodium_init() >= 0); }

KeyId KeyIdOf(const PublicKey& key) {
  const auto digest = Sha256Raw(key.bytes());
  std::array<uint8_t, KeyId::kSize> id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return KeyId(id);
}

std::string FingerprintOf(ByteSpan bytes) {
  const std::string hex = Sha256(bytes).ToHex();
  std::string out;
  for (size_t i = 0; i < 32; i += 4) out += (i == 0 ? "" : "-") + hex.substr(i, 4);
  return out;
}

std::string FingerprintOf(const PublicKey& key) { return FingerprintOf(ByteSpan(key.bytes())); }

bool Verify(const PublicKey& key, ByteSpan message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes().data(), message.data(), message.size(),
                                     key.bytes().data()) == 0;
}

void SecretKey::SodiumFree::operator()(uint8_t* p) const { sodium_free(p); }

SecretKey SecretKey::FromGuardedSeed(const uint8_t* seed) {
  Guarded secret(static_cast<uint8_t*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)));
  PARLEY_CHECK(secret != nullptr);
  std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> key{};
  PARLEY_CHECK(crypto_sign_seed_keypair(key.data(), secret.get(), seed) == 0);
  PARLEY_CHECK(sodium_mprotect_readonly(secret.get()) == 0);
  return SecretKey(std::move(secret), PublicKey(key));
}

SecretKey SecretKey::Generate() {
  Guarded seed(static_cast<uint8_t*>(sodium_malloc(crypto_sign_SEEDBYTES)));
  PARLEY_CHECK(seed != nullptr);
  randombytes_buf(seed.get(), crypto_sign_SEEDBYTES);
  return FromGuardedSeed(seed.get());
}

StatusOr<SecretKey> SecretKey::FromSeed(ByteSpan seed) {
  if (seed.size() != crypto_sign_SEEDBYTES)
    return InvalidArgument(
        fmt::format("key seed: want {} bytes, got {}", crypto_sign_SEEDBYTES, seed.size()));
  return FromGuardedSeed(seed.data());
}

Signature SecretKey::Sign(ByteSpan message) const {
  std::array<uint8_t, Signature::kSize> out{};
  PARLEY_CHECK(crypto_sign_detached(out.data(), nullptr, message.data(), message.size(),
                                    secret_.get()) == 0);
  return Signature(out);
}

ByteSpan SecretKey::InsecureSeed() const { return {secret_.get(), crypto_sign_SEEDBYTES}; }

Bytes RandomBytes(size_t size) {
  Bytes out(size);
  if (!out.empty()) randombytes_buf(out.data(), out.size());  // it must not be given null
  return out;
}

}  // namespace parley
