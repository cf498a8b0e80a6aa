#pragma once

// Cosigning: after a block is durable this member signs the new checkpoint and sends the line to
// all; q lines of distinct members make a checkpoint that stands alone. Members deliver the same
// blocks, so signing the state after each of them makes all members' lines meet at the same sizes.
//
// The guard: (size, root, time) of the newest line is durable before the line leaves, sizes never
// go back, and no size is ever signed with two roots. Signing is therefore in two steps: Prepare
// writes into the batch, TakeLines signs once that batch is committed.
//
// Who counts at a size is decided by the charter in force there: SetCharter begins anew with the
// members of a later charter, whose first size is that of the block which adopted it.
//
// One thread (the replica's).

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "ledger/note/cosignature.h"
#include "ledger/rules/charter.h"
#include "ledger/store/ledger_store.h"
#include "node/consensus/types.h"
#include "node/proofs/cosigner_proof.h"

namespace parley::replica {

class Cosigner {
 public:
  // Sizes that are open for lines of others, and lines for sizes we do not have, per member.
  static constexpr size_t kRoundsMax = 256;
  static constexpr size_t kEarlyPerMemberMax = 16;
  // Refused heads kept in full, per member.
  static constexpr size_t kRefusedPerMemberMax = 64;

  struct PeerHead {
    uint64_t size = 0;  // newest it has signed here
    TimeMs time{};
  };

  // Who cosigns under a charter. Without a key this node takes others' lines and signs none.
  struct Members {
    std::shared_ptr<const rules::Charter> charter;  // shared with whoever serves it
    std::optional<size_t> self;                     // nothing: not a member
    const SecretKey* key = nullptr;                 // borrowed
  };
  // Reads the guard and the newest checkpoint back. FAILED_PRECONDITION when the database's ledger
  // contradicts what was signed before.
  static StatusOr<Cosigner> Create(Members members,
                                   std::shared_ptr<const store::Snapshot> snapshot);

  // A later charter is in force from the ledger's newest size on. What was open for earlier sizes
  // is given up: the newest checkpoint covers them.
  void SetCharter(Members members);

  // These heads are final; they become durable with the batch, and so does the promise to sign the
  // last of them and none below. Ascending.
  struct Head {
    uint64_t size = 0;
    Hash root;
  };
  void Prepare(std::vector<Head> heads, TimeMs now, store::Store::Batch* batch);
  // The newest head once more, with the present time. Nothing when there is none.
  void PrepareAgain(TimeMs now, store::Store::Batch* batch);
  // This head is final, but this node is still behind others and signs nothing yet. It takes the
  // others' lines all the same.
  void Skip(const Head& head, store::Store::Batch* batch) {
    newest_ = head;
    OpenRound(head, batch);
  }
  // After that batch is committed: notes with our line, to be sent to all members.
  std::vector<std::string> TakeLines();
  // The newest of them again, for a member that was away. Empty when nothing was signed.
  const std::string& newest_line() const { return newest_line_; }

  // A note from a member. INVALID_ARGUMENT or UNAUTHENTICATED when it is not what it should be.
  // Another root than ours at a size we have makes an alarm, and the note is kept in full.
  Status Take(const std::string& note, const std::shared_ptr<const store::Snapshot>& snapshot,
              store::Store::Batch* batch);
  // Notes that show another history, once each: others may hold what makes a proof of them.
  std::vector<std::string> TakeRefused() { return std::exchange(refused_notes_, {}); }
  // Proofs (node/proofs/cosigner_proof.h) against members that have also cosigned our history at
  // that size or a greater one that is committed in the snapshot; one for each member and charter.
  std::vector<std::string> TakeProofs(const std::shared_ptr<const store::Snapshot>& snapshot);
  // What operators must know, once each.
  std::vector<std::string> TakeAlarms() { return std::exchange(alarms_, {}); }

  // Puts what has come together into the batch: the newest checkpoint with a quorum and later lines
  // for it. True when something was put. Lines beyond the quorum are not worth a write of their
  // own; they can wait for the next batch.
  bool Publish(store::Store::Batch* batch);
  // False for who is no member or lacks the key that the charter names.
  bool signs() const { return MaySign(); }
  bool HasQuorumUnpublished() const { return quorum_size_ > published_size_; }
  bool HasLaterLines() const { return more_lines_; }
  uint64_t published_size() const { return published_size_; }
  const std::vector<PeerHead>& peers() const { return peers_; }

 private:
  struct Last {
    uint64_t size = 0;
    Hash root;
    TimeMs time{};
  };
  struct Round {
    note::Checkpoint checkpoint;
    std::map<size_t, note::SignatureLine> lines;  // by member, verified
    std::map<size_t, note::UnixSeconds> times;
  };
  Cosigner() = default;

  Status LoadGuard(store::LedgerReader& reader);
  Status LoadRefused(const store::LedgerReader& reader);
  Status LoadCheckpoint(const store::LedgerReader& reader);
  bool MaySign() const { return members_.self.has_value() && members_.key != nullptr; }
  // Opens a size for lines and takes those that came early.
  Round& OpenRound(const Head& head, store::Store::Batch* batch);
  // A verified line for a size that is open.
  void AddLine(Round* round, size_t member, const note::SignatureLine& line,
               note::UnixSeconds time);
  // Takes the verified line of one member out of a note.
  Status TakeLine(size_t member, const note::SignatureLine& line, const note::CosignedCheckpoint& c,
                  const std::shared_ptr<const store::Snapshot>& snapshot,
                  store::Store::Batch* batch);
  void Refuse(size_t member, const note::CosignedCheckpoint& theirs, const Hash& ours,
              store::Store::Batch* batch);
  void WriteGuard(store::Store::Batch* batch) const;
  // Remembers a refused head; false when it is known.
  bool NoteRefused(size_t member, const note::CosignedCheckpoint& theirs);
  // Nothing when the snapshot or the lines at hand do not make one.
  std::optional<proofs::CosignerProof> ProofAgainst(
      size_t member, const note::CosignedCheckpoint& bad,
      const std::shared_ptr<const store::Snapshot>& snapshot);
  // The checkpoint of a round with this member's line alone.
  std::string NoteOf(size_t member, const Round& round) const;

  Members members_;
  std::vector<note::VerifierKey> keys_;  // by member
  Last last_;                            // newest that may have left
  Head newest_;                          // newest that is final here
  std::vector<Head> prepared_;           // signed once the batch is committed
  std::string newest_line_;
  std::map<uint64_t, Round> rounds_;
  std::vector<std::map<uint64_t, note::CosignedCheckpoint>> early_;  // by member: size -> note
  std::vector<PeerHead> peers_;
  // Of a member: heads of another history that are kept, and whether a proof was made.
  struct Suspect {
    std::map<std::pair<uint64_t, Hash>, note::CosignedCheckpoint> heads;
    bool proven = false;
  };
  std::vector<Suspect> suspects_;           // by member
  std::vector<std::string> refused_notes_;  // to be handed on
  std::vector<std::string> alarms_;
  uint64_t quorum_size_ = 0;     // greatest size with a quorum
  uint64_t published_size_ = 0;  // greatest size in the batch or in the store
  bool more_lines_ = false;      // of the published size
};

}  // namespace parley::replica
