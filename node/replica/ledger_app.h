#pragma once

// What consensus asks of the ledger, answered by the rules' executor, the tree of executed blocks
// and the pending records.
//
// Parse may be called from any thread, all else from the replica's only.

#include <functional>
#include <optional>
#include <utility>

#include "node/consensus/application.h"
#include "node/replica/work.h"

namespace parley::replica {

class LedgerApp final : public consensus::Application {
 public:
  // Borrows all. `on_failure` is told when the store fails; the answers given then are harmless.
  LedgerApp(const rules::Executor& executor, BlockTree& tree, Work& work, const Clock& clock,
            std::function<void(const Status&)> on_failure)
      : executor_(executor),
        tree_(tree),
        work_(work),
        clock_(clock),
        on_failure_(std::move(on_failure)) {}

  StatusOr<consensus::Block> Parse(std::string bytes) override;
  // A header alone, with its length: a block without bytes.
  StatusOr<consensus::Block> ParseLink(const std::string& bytes);
  // True when the bytes are no more than that.
  static bool IsLink(const std::string& bytes);
  consensus::Content Check(const consensus::Block& block) override;
  std::optional<bool> BreaksRules(const consensus::Block& block) override;
  void Forget(const BlockId& id) override {
    tree_.Drop(id);
    work_.NoteGivenUp(id);
  }
  bool TimeAcceptable(const consensus::Block& block) override;
  std::optional<consensus::Block> Build(const BlockId& parent, consensus::Epoch epoch) override;
  bool HasWork(const BlockId& parent) override;

  // What this node's wall clock says in the turn under way.
  void SetNow(TimeMs now) { now_ = now; }
  // By how much the last block that was refused for its time, or could not be made for it, was
  // ahead of this node's clock (behind it when negative), in ms, since the last call. One of the
  // clocks is wrong.
  std::optional<int64_t> TakeClockDifference() { return std::exchange(difference_, std::nullopt); }

 private:
  // Whether a block of this time may follow; notes the difference when not.
  bool IsTimely(const BranchPoint& parent, TimeMs time);
  const LedgerId& ledger() const { return executor_.founding().ledger_id(); }

  const rules::Executor& executor_;
  BlockTree& tree_;
  Work& work_;
  const Clock& clock_;  // to measure what things take; the time comes from SetNow
  TimeMs now_{};
  std::optional<int64_t> difference_;
  std::function<void(const Status&)> on_failure_;
};

// The consensus core's view of a block.
consensus::Block ToBlock(const LedgerId& ledger, const rules::BlockHeader& header,
                         std::string bytes);

}  // namespace parley::replica
