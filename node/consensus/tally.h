#pragma once

// Verified votes, at most one per (view, kind, member). Never overwrites: a second vote of one
// member is either the same content or evidence. Votes are compared by signed content; a signer can
// make many valid Ed25519 signatures on one message.

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "node/consensus/certificates.h"
#include "node/consensus/messages.h"

namespace parley::consensus {

class Tally {
 public:
  explicit Tally(size_t members) : members_(members) {}

  // The member's vote of this kind in this view, or null. Valid until Prune.
  const SignedVote* Find(View view, VoteKind kind, MemberIndex member) const;

  // Stores a verified vote unless its cell is taken.
  void Add(const SignedVote& vote);

  // How many members cast exactly this vote.
  size_t Count(const Vote& vote) const;

  // All signatures on this vote, in member order.
  Certificate MakeCertificate(const Vote& vote) const;

  // All votes of one view.
  std::vector<SignedVote> VotesOf(View view) const;

  // All votes that name this block, in any view.
  std::vector<SignedVote> VotesFor(const BlockId& block) const;

  // Forgets views below `view`.
  void Prune(View view);

  size_t size() const;

 private:
  using Cells = std::array<std::vector<std::optional<SignedVote>>, 3>;  // by kind, by member

  size_t members_;
  std::map<View, Cells> views_;
};

// Accepts byte-identical known votes without work and verifies all others. Borrows both.
class CachingChecker final : public VoteChecker {
 public:
  CachingChecker(const Tally& tally, VoteChecker& checker) : tally_(tally), checker_(checker) {}
  bool IsGenuine(const SignedVote& vote) override;

 private:
  const Tally& tally_;
  VoteChecker& checker_;
};

}  // namespace parley::consensus
