#pragma once

// Would this record be legal now, after what its author has pending already? Per author with
// pending records there is a speculative ledger: the committed one with these records on top. It is
// brought forward as records come, and made anew from the committed state only when a refusal could
// be due to its age, so a long queue of one author costs each new record O(1).
//
// A filter for submitters, nothing more: what is legal is decided when a block is executed.
// One thread (the replica's).

#include <map>

#include "ledger/rules/executor.h"
#include "node/replica/block_tree.h"
#include "node/replica/pending.h"

namespace parley::replica {

class IntakeCheck {
 public:
  // Borrows all.
  IntakeCheck(const rules::Executor& executor, const BlockTree& tree, const Pending& pending)
      : executor_(executor), tree_(tree), pending_(pending) {}

  // What its author is told (rules::Executor::CheckRecord). UNAVAILABLE and DATA_LOSS are failures
  // of the store.
  Status Check(const record::ParsedRecord& record, TimeMs now);

  // A pending record of this author was dropped without becoming final.
  void Forget(const KeyId& author) { chains_.erase(author); }
  // Drops what authors without pending records have here.
  void Trim();

 private:
  struct Chain {
    BlockId base;  // committed block it stands on
    std::shared_ptr<const rules::StateView> committed;
    std::shared_ptr<rules::StateChanges> changes;
    rules::LedgerTip tip;
    uint64_t next_sequence = 0;  // first of the author's that is not in it
    size_t executed = 0;
  };
  StatusOr<Chain> Start(const KeyId& author) const;
  // Executes the author's pending records that are not in the chain yet; stops at one that is not
  // legal.
  Status Advance(const Pending::BySequence& records, TimeMs now, Chain* chain) const;
  Status CheckOn(const Chain& chain, const record::ParsedRecord& record, TimeMs now) const;

  const rules::Executor& executor_;
  const BlockTree& tree_;
  const Pending& pending_;
  std::map<KeyId, Chain> chains_;
};

}  // namespace parley::replica
