#pragma once

// The audit of what a node's database holds besides the entries: after the replay every row of
// every column family is compared with what the ledger gives. A member's own machine may be in an
// enemy's hands, and whoever edits the rules' state or an index changes what that node says and
// votes for. Included by .cc files of this folder only; each check is in a file of its own.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/archive/audit.h"
#include "ledger/archive/replayed.h"
#include "ledger/store/ledger_store.h"

namespace parley::store {

// What the checks share. Borrows everything.
struct DatabaseAudit {
  LedgerReader& reader;
  const archive::Replayed& replayed;
  uint64_t count;                      // entries
  archive::ConsensusCheck* consensus;  // may be null
  const std::function<void(archive::Problem)>& found;
  std::vector<std::string> final_records{};  // ids, ascending: by CheckIndex
  BlockId last_block{};                      // held; by CheckBlocks
  StateDigest last_digest{};

  const Snapshot& snapshot() const { return reader.snapshot(); }
  const rules::Charter& founding() const { return *replayed.charters.front().charter; }
  void Add(std::string kind, std::string detail, Family family, std::string_view key) const;
  // A row that nothing explains.
  void Stray(Family family, std::string_view key, std::string_view why) const;
  // Every row of a family, ascending; a stop because of damage is reported. False then.
  using Row = std::function<void(std::string_view key, std::string_view value)>;
  bool ForEachRow(Family family, const Row& fn) const;
};

// "state/case/2025-00000001": the family and the key, in hex when it is no plain text.
std::string RowName(Family family, std::string_view key);

void CheckState(DatabaseAudit& audit);
void CheckIndex(DatabaseAudit& audit);
void CheckBlocks(DatabaseAudit& audit);
void CheckMeta(DatabaseAudit& audit);      // after CheckBlocks
void CheckNumbered(DatabaseAudit& audit);  // keys of entries and tiles
void CheckCheckpointRows(DatabaseAudit& audit);
void CheckVotes(DatabaseAudit& audit);
void CheckPending(DatabaseAudit& audit);  // after CheckIndex

}  // namespace parley::store
