#pragma once

// One random run per seed. The seed draws the size, who lies and how, the faults and when they
// happen. Phase one is safety: anything may fail, nothing may be contradicted. Then faults stop and
// liveness is demanded, then the liars fall silent and so must everyone else.

#include <string>

#include "tests/sim/cluster.h"

namespace parley::sim {

struct Outcome {
  std::string violation;  // empty when every promise was kept
  uint64_t history = 0;
  size_t blocks = 0;
  size_t evidence = 0;
  uint64_t views = 0;
  uint64_t messages = 0;
};

Outcome RunSeed(uint64_t seed);

// f + 1 twins on a network that is split for good: a fork may happen.
struct ForkOutcome {
  std::string violation;
  bool forked = false;
  std::set<consensus::MemberIndex> culprits;
  std::set<consensus::MemberIndex> twins;
  size_t needed = 0;  // f + 1
};
ForkOutcome RunFork(uint64_t seed);

// First seed and number of runs: SIM_SEED replays one, SIM_RUNS sets the count.
struct Seeds {
  uint64_t first;
  uint64_t count;
};
Seeds SeedsFromEnvironment(uint64_t count);

}  // namespace parley::sim
