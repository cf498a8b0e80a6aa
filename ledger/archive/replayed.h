#pragma once

// What executing the whole ledger again came to: all that a node's database may hold besides
// entries, tiles and checkpoints follows from it, so a source can be compared with it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/rules/block.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/state.h"

namespace parley::archive {

// A charter and from which size of the ledger on it counts.
struct CharterSpan {
  std::shared_ptr<const rules::Charter> charter;  // shared by the passes
  uint64_t first_size = 0;
};

struct ReplayedBlock {
  rules::BlockHeader header;  // as its entries make it; the parent is left zero
  bool whole = true;          // no entry of it is damaged or missing: every field but the digest is
                              // known
  bool executed = false;      // so is the state digest
};

// What the index says of one entry.
struct IndexedEntry {
  uint64_t number = 0;
  std::optional<RecordId> record;  // absent for events
  std::string case_id;             // empty: none
};

struct Replayed {
  std::vector<CharterSpan> charters;  // ascending; the founding one first
  std::map<uint64_t, ReplayedBlock> blocks;
  std::vector<IndexedEntry> entries;  // of sound ones, ascending
  std::vector<bool> damaged;          // by number: reported already
  rules::MemoryState state;
  bool exact = true;              // every block came out as it is held: the state is the members'
  std::optional<uint64_t> cause;  // else: the first entry after which it may differ
  EntryHash last_entry;

  bool Damaged(uint64_t number) const { return number < damaged.size() && damaged[number]; }
};

// What a node keeps of consensus, judged by whoever knows its formats; this folder does not.
// Charters are in order of their versions, and so of epochs.
class ConsensusCheck {
 public:
  virtual ~ConsensusCheck() = default;
  // Whether `certificate` is a quorum's word that this block is final. UNAUTHENTICATED or
  // INVALID_ARGUMENT say why not.
  virtual Status Finalization(const rules::Charter& charter, const rules::BlockHeader& header,
                              const BlockId& id, std::string_view certificate) = 0;
  // One row of a node's log of votes, in ascending order of keys; `member` is the node's own. Fails
  // when the value is not what the key says, a signature does not hold, or the row contradicts one
  // before it.
  virtual Status VoteRow(const std::vector<CharterSpan>& charters, std::string_view member,
                         std::string_view key, std::string_view value) = 0;
};

}  // namespace parley::archive
