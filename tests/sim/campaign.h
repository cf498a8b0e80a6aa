#pragma once

// One random run per seed, as its plan says. Phase one is safety: anything may fail, nothing may be
// contradicted. Then faults stop and liveness is demanded, then the liars fall silent and so must
// everyone else.

#include <string>

#include "tests/sim/plan.h"

namespace parley::sim {

struct Outcome {
  std::string violation;  // empty when every promise was kept
  uint64_t history = 0;
  size_t blocks = 0;
  size_t evidence = 0;
  uint64_t epochs = 0;
  uint64_t messages = 0;
};

Outcome RunPlan(const Plan& plan);
// The plan of the seed, without what SIM_DROP names.
Outcome RunSeed(uint64_t seed);

// f + 1 twins on a network that is split for good, in epoch 1 or after a change: a fork may happen.
struct ForkOutcome {
  std::string violation;
  bool forked = false;
  std::set<size_t> culprits;
  std::set<size_t> twins;
  size_t needed = 0;  // f + 1
};
ForkOutcome RunFork(uint64_t seed);

// One machine comes back with an older copy of its disk and nobody says so.
struct RestoreOutcome {
  std::string violation;
  bool forgets = false;  // it had voted since the copy was made
  bool votes = false;    // in the end
};
RestoreOutcome RunRestoredCopy(uint64_t seed);

// First seed and number of runs: SIM_SEED replays one, SIM_RUNS sets the count, SIM_FIRST where to
// begin.
struct Seeds {
  uint64_t first;
  uint64_t count;
};
Seeds SeedsFromEnvironment(uint64_t count);

// The fewest items with which the plan still fails, found by leaving out one after the other; ends
// after `runs` runs.
std::set<size_t> Minimize(const Plan& plan, size_t runs);
// The environment that replays it.
std::string ReplayLine(uint64_t seed, const std::set<size_t>& drop);

}  // namespace parley::sim
