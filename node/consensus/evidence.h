#pragma once

// Proofs of misbehaviour (E1 to E6 of docs/consensus.md): what makes one, how a stranger checks
// one, and a bounded collection. An honest member can never be named: it never signs both
// statements. A notarize vote followed or preceded by a nullify vote is legal and never evidence.

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "node/consensus/certificates.h"

namespace parley::consensus {

// The proof that two votes of one member make, or nothing when an honest member may cast both. Does
// not verify signatures. E1 and E2 are ordered by content, E3 is nullify first, E4 notarize first,
// so that each proof has one form.
std::optional<Evidence> MakeEvidence(const SignedVote& a, const SignedVote& b);

// Checks a proof with the member list alone, sharing no state with a running core.
// UNAUTHENTICATED when a signature does not verify, INVALID_ARGUMENT when no rule is broken. Of E6
// only the signature and the form are checked: that the block is the one the vote names and breaks
// a rule is for the application to say.
Status VerifyEvidence(const Committee& committee, Verifier& verifier, const Evidence& evidence);

// True for proofs that bear more than two votes: they can be made as large as one likes, up to what
// an entry holds.
constexpr bool IsLarge(EvidenceKind kind) {
  return kind == EvidenceKind::kBadJustification || kind == EvidenceKind::kBadBlock;
}

// Proofs held by a node: one per member, kind and view; of each member at most kEvidencePerKindMax
// of a small kind and kLargeEvidenceMax large ones, so that nobody fills the room for proofs
// against itself with something of its own choice.
class EvidenceBook {
 public:
  bool Contains(const Evidence& evidence) const;
  // False when it is known already, there is no room for it, or it is larger than an entry holds:
  // such a proof can never be entered, so nobody keeps it or passes it on.
  bool Add(const LedgerId& ledger_id, Evidence evidence);
  // There is no room for one more of this kind against this member.
  bool IsFull(MemberIndex member, EvidenceKind kind) const;
  const std::vector<Evidence>& all() const { return all_; }

 private:
  using Key = std::tuple<MemberIndex, EvidenceKind, View>;
  static Key KeyOf(const Evidence& e) { return {e.first.signer, e.kind, e.first.vote.view}; }

  // The large kinds share one place.
  static EvidenceKind PlaceOf(EvidenceKind kind) {
    return IsLarge(kind) ? EvidenceKind::kBadBlock : kind;
  }

  std::set<Key> keys_;
  std::map<std::pair<MemberIndex, EvidenceKind>, size_t> counts_;
  std::map<MemberIndex, size_t> bytes_;
  std::vector<Evidence> all_;
};

}  // namespace parley::consensus
