#pragma once

// Checking votes, certificates and justifications. Pure functions of their arguments: what one
// member accepts, every member and every later auditor accepts.

#include "base/status.h"
#include "node/consensus/committee.h"
#include "node/consensus/messages.h"
#include "node/consensus/signer.h"

namespace parley::consensus {

// Decides whether a vote was signed by the member it names. An interface so that the core can skip
// what it has verified before; that cache compares all bytes, signature included.
class VoteChecker {
 public:
  virtual ~VoteChecker() = default;
  virtual bool IsGenuine(const SignedVote& vote) = 0;
};

// Verifies every signature. Borrows both.
class SignatureChecker final : public VoteChecker {
 public:
  SignatureChecker(const Committee& committee, Verifier& verifier)
      : committee_(committee), verifier_(verifier) {}
  bool IsGenuine(const SignedVote& vote) override;

 private:
  const Committee& committee_;
  Verifier& verifier_;
};

// Ed25519 as in crypto/sign.h.
class Ed25519Verifier final : public Verifier {
 public:
  bool Verify(const PublicKey& key, ByteSpan message, const Signature& signature) override {
    return parley::Verify(key, message, signature);
  }
};

// A quorum of distinct members of this epoch signed this very vote, every signature valid.
// INVALID_ARGUMENT for shape, UNAUTHENTICATED for a signature.
Status VerifyCertificate(const Committee& committee, VoteChecker& checker,
                         const Certificate& certificate);

// The rule that carries safety: the parent is certified and every view between parent and slot is
// nullified. The slot must name this justification by its hash. Any failure is a fact about the
// slot's id, so a vote for such a slot is evidence (E5).
Status CheckStructure(const Committee& committee, VoteChecker& checker, const Slot& slot,
                      const Justification& justification);

}  // namespace parley::consensus
