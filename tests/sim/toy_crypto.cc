#include "tests/sim/toy_crypto.h"

#include <bit>

namespace parley::sim {
namespace {

uint64_t Load(ByteSpan b, size_t at, size_t size) {
  uint64_t v = 0;
  for (size_t i = 0; i < size; ++i) v |= static_cast<uint64_t>(b[at + i]) << (8 * i);
  return v;
}

Signature Mac(const PublicKey& key, ByteSpan message) {
  const uint64_t k0 = Load(key.bytes(), 0, 8);
  const uint64_t mac = SipHash24(k0, 0x7061726c65790000ULL, message);
  std::array<uint8_t, Signature::kSize> out{};
  for (size_t i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(mac >> (8 * i));
  return Signature(out);
}

}  // namespace

uint64_t SipHash24(uint64_t k0, uint64_t k1, ByteSpan message) {
  uint64_t v0 = k0 ^ 0x736f6d6570736575ULL, v1 = k1 ^ 0x646f72616e646f6dULL;
  uint64_t v2 = k0 ^ 0x6c7967656e657261ULL, v3 = k1 ^ 0x7465646279746573ULL;
  const auto rounds = [&](int n) {
    for (int i = 0; i < n; ++i) {
      v0 += v1;
      v1 = std::rotl(v1, 13);
      v1 ^= v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16);
      v3 ^= v2;
      v0 += v3;
      v3 = std::rotl(v3, 21);
      v3 ^= v0;
      v2 += v1;
      v1 = std::rotl(v1, 17);
      v1 ^= v2;
      v2 = std::rotl(v2, 32);
    }
  };
  const size_t whole = message.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    const uint64_t m = Load(message, i, 8);
    v3 ^= m;
    rounds(2);
    v0 ^= m;
  }
  const uint64_t last =
      static_cast<uint64_t>(message.size()) << 56 | Load(message, whole, message.size() - whole);
  v3 ^= last;
  rounds(2);
  v0 ^= last;
  v2 ^= 0xff;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

PublicKey ToyKey(size_t index, uint64_t generation) {
  std::array<uint8_t, PublicKey::kSize> out{};
  out[0] = static_cast<uint8_t>(index + 1);
  out[1] = static_cast<uint8_t>(generation);
  out[31] = 0x5a;
  return PublicKey(out);
}

std::vector<PublicKey> ToyKeys(size_t n) {
  std::vector<PublicKey> out;
  for (size_t i = 0; i < n; ++i) out.push_back(ToyKey(i));
  return out;
}

Signature ToySigner::Sign(ByteSpan message) { return Mac(key_, message); }

bool ToyVerifier::Verify(const PublicKey& key, ByteSpan message, const Signature& signature) {
  return Mac(key, message) == signature;
}

}  // namespace parley::sim
