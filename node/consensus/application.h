#pragma once

// What the consensus core asks of the ledger. Called synchronously on the replica thread. The core
// knows no wall clock: what depends on one, only the times of blocks and of deadlines, is the
// application's to say. Check is a pure function of the blocks involved.

#include <optional>
#include <string>

#include "node/consensus/types.h"

namespace parley::consensus {

enum class Content {
  kValid,    // executed on its parent's state with the same result as its header says
  kInvalid,  // breaks a rule; every honest member says so
  kUnknown,  // its parent has not been executed here
};

class Application {
 public:
  virtual ~Application() = default;

  // Parses a block's bytes and checks that the header binds the body. No state is needed.
  virtual StatusOr<Block> Parse(std::string bytes) = 0;

  // Executes the block on its parent's state (an overlay when the parent is not final) and
  // remembers the result. Does not look at the clock.
  virtual Content Check(const Block& block) = 0;

  // Whether the block breaks a rule on its parent's state; nothing when that cannot be told here
  // (no more). Keeps nothing: the block comes from whoever accuses another.
  virtual std::optional<bool> BreaksRules(const Block& block) = 0;

  // The block will not be built on as far as this member knows: what was remembered of it may go.
  // Should that turn out otherwise, it is checked again.
  virtual void Forget(const BlockId& id) = 0;

  // True when the block's time is within the charter's bounds of this node's clock (checked only
  // before notarizing).
  virtual bool TimeAcceptable(const Block& block) = 0;

  // A new block on `parent` (executed here before) with pending records or due obligations, or
  // nothing when there is nothing to say.
  virtual std::optional<Block> Build(const BlockId& parent, Epoch epoch) = 0;

  // True when Build would have something to say: a pending record that is valid and new on the
  // parent's branch, or an obligation that is due.
  virtual bool HasWork(const BlockId& parent) = 0;
};

}  // namespace parley::consensus
