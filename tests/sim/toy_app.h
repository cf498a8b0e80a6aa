#pragma once

// A ledger of plain strings for the simulator. A block is text: parent, height, epoch, time, digest
// of the records, then the records, one per line. Two rules: no record twice on a branch, and a
// charter is the next epoch's and the last record of its block. That a block is of its epoch and
// that nothing follows a seal is left to the core, so that the core alone must see to it. Shares no
// code with the real ledger or the core.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/consensus/application.h"
#include "tests/sim/toy_charter.h"

namespace parley::sim {

struct ToyBlock {
  BlockId parent = {};
  consensus::Height height{};
  consensus::Epoch epoch{1};
  TimeMs time{};
  std::vector<std::string> records = {};
};

consensus::Block MakeToyBlock(const ToyBlock& block);
StatusOr<ToyBlock> ReadToyBlock(const std::string& bytes);
StatusOr<consensus::Block> ParseToyBlock(std::string bytes);
consensus::Block ToyGenesis();

class ToyApp final : public consensus::Application {
 public:
  ToyApp();

  // Adds a pending record.
  void Submit(const std::string& record) { pending_.insert(record); }
  // A block became final: its records are not pending any more, nor are charters that came too
  // late.
  void Deliver(const consensus::Block& block);

  StatusOr<consensus::Block> Parse(std::string bytes) override;
  consensus::Content Check(const consensus::Block& block) override;
  std::optional<bool> BreaksRules(const consensus::Block& block) override;
  void Forget(const BlockId& id) override { executed_.erase(id); }
  bool TimeAcceptable(const consensus::Block& block) override;
  std::optional<consensus::Block> Build(const BlockId& parent, consensus::Epoch epoch) override;
  bool HasWork(const BlockId& parent) override;

  // What the machine's wall clock says in the step under way.
  void SetNow(TimeMs now) { now_ = now; }

  size_t checks() const { return checks_; }
  bool HasExecuted(const BlockId& id) const { return executed_.contains(id); }
  const std::set<std::string>& pending() const { return pending_; }

 private:
  struct State {
    consensus::Height height{};
    TimeMs time{};
    consensus::Epoch epoch{1};      // of blocks on top of this one
    std::set<std::string> records;  // on the branch up to here
  };
  std::vector<std::string> Fresh(const State& state) const;
  // False when a record of the block breaks a rule; moves the state otherwise.
  static bool Execute(const ToyBlock& block, State& state);

  TimeMs now_{};
  std::set<std::string> pending_;
  std::map<BlockId, State> executed_;
  size_t checks_ = 0;
};

}  // namespace parley::sim
