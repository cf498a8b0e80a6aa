#pragma once

// Work: is there anything to say on a branch, and the block that says it. Answers are remembered
// per branch point, so asking again costs nothing until records come or go.
//
// One thread (the replica's).

#include <chrono>
#include <functional>
#include <optional>
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
  // Borrows all. `on_failure` is told when the store fails.
  Work(const rules::Executor& executor, const Pending& pending, const ProofPool& proofs,
       uint64_t block_time_max_ms, std::function<void(const Status&)> on_failure)
      : executor_(executor),
        pending_(pending),
        proofs_(proofs),
        block_time_max_(block_time_max_ms),
        on_failure_(std::move(on_failure)) {}

  // True when Build would make a block now.
  bool Has(BranchPoint& point, TimeMs now);

  // A block of pending records, proofs and due obligations; nothing when there are none. Every
  // author gets an equal share of a full block; inside it, records stand in the order in which they
  // came.
  std::optional<rules::ExecutedBlock> Build(BranchPoint& parent, TimeMs now);

  // How long it took to execute a block here, with signatures that were not verified ahead. Blocks
  // are made no larger than what executes in `block_time_max_ms`: blocks that take longer than a
  // view lasts would never become final.
  void NoteCost(size_t records, std::chrono::nanoseconds took);
  size_t records_max() const { return records_max_; }

  // When the next obligation falls due on this branch.
  std::optional<TimeMs> NextDue(BranchPoint& point);

 private:
  using Run = std::vector<const HeldRecord*>;
  // The key's pending records that follow, without a gap, on what the branch has of it.
  Run NextOf(const BranchPoint& point, const KeyId& key, const Pending::BySequence& records,
             size_t count_max);
  bool HasRecord(BranchPoint& point, TimeMs now);
  bool HasProof(BranchPoint& point, TimeMs now);
  std::vector<std::string> Proofs(const BranchPoint& point, TimeMs now);
  bool IsLegal(BranchPoint& point, const HeldRecord& record, TimeMs now);
  std::vector<record::ParsedRecord> Candidates(BranchPoint& point);

  const rules::Executor& executor_;
  const Pending& pending_;
  const ProofPool& proofs_;
  const std::chrono::milliseconds block_time_max_;
  size_t records_max_ = 256;  // until something is known
  std::function<void(const Status&)> on_failure_;
};

}  // namespace parley::replica
