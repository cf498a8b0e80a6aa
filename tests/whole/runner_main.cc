// Runs seeds one after the other: whole_runner FIRST COUNT [v|first]. Prints a line for each that
// fails, with its plan (all of them with "v", none after the first with "first"), then "done
// <first> <count> <failures>". Exit 1 when one failed. SIM_TRACE=1 tells the story;
// SIM_TRICKS=censor,epochs gives all adversaries these tricks.

#include <cstdio>
#include <cstdlib>

#include "crypto/sign.h"
#include "tests/whole/campaign.h"

namespace parley::whole {
namespace {

int Run(uint64_t first, uint64_t count, bool verbose, bool stop) {
  uint64_t failures = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const Plan plan = DrawPlan(seed);
    const Outcome o = RunPlan(plan);
    if (!o.violation.empty()) ++failures;
    if (o.violation.empty() && !verbose) continue;
    if (!o.violation.empty()) fmt::print("failed {}: {}\n", seed, o.violation);
    fmt::print(
        "  seed {}: {} members, {} kB/s, {} s, {} blocks, {} records, longest wait {} ms; "
        "{} messages; at most {} executions, {} verified, {} kB written, {} ms of work; {:016x}\n",
        seed, plan.members, plan.bytes_per_ms, o.elapsed_ms / 1'000, o.blocks, o.records,
        o.longest_wait_ms, o.received, o.most.executions, o.most.verified,
        o.most.written_bytes / 1'000,
        std::chrono::duration_cast<std::chrono::milliseconds>(o.most.Time()).count(), o.digest);
    for (const Item& item : plan.items) {
      if (!o.violation.empty() || item.what == What::kAdversary)
        fmt::print("    {}\n", item.Describe());
    }
    std::fflush(stdout);
    if (stop && failures > 0) break;
  }
  fmt::print("done {} {} {}\n", first, count, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace parley::whole

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: whole_runner FIRST COUNT [v|first]\n");
    return 2;
  }
  parley::InitCrypto();
  const std::string how = argc > 3 ? argv[3] : "";
  return parley::whole::Run(std::strtoull(argv[1], nullptr, 10),
                            std::strtoull(argv[2], nullptr, 10), how == "v", how == "first");
}
