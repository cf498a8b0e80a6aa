#pragma once

// What the passes of an audit share. They run in this order, each in a file of its own:
//
//   charter      who the members are, and were: audit_charter.cc, audit_adoptions.cc
//   checkpoints  which states a quorum has cosigned: audit_checkpoints.cc
//   tree         which leaf hash each entry must have, proven by a cosigned root; every entry and
//                tile compared with it; entries that are missing, changed or in the wrong place:
//                audit_tree.cc, audit_places.cc
//   replay       every entry read in order: chains, signatures, and execution: audit_replay.cc
//
// An entry whose leaf hash is proven wrong is "damaged": it is reported once, and what follows from
// it in later entries is not reported again.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/archive/audit.h"
#include "ledger/archive/replayed.h"
#include "ledger/note/cosignature.h"
#include "ledger/rules/charter.h"

namespace parley::archive {

// A checkpoint that a quorum has cosigned.
struct ValidCheckpoint {
  uint64_t size = 0;
  Hash root;
  std::string place;
  std::vector<std::string> cosigners;  // members
  uint64_t latest_s = 0;               // when the last of them signed, seconds since 1970
};

struct AuditRun {
  AuditRun(Source& the_source, const AuditOptions& the_options)
      : source(the_source), options(the_options) {}

  Source& source;
  const AuditOptions& options;
  AuditReport report;
  std::map<std::string, uint64_t> listed;  // problems by kind
  std::optional<rules::Charter> charter;   // the founding one
  std::vector<CharterSpan> charters;       // all, ascending; the founding one first

  std::vector<ValidCheckpoint> checkpoints;  // ascending size, each size and root once
  std::optional<uint64_t> latest_size;       // what the source's newest checkpoint claims

  uint64_t count = 0;        // entries the source says it has: positions 0 .. count - 1
  uint64_t total = 0;        // numbers to look at: 0 .. total - 1
  std::vector<Hash> leaves;  // by position, of what lies there
  std::map<uint64_t, Status> unreadable;  // positions without an entry
  std::vector<Hash> proven;               // by number: the leaf hash under a cosigned root
  std::vector<bool> is_proven;  // parallel to proven; shorter than total when less is known
  std::vector<bool> damaged;    // by number
  std::unordered_map<uint64_t, uint64_t> moved;  // number to the position where its bytes lie

  bool Proven(uint64_t number) const { return number < is_proven.size() && is_proven[number]; }
  bool Readable(uint64_t position) const {
    return position < count && !unreadable.contains(position);
  }
  // The charter in force in a ledger of this size.
  const rules::Charter& CharterAt(uint64_t size) const {
    size_t i = charters.size() - 1;
    while (i > 0 && charters[i].first_size > size) --i;
    return *charters[i].charter;
  }
  // The leaf hash that counts for a number: the proven one, else that of what is held.
  Hash LeafOf(uint64_t number) const {
    if (Proven(number)) return proven[number];
    return number < leaves.size() ? leaves[number] : Hash();
  }

  void Add(Problem problem);
  void Add(std::string kind, std::string detail, std::string place = {});
  // With the author, when the bytes name one.
  void AddEntry(std::string kind, std::string detail, uint64_t number, std::string_view bytes);
  void Tick(uint64_t done) const {
    if (options.progress) options.progress(done, 2 * total);
  }
};

// Fails when there is no charter to go by; FAILED_PRECONDITION when the source is another ledger
// than the one whose charter the auditor gave.
Status AuditCharter(AuditRun& run);
void AuditAdoptions(AuditRun& run);  // part of the charter pass: later charters
void AuditCheckpoints(AuditRun& run);
void AuditTree(AuditRun& run);
void AuditPlaces(AuditRun& run);  // part of the tree pass
void AuditHeld(AuditRun& run);    // what the auditor brought; after the tree pass
Replayed AuditReplay(AuditRun& run);

}  // namespace parley::archive
