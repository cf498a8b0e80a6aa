#pragma once

// A replica without threads of its own, for simulations of whole accords: whoever drives it lends
// it the thread it runs on, and so decides the order of everything that happens. All else is the
// replica of replica.h, to the letter.

#include <memory>
#include <optional>

#include "node/replica/replica.h"

namespace parley::replica {

// Not thread-safe: one thread calls everything.
class SteppedReplica : public Replica {
 public:
  // As Replica::Create. Nothing happens before the first turn; `options.verify_threads` does not
  // count.
  static StatusOr<std::unique_ptr<SteppedReplica>> CreateStepped(const ReplicaOptions& options,
                                                                 const rules::Charter& founding,
                                                                 store::Store& store, NodeKeys keys,
                                                                 Transport& transport,
                                                                 const Clock& clock);

  // Checks the records that wait and does one turn with what has arrived. Returns when the next
  // turn is due, unless something arrives earlier; nothing when the replica has stopped itself.
  virtual std::optional<SteadyMs> RunTurn() = 0;
};

}  // namespace parley::replica
