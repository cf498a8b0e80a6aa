#pragma once

// Verified votes, at most one per member and cell: a view and kind, for range votes the range.
// Never overwrites: a second vote of one member is either the same content or evidence. Votes are
// compared by signed content; a signer can make many valid Ed25519 signatures on one message.

#include <compare>
#include <map>
#include <optional>
#include <vector>

#include "node/consensus/certificates.h"
#include "node/consensus/messages.h"

namespace parley::consensus {

class Tally {
 public:
  explicit Tally(size_t members) : members_(members) {}

  // The member's vote in the cell that a vote like this one belongs to, or null. Valid until Prune.
  const SignedVote* Find(const Vote& like, MemberIndex member) const;
  // The member's vote of this kind, which is not the one of ranges, in this view, or null.
  const SignedVote* Find(View view, VoteKind kind, MemberIndex member) const;

  // Stores a verified vote unless its cell is taken.
  void Add(const SignedVote& vote);

  // How many members cast exactly this vote.
  size_t Count(const Vote& vote) const;

  // All signatures on this vote, in member order.
  Certificate MakeCertificate(const Vote& vote) const;

  // All votes of one view; a range belongs to its last view.
  std::vector<SignedVote> VotesOf(View view) const;

  // All votes that name this block, in any view.
  std::vector<SignedVote> VotesFor(const BlockId& block) const;

  // The member's votes that may contradict this one: those of the same view, and what stands
  // between finalizing a view and giving up a range that holds it.
  std::vector<const SignedVote*> Beside(const SignedVote& vote) const;

  // Forgets views below `view`.
  void Prune(View view);

  size_t size() const;

 private:
  struct Cell {
    View view{};
    VoteKind kind{};
    View first{};  // of a range
    friend auto operator<=>(const Cell&, const Cell&) = default;
  };
  using ByMember = std::vector<std::optional<SignedVote>>;
  static Cell CellOf(const Vote& vote) { return {vote.view, vote.kind, vote.first}; }

  size_t members_;
  std::map<Cell, ByMember> cells_;
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
