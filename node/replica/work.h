#pragma once

// Work: is there anything to say on a branch, and the block that says it. Answers are remembered
// per branch point, so asking again costs nothing until records come or go.
//
// Whose records a block takes. Members get equal parts of it, by cost; what one does not need goes
// to the others, and who comes first moves on with the height. Inside a member the officer who was
// served longest ago comes first, and each officer's records stand in their order. So whatever
// others send, and however many keys they have, a record that this node holds is in after at most
// as many blocks of honest leaders as its member has officers waiting, divided by how many records
// the member's part of a block holds (a full block has at least kRecordsAlways records or
// kBytesAlways bytes, so with 15 members a part has room for two ordinary ones; whose turn it is
// has room for one of any size).
//
// One thread (the replica's).

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "ledger/rules/executor.h"
#include "node/replica/block_tree.h"
#include "node/replica/pending.h"
#include "node/replica/proof_pool.h"

namespace parley::replica {

// Our own disk failed or lies; no statement about the record or block at hand.
bool IsStoreFailure(const Status& status);

// The time of a block on this parent: now, but later than the parent.
TimeMs BlockTime(const rules::LedgerTip& parent, TimeMs now);

class Work {
 public:
  // Borrows all. `on_failure` is told when the store fails. `block_time_max_ms`: a quarter of the
  // time that a view lasts, within which a block should execute.
  Work(const rules::Executor& executor, const Pending& pending, const ProofPool& proofs,
       uint64_t block_time_max_ms, std::function<void(const Status&)> on_failure)
      : executor_(executor),
        pending_(pending),
        proofs_(proofs),
        block_time_max_(block_time_max_ms),
        on_failure_(std::move(on_failure)) {}

  // True when Build would make a block now.
  bool Has(BranchPoint& point, TimeMs now);

  // A block of pending records, proofs and due obligations; nothing when there are none. Inside it,
  // records stand in the order in which they came.
  std::optional<rules::ExecutedBlock> Build(BranchPoint& parent, TimeMs now, SteadyMs steady);

  // How long it took to execute a block here, with signatures that were not verified ahead. Blocks
  // are made no larger than what executes in `block_time_max_ms`: blocks that take longer than a
  // view lasts would never become final.
  void NoteCost(size_t records, std::chrono::nanoseconds took);
  size_t records_max() const { return records_max_; }

  // When the next obligation falls due on this branch.
  std::optional<TimeMs> NextDue(BranchPoint& point);

  // Final: its authors have been served. Was it made here, this tells how long such a block takes
  // to be everywhere: the next ones are as large as passes in half a view.
  void NoteServed(const rules::ExecutedBlock& block, SteadyMs now);
  // Its view was given up. Was it made here, it may have been too large for the line: the next ones
  // are a quarter of it. So whatever a line carries in the time that a view lasts, there are blocks
  // that pass, and no backlog stops the ledger.
  void NoteGivenUp(const BlockId& block);
  size_t bytes_max() const { return bytes_max_; }

 private:
  // One officer's records that follow, without a gap, on what the branch has of his chain.
  class Chain;
  // The officers of one member who have such records, longest unserved first.
  struct Group {
    std::string member;
    std::vector<Chain> chains;
    size_t turn = 0;
    uint64_t cost = 0;  // of what was chosen so far
  };
  using Served = std::map<KeyId, uint64_t>;

  std::vector<Group> Groups(BranchPoint& point);
  std::optional<Chain> ChainOf(const BranchPoint& point, const KeyId& key,
                               const Pending::BySequence& records, uint64_t served);
  // The heights at which keys were last served, the branch's own blocks included.
  Served ServedOn(const BranchPoint& point) const;
  bool HasRecord(BranchPoint& point, TimeMs now);
  bool HasProof(BranchPoint& point, TimeMs now);
  std::vector<std::string> Proofs(const BranchPoint& point, TimeMs now);
  bool IsLegal(BranchPoint& point, const HeldRecord& record, TimeMs now);
  std::vector<record::ParsedRecord> Candidates(BranchPoint& point);

  const rules::Executor& executor_;
  const Pending& pending_;
  const ProofPool& proofs_;
  const std::chrono::milliseconds block_time_max_;  // a quarter of a view
  struct Made {
    uint64_t height = 0;
    size_t bytes = 0;
    SteadyMs at{};
  };
  size_t records_max_ = 256;      // until something is known
  size_t bytes_max_ = 64 << 10;   // until something is known
  std::map<BlockId, Made> made_;  // by Build, and neither final nor given up yet
  Served served_;                 // by final blocks, since the start
  size_t looked_from_ = 0;        // HasRecord begins elsewhere each time
  std::function<void(const Status&)> on_failure_;
};

}  // namespace parley::replica
