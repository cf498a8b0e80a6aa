// A machine whose whole disk is an older copy of itself, while everyone who heard its votes is
// there: it must never contradict itself.

#include "tests/sim/campaign.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

RestoreOutcome RunRestoredCopy(uint64_t seed) {
  Rng rng(seed);
  ClusterOptions options;
  options.seed = seed;
  options.n = rng.Range(4, 7);
  Cluster cluster(options);
  World& world = cluster.world();
  world.network.delay_max_ms = rng.Range(5, 80);
  Host* host = cluster.honest(rng.Below(options.n));
  // Views that fail now and then: votes of all kinds, in several views that are not final.
  const uint64_t drop = rng.Below(60);
  world.filter = [&world, drop](size_t, size_t, const Message& m) {
    const auto* vote = std::get_if<SignedVote>(&m);
    const bool late = vote != nullptr && vote->vote.kind == VoteKind::kFinalize;
    return (late || std::holds_alternative<Proposal>(m)) && world.rng.Percent(drop);
  };
  cluster.StartAll();
  for (int i = 0; i < 8; ++i) {
    world.At(rng.Below(15'000), [&cluster, i] {
      cluster.honest_hosts()[static_cast<size_t>(i) % 4]->Submit(fmt::format("r{}", i));
    });
  }
  const uint64_t copied = rng.Range(200, 10'000);
  world.RunUntil(copied);
  const Disk copy = host->disk();
  world.RunUntil(copied + rng.Range(10, 5'000));
  const bool forgets = !(copy.votes == host->disk().votes);
  host->Crash();
  host->disk() = copy;
  cluster.oracle().OnDiskReplaced(host->machine(), copy);
  world.RunUntil(world.now_ms() + 500);  // what was under way has arrived
  host->Start();
  world.RunUntil(world.now_ms() + 20'000);
  cluster.Heal();
  world.RunUntil(world.now_ms() + 60'000);
  return {cluster.oracle().violation(), forgets,
          host->up() && host->core()->Status().voting && !host->core()->Status().asking};
}

}  // namespace parley::sim
