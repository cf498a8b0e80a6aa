#pragma once

// Proofs of misbehaviour that this node has and its ledger has not yet. They are on disk before
// they come here (Family::kVotes, node/proofs/proof_check.h has the keys) and stay there for good;
// this is what is still to be put into a block.
//
// One thread (the replica's).

#include <map>
#include <string>
#include <vector>

#include "ledger/rules/executor.h"
#include "ledger/store/store.h"

namespace parley::replica {

class ProofPool {
 public:
  // Against one member; more wait on disk for the next start. Large ones do not take the room of
  // those that are two votes or two checkpoints.
  static constexpr size_t kSmallMax = 48;
  static constexpr size_t kLargeMax = 4;

  struct Item {
    std::string bytes;
    rules::Misbehaviour proven;
    uint64_t height = 0;  // E6: of the block that was voted for; else 0
  };

  // Borrows the executor.
  explicit ProofPool(const rules::Executor& executor) : executor_(executor) {}

  // What was found in former runs. DATA_LOSS when the store fails.
  Status Load(const store::Snapshot& snapshot, const rules::LedgerTip& tip,
              const rules::StateView& state);
  // False, and nothing happens, when it proves nothing here, does not fit into an entry, or is on
  // the ledger. `tip`, `state`: the committed ones.
  bool Add(const std::string& bytes, const rules::LedgerTip& tip, const rules::StateView& state);
  // After blocks became final: forgets what is on the ledger now, and votes for bad blocks whose
  // parent is final and behind.
  Status Settle(const rules::LedgerTip& tip, const rules::StateView& state);

  // Those that could stand in a block on this state, at most limits::kBlockProofsMax.
  StatusOr<std::vector<std::string>> LegalOn(const rules::LedgerTip& tip,
                                             const rules::StateView& state, TimeMs now) const;

  // `count` of all, in turns over those who are accused, small ones first.
  std::vector<std::string> Some(size_t count) const;

  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  uint64_t additions() const { return additions_; }

 private:
  size_t CountOf(const std::string& member, bool large) const;
  // In turns over the accused, small ones first.
  std::vector<const Item*> InTurns() const;

  const rules::Executor& executor_;
  std::map<std::string, Item> items_;  // by key in the state: everyone has the same order
  uint64_t additions_ = 0;
};

}  // namespace parley::replica
