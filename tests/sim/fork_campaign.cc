#include "tests/sim/campaign.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

ForkOutcome RunFork(uint64_t seed) {
  Rng rng(seed);
  ClusterOptions options;
  options.seed = seed;
  options.n = rng.Range(4, 7);
  const size_t f = (options.n - 1) / 3;
  while (options.twins.size() < f + 1) options.twins.insert(rng.Below(options.n));
  Cluster cluster(options);
  cluster.oracle().AllowForks();
  World& world = cluster.world();
  cluster.StartAll();
  if (rng.Percent(50)) {  // the fork comes in epoch 2
    ToyCharter charter{Epoch{2}, cluster.first_members()};
    ++charter.members[rng.Below(options.n)].generation;
    cluster.honest_hosts().front()->Submit(CharterRecord(charter));
    world.RunUntil(5'000);
  }
  // One copy of each twin on either side, honest members drawn.
  std::vector<size_t> twin_side(options.n, 0);
  for (size_t i = 0; i < world.endpoint_count(); ++i) {
    const size_t machine = world.machine_of(i);
    world.network.group[i] = options.twins.contains(machine) ? twin_side[machine]++ : rng.Below(2);
  }
  world.network.delay_max_ms = rng.Range(10, 150);
  const uint64_t start = world.now_ms();
  for (int i = 0; i < 6; ++i) {
    for (Host* h : cluster.honest_hosts()) h->Submit(fmt::format("r{}-{}", h->machine(), i));
    world.RunUntil(start + static_cast<uint64_t>(i + 1) * 4'000);
  }
  cluster.Heal();
  world.RunUntil(start + 90'000);
  std::vector<const Disk*> disks;
  for (Host* h : cluster.honest_hosts()) disks.push_back(&h->disk());
  ForkOutcome out;
  out.violation = cluster.oracle().violation();
  out.forked = cluster.oracle().forked();
  out.culprits = cluster.oracle().Culprits(disks);
  out.twins = options.twins;
  out.needed = f + 1;
  return out;
}

}  // namespace parley::sim
