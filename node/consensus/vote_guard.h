#pragma once

// VoteGuard is the only caller of the private key. It decides, from what this member signed before
// and nothing else, whether one more vote is allowed:
//   notarize  once per view, only in the current view, before nullify and finalize
//   nullify   once, only in the current view, unless finalize was cast
//   finalize  unless the view was nullified, by itself or in a range, once, and only the slot that
//             was notarized (if any was)
//   range     views behind the current one, in none of which finalize was cast
// and never in a view at or below the last final one, whose votes may have been pruned.
//
// What each rule is good for, with at most f members who break it (docs/model.md leaves them out
// one at a time):
//   - One notarize: two quorums in a view share an honest member, so at most one slot is notarized.
//   - Not both nullify and finalize, singly or by a range: no view is nullified and final, so
//     nothing skips what is final.
//   - Finalize only what was notarized: not needed for safety; it makes a fork name its makers.
// The guard does not look at what a slot says. That its parent is notarized and every view skipped
// is nullified, that its block obeys the rules, and that a slot is finalized only when a quorum has
// notarized it: safety rests on these too, and the core checks them before it asks (core_content,
// TryFinalize). Nor does the guard know what it signed before its memory begins: Restore brings
// that back from disk, and Pause holds everything until the others have been asked.

#include <map>
#include <optional>

#include "node/consensus/core.h"
#include "node/consensus/ranges.h"

namespace parley::consensus {

// What this member signed in one view.
struct Cast {
  std::optional<SignedVote> notarize;
  std::optional<SignedVote> nullify;
  std::optional<SignedVote> finalize;
  bool any() const { return notarize || nullify || finalize; }
};

class VoteGuard {
 public:
  // Borrows the signer.
  VoteGuard(const LedgerId& ledger_id, Epoch epoch, MemberIndex self, Signer& signer)
      : ledger_id_(ledger_id), epoch_(epoch), self_(self), signer_(signer) {}

  // Takes back a vote read from disk. FAILED_PRECONDITION when it is not this member's or
  // contradicts another: then nothing may be signed with this key again.
  Status Restore(const SignedVote& vote);

  // Signs or refuses. The caller must persist the result before it leaves the process.
  std::optional<SignedVote> Sign(const Vote& vote, View current, View last_final);

  // Refuses everything from now on.
  void Disable() { disabled_ = true; }
  // Refuses everything until Resume().
  void Pause() { paused_ = true; }
  void Resume() { paused_ = false; }
  bool enabled() const { return !disabled_ && !paused_; }
  bool disabled() const { return disabled_; }

  // Never null: an empty Cast when nothing was signed in the view.
  const Cast& Of(View view) const;
  bool Knows(const Vote& vote) const;  // true when this very vote was cast
  bool HasGivenUp(View view) const;    // true when a range vote gave this view up

  const std::map<View, Cast>& all() const { return cast_; }
  // Range votes, by their views: those that end first come first.
  std::vector<const SignedVote*> ranges() const;

  // Forgets views up to and including `through`, which must be final.
  void Prune(View through);

  // The rules of one view, whatever the view: may this vote follow those?
  static bool Allows(const Cast& cast, const Vote& vote);

 private:
  static std::optional<SignedVote>& CellOf(Cast& cast, VoteKind kind);
  Status RestoreRange(const SignedVote& vote);
  bool AllowsRange(const Vote& vote) const;
  bool MayCast(const Vote& vote, View current) const;

  LedgerId ledger_id_;
  Epoch epoch_;
  MemberIndex self_;
  Signer& signer_;
  bool disabled_ = false;
  bool paused_ = false;
  std::map<View, Cast> cast_;
  std::map<std::pair<View, View>, SignedVote> ranges_;  // by last and first view
};

}  // namespace parley::consensus
