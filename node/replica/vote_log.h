#pragma once

// What consensus must not forget, on disk: own votes, certificates, slots, undelivered blocks and
// proofs of misbehaviour.
//
// One object for each epoch. Keys in Family::kVotes (integers big-endian):
//   'v' epoch view kind       own signed vote; for a range its last view, and its first one behind
//                             the kind
//   'c' epoch view kind       certificate, likewise
//   's' epoch view slot id    slot with its justification; kept for ever
//   'b' height block id       block that is not delivered
//   'e' epoch member kind view   proof of misbehaviour (ProofClaim in node/proofs/proof_check.h;
//                             those about cosignatures as well); kept for ever
//   'm'                       U64: how many votes this database has signed
// The count is in Family::kMeta as well, always in one batch with the vote: when the two differ,
// votes were lost, and a member that forgot a vote must not vote again.
//
// One thread (the replica's).

#include <map>
#include <string>
#include <vector>

#include "ledger/store/store.h"
#include "node/consensus/codec.h"
#include "node/consensus/core.h"

namespace parley::replica {

class VoteLog {
 public:
  VoteLog(const LedgerId& ledger, consensus::Epoch epoch) : ledger_(ledger), epoch_(epoch) {}

  // Reads what was written, as Restored has it but without the tip. DATA_LOSS names the key that is
  // damaged; votes_lost says that own votes are missing. Only of this epoch. `slots_from`: slots of
  // earlier views stay on disk.
  struct Contents {
    consensus::Restored restored;
    bool votes_lost = false;
  };
  StatusOr<Contents> Load(const store::Snapshot& snapshot, consensus::Application& parser,
                          consensus::View slots_from);

  void Write(const consensus::Persist& what, store::Store::Batch* batch);
  // The epoch's last block is in this batch: nothing of the epoch is needed any more but slots and
  // proofs. Later Writes of this epoch are dropped.
  void EndEpoch(store::Store::Batch* batch);
  // Own votes since the database was made.
  uint64_t signed_votes() const { return signed_votes_; }
  // Blocks up to this height are in the ledger now.
  void Delivered(consensus::Height height, store::Store::Batch* batch);

 private:
  Status LoadMarker(const store::Snapshot& snapshot, Contents* out);
  Status LoadOne(std::string_view key, std::string_view value, consensus::Application& parser,
                 consensus::Restored* out);
  void Put(const consensus::persist::MyVote& p, store::Store::Batch* batch);
  void Put(const consensus::persist::StoredSlot& p, store::Store::Batch* batch);
  void Put(const consensus::persist::StoredBlock& p, store::Store::Batch* batch);
  void Put(const consensus::persist::DroppedBlock& p, store::Store::Batch* batch);
  void Put(const consensus::persist::StoredCertificate& p, store::Store::Batch* batch);
  void Put(const consensus::persist::StoredEvidence& p, store::Store::Batch* batch);
  void Put(const consensus::persist::Prune& p, store::Store::Batch* batch);

  const LedgerId ledger_;
  const consensus::Epoch epoch_;
  uint64_t signed_votes_ = 0;
  bool ended_ = false;
  // What Prune and Delivered have to delete; point deletes are cheaper than ranges.
  std::multimap<consensus::View, std::string> by_view_;
  std::multimap<consensus::Height, std::string> blocks_;
};

}  // namespace parley::replica
