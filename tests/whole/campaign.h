#pragma once

// One run of a whole accord for each seed, as its plan says: adversaries act, machines fail, people
// write; then everything that was promised must have been kept, with the adversaries still at it.

#include <string>

#include "tests/whole/plan.h"

namespace parley::whole {

struct Outcome {
  std::string violation;  // empty when every promise was kept
  size_t blocks = 0;
  size_t records = 0;  // acknowledged, and final
  uint64_t longest_wait_ms = 0;
  Effort effort;  // of all honest machines
  Effort most;    // of each kind, of the machine that had most
  uint64_t received = 0;
  uint64_t elapsed_ms = 0;
  uint64_t digest = 0;  // of the ledger and the effort: equal for equal seeds
};

Outcome RunPlan(const Plan& plan);

}  // namespace parley::whole
