#pragma once

// Proofs of misbehaviour on the ledger: two statements signed by one member that an honest member
// never signs both, or one that it never signs at all. A proof is anybody's to bring, because it
// proves itself; so it is no record, but part of a block like the lapses, and its entry is an
// event.
//
// What the statements look like is the business of consensus and of cosigning, which this folder
// does not know: a ProofCheck is given to the Executor. What the ledger adds is order: each proof
// once, at most limits::kProofsPerMemberMax of a kind for a member and epoch (of the kinds that can
// be large, E5 and E6, limits::kLargeProofsPerMemberMax).
//
// A proof has no consequence by itself. What follows from it is for the parties to decide.

#include <functional>
#include <memory>
#include <string>

#include "ledger/rules/charter_book.h"
#include "ledger/rules/workspace.h"

namespace parley::rules {

// What the proofs of an epoch are checked with.
struct EpochFacts {
  std::shared_ptr<const Charter> charter;
  BlockId first_block;  // genesis, later the seal that ended the epoch before
  uint64_t first_height = 0;
};
// NOT_FOUND when there was no such epoch up to now.
using EpochLookup = std::function<StatusOr<EpochFacts>(uint64_t epoch)>;

// What a proof shows.
struct Misbehaviour {
  uint64_t epoch = 0;
  std::string member;
  std::string kind;     // "E1" to "E6", "C1", "C2": docs/consensus.md, "Proofs of misbehaviour"
  uint64_t number = 0;  // the view; for C1 and C2 the size of the checkpoint
  std::string block;  // E6: the block that was voted for, its id checked; whether it breaks a rule
                      // is for its execution to say

  // Its place in the state. C1 and C2 count once for a member and epoch, whatever the size.
  std::string StateKey() const;
};

// Checks the proof's own bytes. INVALID_ARGUMENT when it proves nothing, UNAUTHENTICATED when a
// signature does not verify, or the lookup's error. A pure function; thread-safe.
using ProofCheck =
    std::function<StatusOr<Misbehaviour>(const LedgerId&, std::string_view, const EpochLookup&)>;

// Called once for every block: the first block of an epoch notes which block it follows, because
// proofs speak of that block and no state can hold the id of its own.
Status NoteEpoch(const Charter& charter, const BlockId& parent, uint64_t parent_height,
                 Workspace* state);

// Looks up an epoch in this state. Borrows both.
EpochLookup EpochsIn(const CharterBook& book, const StateView& state);

// ALREADY_EXISTS when the state has this proof, RESOURCE_EXHAUSTED when the member's share for the
// epoch is used up.
Status CheckNewProof(const StateView& state, const Misbehaviour& proven);
// `index`: of the entry that holds it.
Status PutProof(const Misbehaviour& proven, uint64_t index, Workspace* state);

}  // namespace parley::rules
