#pragma once

// Ed25519 (RFC 8032) by libsodium. One key, one purpose; whoever signs names the domain in the
// message itself: messages begin with their domain and ledger id (crypto/encoding.h), with the DSSE
// type, or with the C2SP header. See the table of domains in docs/formats.md.
//
// A signature is valid exactly when crypto_sign_verify_detached of libsodium says so (small-order
// and non-canonical values refused), everywhere, with no batch verifier: a certificate must be
// valid for everyone or for no one.

#include <memory>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace parley {

struct PublicKeyTag {
  static constexpr std::string_view kName = "public key";
};
struct SignatureTag {
  static constexpr std::string_view kName = "signature";
};
struct KeyIdTag {
  static constexpr std::string_view kName = "key id";
};
using PublicKey = FixedBytes<PublicKeyTag, 32>;
using Signature = FixedBytes<SignatureTag, 64>;
using KeyId = FixedBytes<KeyIdTag, 8>;  // first 8 bytes of SHA-256 of the public key

KeyId KeyIdOf(const PublicKey& key);

// "ab12-cd34-...": eight groups of four hex digits of SHA-256(key), for people to compare aloud.
std::string FingerprintOf(const PublicKey& key);
std::string FingerprintOf(ByteSpan bytes);

// True exactly when the signature verifies. Thread-safe.
bool Verify(const PublicKey& key, ByteSpan message, const Signature& signature);

// Must be called once before anything else in this folder is used; aborts when libsodium fails.
void InitCrypto();

// An Ed25519 secret key in guarded memory (sodium_malloc, read-only, wiped when freed). Move-only,
// never printed or compared. Signing is thread-safe.
class SecretKey {
 public:
  static SecretKey Generate();
  // From the 32-byte seed of RFC 8032.
  static StatusOr<SecretKey> FromSeed(ByteSpan seed);

  SecretKey(SecretKey&&) noexcept = default;
  SecretKey& operator=(SecretKey&&) noexcept = default;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  const PublicKey& public_key() const { return public_key_; }
  Signature Sign(ByteSpan message) const;

  // The 32-byte seed, for writing key files and TLS keys only: grep for this name to find every
  // place that touches a secret. Valid while the key lives.
  ByteSpan InsecureSeed() const;

 private:
  struct SodiumFree {
    void operator()(uint8_t* p) const;
  };
  using Guarded = std::unique_ptr<uint8_t[], SodiumFree>;
  SecretKey(Guarded secret, const PublicKey& key) : secret_(std::move(secret)), public_key_(key) {}
  static SecretKey FromGuardedSeed(const uint8_t* seed);

  Guarded secret_;  // 64 bytes: seed || public key, as libsodium keeps it
  PublicKey public_key_;
};

// Fills with bytes from the operating system's generator.
Bytes RandomBytes(size_t size);

}  // namespace parley
