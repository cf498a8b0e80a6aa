#pragma once

// The audit: verifies a whole ledger from genesis with no trust in whoever holds it. Signatures of
// the charter, every record's signature and author chain, key validity, hash chain, tree, tiles,
// every held checkpoint's quorum and the consistency between them, and by re-execution that every
// act was legal and every lapse due. Reports every problem it finds, not only the first.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/archive/archive.h"
#include "ledger/rules/executor.h"

namespace parley::archive {

struct Problem {
  std::string kind;    // stable word: "signature", "author-chain", "hash-chain", "leaf", "tile",
                       // "checkpoint", "consistency", "rule", "entry", "charter", "container", ...
  std::string detail;  // one sentence: what was wanted, what was found
  std::optional<uint64_t> entry;
  std::string author;  // "north/anna", when the entry names one
  std::string member;
  std::string place;  // file or database key
};

// Something that the auditor brought; the name is for messages.
struct HeldNote {
  std::string name;
  std::string bytes;
};

struct HeldReceipt {
  HeldNote receipt;
  std::string entry;  // its bytes
};

struct AuditOptions {
  // The text or note of the founding charter as the auditor knows it, or its ledger id in hex: what
  // ties the ledger to the real world. Empty: the source's own charter is used and the report says
  // so.
  std::string trusted_charter_note;
  std::string trusted_ledger_id;
  // Checkpoints and receipts that were handed out before: a source that does not lead to them was
  // cut, rewritten or forked.
  std::vector<HeldNote> held_checkpoints;
  std::vector<HeldReceipt> held_receipts;
  unsigned threads = 0;              // for signatures; 0: as many as there are processors
  uint64_t kind_problems_max = 200;  // of one kind that are listed; the rest is counted
  // Borrowed; null: certificates and votes in a node's database are not looked at.
  ConsensusCheck* consensus = nullptr;
  // Checks proofs of misbehaviour on the ledger; null: every one is reported as not holding.
  rules::ProofCheck proofs;
  // Called with the state after each block that came out as it is held, genesis included.
  std::function<void(const rules::Executor&, const rules::LedgerTip&, const rules::StateView&)>
      on_block;
  Progress progress;
};

// An entry that proves misbehaviour.
struct MisbehaviourSummary {
  uint64_t entry = 0;
  uint64_t epoch = 0;
  std::string member;
  std::string kind;     // E1 to E6, C1, C2
  uint64_t number = 0;  // view, or size of the checkpoint
};

struct CheckpointSummary {
  uint64_t size = 0;
  std::vector<std::string> cosigners;  // members whose cosignature is valid
};

struct AuditReport {
  std::string source;
  std::string origin;
  std::string ledger_id;
  bool charter_trusted = false;  // compared with what the auditor brought
  uint64_t entries = 0;
  uint64_t records = 0;
  uint64_t lapses = 0;
  uint64_t blocks = 0;
  uint64_t cases = 0;
  uint64_t checkpoints = 0;
  uint64_t covered = 0;  // entries under the newest valid checkpoint
  std::string root;      // hex, at `covered`
  std::vector<std::string> latest_cosigners;
  uint64_t covered_at_s = 0;               // when the last of them signed, seconds since 1970
  std::vector<uint64_t> checkpoint_sizes;  // of those that the source holds
  uint64_t held = 0;                       // valid ones that the auditor brought
  std::vector<MisbehaviourSummary> misbehaviour;
  std::vector<std::string> suspect;  // records by keys revoked with suspect_since before them
  std::vector<Problem> problems;
  std::map<std::string, uint64_t> unlisted;  // kind to how many more there were
  bool ok() const { return problems.empty(); }
};

// Fails only when the audit itself could not run (nothing to read, bad options); whatever is wrong
// with the ledger is in the report.
StatusOr<AuditReport> Audit(Source& source, const AuditOptions& options);

}  // namespace parley::archive
