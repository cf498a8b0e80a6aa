#pragma once

// Execution: a pure function (charter, parent tip, state, time, records) -> (entries, changes,
// tip). Nothing else decides what is legal: nodes before they vote and audits afterwards run this
// very code. No clock, randomness, I/O, floating point, unordered iteration or locale.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "ledger/merkle/frontier.h"
#include "ledger/record/record.h"
#include "ledger/rules/block.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/charter_book.h"
#include "ledger/rules/proof.h"
#include "ledger/rules/state.h"

namespace parley::rules {

// Where the ledger stands after a block.
struct LedgerTip {
  uint64_t height = 0;
  BlockId block;
  TimeMs time{};
  uint64_t size = 0;     // entries
  EntryHash last_entry;  // SHA-256 of the last entry's bytes; all zero when size is 0
  merkle::Frontier tree;
  StateDigest digest;  // all zero before genesis
};

// True when the record's signature verifies under the key; hosts cache and verify ahead.
using SignatureCheck = std::function<bool(const record::ParsedRecord&, const PublicKey&)>;

struct ExecutedBlock {
  BlockHeader header;
  std::vector<std::string> entries;           // bytes, in order; indexes from header.first_entry
  std::vector<std::string> case_ids;          // parallel to entries: the entry's case or empty
  std::vector<record::ParsedRecord> records;  // those that were included, in order
  std::vector<std::string> proofs;            // of misbehaviour, likewise
  std::vector<Hash> leaf_hashes;              // parallel to entries
  StateChanges changes;
  LedgerTip tip;  // after this block

  // Position in `entries` of the first record. Lapses and proofs stand before the records; the
  // entry that adopts a charter, when there is one, behind them.
  size_t FirstRecord() const { return entries.size() - records.size() - (header.seal ? 1 : 0); }
};

// What a block brings besides its time: proofs are entered before records.
struct BlockInput {
  std::vector<record::ParsedRecord> records;
  std::vector<std::string> proofs = {};
};

struct RunRules;  // block_run.h

class Executor {
 public:
  // Borrows the founding charter, which must outlive it. Later ones come from the state. Without a
  // ProofCheck every proof of misbehaviour is refused.
  Executor(const Charter& charter, SignatureCheck check, ProofCheck proofs = nullptr);

  // Block 0: entry 0 with the charter note, the founding keys in the state.
  StatusOr<ExecutedBlock> Genesis() const;

  // Whether the record could be the next one in a block on this state at this time. The error is
  // what its author is told: INVALID_ARGUMENT shape or foreign ledger, UNAUTHENTICATED signature or
  // key, ALREADY_EXISTS sequence used, FAILED_PRECONDITION not legal now (rule, state, what would
  // be legal), PERMISSION_DENIED not for this author, NOT_FOUND no such case or record. Deadlines
  // of its case that have passed count as entered.
  Status CheckRecord(const LedgerTip& tip, const StateView& state, TimeMs now,
                     const record::ParsedRecord& record) const;

  // What such a record would bring about: a block of it and of the lapses of its case alone, which
  // costs the same whatever else is due. For trials of records that follow each other; it is no
  // block of the ledger. Errors of CheckRecord.
  StatusOr<ExecutedBlock> Trial(const LedgerTip& tip, const StateView& state, TimeMs now,
                                record::ParsedRecord record) const;

  // Whether the proof could stand in the next block on this state. INVALID_ARGUMENT and
  // UNAUTHENTICATED: it proves nothing; ALREADY_EXISTS: the ledger has it; FAILED_PRECONDITION: it
  // proves nothing on this block; RESOURCE_EXHAUSTED: no room for it.
  Status CheckProof(const LedgerTip& tip, const StateView& state, TimeMs now,
                    const std::string& proof) const;

  // What a proof shows, wherever it stands or will stand; the epoch of the next block counts too.
  // Errors of rules::ProofCheck.
  StatusOr<Misbehaviour> ReadProof(const LedgerTip& tip, const StateView& state,
                                   std::string_view proof) const;

  // Executes a block: first the obligations due at or before `time`, by (due, case, kind), at most
  // limits::kBlockLapsesMax, then the proofs, then the records, in order. FAILED_PRECONDITION
  // naming what is not legal; also when nothing would be added, or a limit is exceeded. No record
  // may concern a case with a deadline that has passed and is not entered yet: a lapse that waits
  // for a later block must change nothing for anybody.
  StatusOr<ExecutedBlock> Execute(const LedgerTip& parent, const StateView& state, TimeMs time,
                                  BlockInput input) const;

  // A proposer's way: like Execute, but leaves out what is not legal (records are reported through
  // `refused` when not null, but for those that wait for a lapse in their case) and stops at the
  // block limits. FAILED_PRECONDITION when nothing is left.
  using Refused = std::function<void(const record::ParsedRecord&, const Status&)>;
  StatusOr<ExecutedBlock> Build(const LedgerTip& parent, const StateView& state, TimeMs time,
                                const BlockInput& candidates, const Refused& refused) const;

  // Whether a block, given by its bytes, breaks a rule of this ledger when it follows this parent.
  // True, false, or INVALID_ARGUMENT when that cannot be told here: another parent, or proofs in
  // it.
  StatusOr<bool> BreaksRules(const LedgerTip& parent, const StateView& state,
                             std::string_view block) const;

  // The earliest due time of any open obligation; nullopt when there is none.
  StatusOr<std::optional<TimeMs>> NextDue(const StateView& state) const;

  const Charter& founding() const { return charter_; }
  const CharterBook& charters() const { return book_; }

 private:
  RunRules Rules(const LedgerTip& parent, const StateView& state) const;

  const Charter& charter_;
  CharterBook book_;
  SignatureCheck check_;
  ProofCheck proofs_;
};

}  // namespace parley::rules
