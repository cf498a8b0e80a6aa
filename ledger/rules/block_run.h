#pragma once

// One block being made: lapses first, then proofs of misbehaviour, then records one by one. What is
// refused leaves no trace. A
// record that completes the consent to a new charter is the last one: the entry that adopts the
// charter follows it and seals the block.

#include <string>
#include <vector>

#include "ledger/rules/apply.h"
#include "ledger/rules/executor.h"
#include "ledger/rules/workspace.h"
#include "parley/v1/entry.pb.h"

namespace parley::rules {

// What is the same for all blocks. Borrowed.
struct RunRules {
  const CharterBook& book;
  const SignatureCheck& verify;
  const ProofCheck& proofs;
  // Executor::BreaksRules on the run's parent.
  std::function<StatusOr<bool>(std::string_view block)> breaks_rules;
};

// Borrows everything but the rules. Not thread-safe; for one block.
class BlockRun {
 public:
  BlockRun(const Charter& charter, RunRules rules, const LedgerTip& parent, const StateView& state,
           TimeMs time);

  // What every block begins with: a note of its epoch's first block, and the oldest obligations due
  // at or before the block's time, at most limits::kBlockLapsesMax. The rest waits for the next
  // block, and so does what falls due through these lapses: thousands of deadlines at one hour are
  // entered in portions, in linear time, and other records in between. Nobody gains by a lapse that
  // waits: see Add.
  Status Begin();
  // The same for a trial of one record: of the lapses only those of the cases that it concerns, so
  // that it costs the same whatever else is due.
  Status BeginFor(const record::ParsedRecord& record);
  // The same for a trial of one proof, which concerns no case.
  Status BeginForProof();
  // Before any record. Errors are those of Executor::CheckProof.
  Status AddProof(const std::string& proof);
  // RESOURCE_EXHAUSTED when the block is full; ABORTED when the record has to wait until a lapse in
  // its case stands, which is due and not entered yet; any other error refuses this record.
  Status Add(record::ParsedRecord record);
  // Entry 0, with the founding keys.
  Status AddGenesis();

  size_t entry_count() const { return out_.entries.size(); }
  // Header, digests and tip. The run is spent afterwards.
  ExecutedBlock Finish() &&;

 private:
  uint64_t NextIndex() const { return parent_.size + out_.entries.size(); }
  Status NoteEpochStart();
  Status RunLapse(const v1::ObligationState& obligation);
  Status CheckNothingIsDue(const record::ParsedRecord& record) const;
  Status CheckProofRoom(const std::string& proof) const;
  // Fills in index, previous, height and time, and appends the entry to chain and tree.
  Status AppendEntry(v1::Entry entry, const CaseLink& link);
  Status CheckRoom(const record::ParsedRecord& record) const;
  // After a record was entered: the entry of the charter that it brought into force, if it did.
  Status AddAdoption();

  const Charter& charter_;
  const RunRules rules_;
  const LedgerTip& parent_;
  const TimeMs time_;
  const uint64_t height_;
  Workspace block_;
  EntryHash last_entry_;
  merkle::Frontier tree_;
  size_t block_bytes_;
  ExecutedBlock out_;
};

}  // namespace parley::rules
