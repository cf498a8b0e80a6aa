// Runs seeds one after the other: sim_runner FIRST COUNT [SMALLER]. Prints a line for each that
// fails, with the environment that replays the smallest run found within SMALLER tries (default
// 150; 0: does not look; "first": stops at the first failure and does not look either), then
// "done <first> <count> <failures>". Exit 1 when one failed. tools/soak runs it on all cores.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/sim/campaign.h"

namespace parley::sim {
namespace {

void Report(uint64_t seed, const std::string& violation, size_t tries) {
  const Plan plan = DrawPlan(seed);
  const std::set<size_t> drop = tries == 0 ? std::set<size_t>() : Minimize(plan, tries);
  std::printf("failed %llu: %s\n  replay: %s\n", static_cast<unsigned long long>(seed),
              violation.c_str(), ReplayLine(seed, drop).c_str());
  for (size_t i = 0; i < plan.items.size(); ++i) {
    if (!drop.contains(i)) std::printf("  item %zu: %s\n", i, plan.items[i].Describe().c_str());
  }
  std::fflush(stdout);
}

int Run(uint64_t first, uint64_t count, size_t tries, bool stop) {
  uint64_t failures = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome o = RunSeed(seed);
    if (o.violation.empty()) continue;
    ++failures;
    Report(seed, o.violation, tries);
    if (stop) break;
  }
  std::printf("done %llu %llu %llu\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(failures));
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace parley::sim

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: sim_runner FIRST COUNT [SMALLER]\n");
    return 2;
  }
  const bool stop = argc > 3 && std::strcmp(argv[3], "first") == 0;
  const uint64_t tries = stop ? 0 : argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 150;
  return parley::sim::Run(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10),
                          tries, stop);
}
