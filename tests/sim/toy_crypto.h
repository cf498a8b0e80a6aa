#pragma once

// Fast stand-ins for Ed25519 in the simulator: a signature is a keyed SipHash-2-4 of the message
// under the member's secret, which the verifier knows. Unforgeable for code that does not call
// Sign, which is all a simulation needs.

#include <map>
#include <vector>

#include "node/consensus/signer.h"

namespace parley::sim {

uint64_t SipHash24(uint64_t k0, uint64_t k1, ByteSpan message);

// The public key of machine `index`, of its first or a later generation, in every simulation.
PublicKey ToyKey(size_t index, uint64_t generation = 0);
std::vector<PublicKey> ToyKeys(size_t n);

class ToySigner final : public consensus::Signer {
 public:
  explicit ToySigner(size_t index, uint64_t generation = 0) : key_(ToyKey(index, generation)) {}
  Signature Sign(ByteSpan message) override;

 private:
  PublicKey key_;
};

class ToyVerifier final : public consensus::Verifier {
 public:
  bool Verify(const PublicKey& key, ByteSpan message, const Signature& signature) override;
};

}  // namespace parley::sim
