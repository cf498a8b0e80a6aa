#pragma once

// Signing and verifying as consensus sees it: real keys in a node, a fast stand-in in the
// simulator.

#include "crypto/bytes.h"
#include "crypto/sign.h"

namespace parley::consensus {

// Signs with the member's node key. Only VoteGuard calls it.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual Signature Sign(ByteSpan message) = 0;
};

// Ed25519 in production; the simulator has a fast stand-in. Deterministic.
class Verifier {
 public:
  virtual ~Verifier() = default;
  virtual bool Verify(const PublicKey& key, ByteSpan message, const Signature& signature) = 0;
};

}  // namespace parley::consensus
