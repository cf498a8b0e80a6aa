#pragma once

// BlockTree: the blocks that were executed here and are not committed yet, as a tree above the last
// committed block (the base). Each is an overlay of its changes on its parent's state, so a member
// can execute and judge what only notarized blocks build on.
//
// What is in the tree is bounded by what consensus keeps (it asks for each block once) and by
// kExecutedBlocksMax. One thread owns it.

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "base/limits.h"
#include "ledger/rules/executor.h"
#include "ledger/store/ledger_store.h"

namespace parley::replica {

inline constexpr size_t kExecutedBlocksMax = limits::kFetchLinksMax;

// A state that reads through changes to a parent; the parent can be exchanged when the block below
// becomes the base. Errors are the store's.
class LinkedState final : public rules::StateView {
 public:
  // Nothing on top: the committed state.
  void Link(std::shared_ptr<const rules::StateView> committed);
  // Borrows the parent, which must stay until the next Link.
  void Link(const rules::StateView& parent, std::shared_ptr<const rules::StateChanges> changes);
  StatusOr<std::optional<std::string>> Get(std::string_view key) const override;
  Status Scan(std::string_view prefix, const Visitor& fn) const override;
  // The committed state that the base reads from; null elsewhere.
  const std::shared_ptr<const rules::StateView>& committed() const { return committed_; }

 private:
  std::shared_ptr<const rules::StateView> committed_;  // owned base, when this is the base
  const rules::StateView* parent_ = nullptr;
  std::shared_ptr<const rules::StateChanges> changes_;  // null when this is the base
};

// A place in the tree: what the ledger is after one block.
struct BranchPoint {
  rules::LedgerTip tip;
  std::shared_ptr<const rules::ExecutedBlock> block;  // null for the base
  BranchPoint* parent = nullptr;                      // null for the base
  LinkedState state;
  std::set<RecordId> records;  // of this block

  // What was found out about pending records here; see Work in work.h.
  std::map<RecordId, Status> refused;
  std::optional<bool> has_record;
  uint64_t seen_additions = 0;
  uint64_t seen_removals = 0;
  TimeMs looked_at{};
  std::optional<bool> has_proof;
  uint64_t seen_proofs = 0;
  std::optional<StatusOr<std::optional<TimeMs>>> due;
};

class BlockTree {
 public:
  // Starts over from a committed state. Forgets everything else.
  void Reset(const rules::LedgerTip& tip, std::shared_ptr<const store::Snapshot> snapshot);

  // Null when the block was not executed here or is no longer kept.
  BranchPoint* Find(const BlockId& id);
  BranchPoint& base() { return *base_; }
  const BranchPoint& base() const { return *base_; }

  bool full() const { return points_.size() >= kExecutedBlocksMax; }
  // `parent` must be in the tree. Returns the one that is there already if there is one.
  BranchPoint& Add(BranchPoint& parent, rules::ExecutedBlock block);

  // Drops it unless it is the base, or something was executed on it.
  void Drop(const BlockId& id);

  // True when the record is in one of the blocks from the base (exclusive) to `point`.
  static bool Contains(const BranchPoint& point, const RecordId& id);

  // The block became durable: it is the base now, and what does not build on it is dropped. `id`
  // must be in the tree.
  void MoveBase(const BlockId& id, std::shared_ptr<const store::Snapshot> snapshot);

  size_t size() const { return points_.size(); }

 private:
  std::map<BlockId, std::unique_ptr<BranchPoint>> points_;
  BranchPoint* base_ = nullptr;
};

}  // namespace parley::replica
