#pragma once

// The audit: verifies a whole ledger from genesis with no trust in whoever holds it. Signatures of
// the charter, every record's signature and author chain, key validity, hash chain, tree, tiles,
// every held checkpoint's quorum and the consistency between them, and by re-execution that every
// act was legal and every lapse due. Reports every problem it finds, not only the first.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/archive/archive.h"

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

struct AuditOptions {
  // The text or note of the founding charter as the auditor knows it, or its ledger id in hex: what
  // ties the ledger to the real world. Empty: the source's own charter is used and the report says
  // so.
  std::string trusted_charter_note;
  std::string trusted_ledger_id;
  unsigned threads = 0;  // for signatures; 0: as many as there are processors
  uint64_t problems_max = 1'000;
  // Borrowed; null: certificates and votes in a node's database are not looked at.
  ConsensusCheck* consensus = nullptr;
  Progress progress;
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
  std::vector<std::string> suspect;  // records by keys revoked with suspect_since before them
  std::vector<Problem> problems;
  bool problems_cut = false;  // there were more than problems_max
  bool ok() const { return problems.empty(); }
};

// Fails only when the audit itself could not run (nothing to read, bad options); whatever is wrong
// with the ledger is in the report.
StatusOr<AuditReport> Audit(Source& source, const AuditOptions& options);

}  // namespace parley::archive
