#include "tests/sim/campaign.h"

#include <cstdlib>

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr uint64_t kFaults_ms = 20'000;  // length of phase one
constexpr uint64_t kHeal_ms =
    400'000;  // liveness must show within this: back-off is capped at 64 s
constexpr uint64_t kSettle_ms = 90'000;
constexpr uint64_t kSilence_ms = 120'000;
constexpr int kRecords = 12;

class Campaign {
 public:
  explicit Campaign(uint64_t seed) : rng_(seed * 2 + 1), cluster_(Draw(seed)) {}

  Outcome Run() {
    PrepareHosts();
    DrawNetwork();
    ScheduleRecords();
    SchedulePartitions();
    ScheduleCrashes();
    cluster_.StartAll();
    RunChecked(kFaults_ms);
    cluster_.Heal();
    ExpectLiveness();
    ExpectSilence();
    ExpectWipedNodeCatchesUp();
    World& w = cluster_.world();
    const Oracle& o = cluster_.oracle();
    return {o.violation(),     w.history(),         o.final_height(),
            o.evidence_seen(), o.last_final_view(), w.messages()};
  }

 private:
  ClusterOptions Draw(uint64_t seed) {
    ClusterOptions options;
    options.seed = seed;
    const uint64_t dice = rng_.Below(20);
    options.n = dice == 0 ? 10 : dice == 1 ? rng_.Range(1, 3) : rng_.Range(4, 7);
    const size_t f = (options.n - 1) / 3;
    const size_t bad = f == 0 ? 0 : rng_.Range(rng_.Percent(20) ? 0 : 1, f);
    const bool twins = rng_.Percent(40);
    while ((options.twins.size() + options.liars.size()) < bad)
      (twins ? options.twins : options.liars).insert(rng_.Below(options.n));
    return options;
  }

  void PrepareHosts() {
    std::vector<Host*> hosts = cluster_.honest_hosts();
    hosts.insert(hosts.end(), cluster_.twin_hosts().begin(), cluster_.twin_hosts().end());
    const uint64_t sync_max = rng_.Percent(50) ? 2 : 40;
    for (Host* h : hosts) {
      h->options().sync_max_ms = sync_max;
      h->options().skew_ms = static_cast<int64_t>(rng_.Below(4'000)) - 2'000;
      h->options().drift_ppm = static_cast<int64_t>(rng_.Below(100'000)) - 50'000;
    }
    cluster_.world().through_codec = rng_.Percent(30);
  }

  void DrawNetwork() {
    Network& net = cluster_.world().network;
    constexpr uint64_t kLoss[] = {0, 0, 5, 20, 60};
    net.loss_percent = kLoss[rng_.Below(5)];
    net.duplicate_percent = rng_.Percent(50) ? 0 : 10;
    const uint64_t mean = rng_.Range(5, 200);
    net.delay_min_ms = mean / 4 + 1;
    net.delay_max_ms = mean * 2;
  }

  void ScheduleRecords() {
    for (int i = 0; i < kRecords; ++i) {
      const std::string record = fmt::format("record-{}", i);
      cluster_.world().At(rng_.Below(kFaults_ms), [this, record] {
        std::vector<Host*> up;
        for (Host* h : cluster_.honest_hosts()) {
          if (h->up()) up.push_back(h);
        }
        if (up.empty()) return;
        accepted_.insert(record);
        up[rng_.Below(up.size())]->Submit(record);
      });
    }
  }

  void SchedulePartitions() {
    const uint64_t count = rng_.Below(6);
    for (uint64_t i = 0; i < count; ++i) {
      cluster_.world().At(rng_.Below(kFaults_ms), [this] {
        Network& net = cluster_.world().network;
        const uint64_t groups = rng_.Range(1, 3);
        for (size_t& g : net.group) g = rng_.Below(groups);
        net.cut.clear();
        if (rng_.Percent(50)) {
          for (int k = 0; k < 3; ++k)
            net.cut.emplace(rng_.Below(net.group.size()), rng_.Below(net.group.size()));
        }
        cluster_.world().Reconnect();
      });
    }
  }

  void ScheduleCrashes() {
    const uint64_t count = rng_.Below(7);
    const bool all_at_once = rng_.Percent(15);
    for (uint64_t i = 0; i < count; ++i) {
      cluster_.world().At(rng_.Below(kFaults_ms), [this, all_at_once] {
        const std::vector<Host*> hosts = cluster_.honest_hosts();
        const size_t pick = rng_.Below(hosts.size());
        for (size_t h = 0; h < hosts.size(); ++h) {
          if (!all_at_once && h != pick) continue;
          hosts[h]->Crash();
          cluster_.world().At(cluster_.world().now_ms() + rng_.Range(1, 4'000), [host = hosts[h]] {
            if (!host->up()) host->Start();
          });
        }
      });
    }
  }

  bool Fine() { return cluster_.oracle().violation().empty(); }

  void RunChecked(uint64_t until_ms) {
    while (Fine() && cluster_.world().now_ms() < until_ms)
      cluster_.world().RunUntil(std::min(until_ms, cluster_.world().now_ms() + 1'000));
  }

  void ExpectLiveness() {  // F1: with the liars still at it
    const uint64_t end = cluster_.world().now_ms() + kHeal_ms;
    while (Fine() && !cluster_.AllFinal(accepted_) && cluster_.world().now_ms() < end)
      RunChecked(cluster_.world().now_ms() + 1'000);
    if (!cluster_.AllFinal(accepted_))
      cluster_.oracle().Violation(
          fmt::format("F1: a record is not final {} s after healing", kHeal_ms / 1'000));
  }

  void ExpectSilence() {  // F2 and F3
    cluster_.MuteLiars();
    RunChecked(cluster_.world().now_ms() + kSettle_ms);
    const uint64_t end = cluster_.world().now_ms() + kHeal_ms;
    while (Fine() && Busy() && cluster_.world().now_ms() < end)
      RunChecked(cluster_.world().now_ms() + 10'000);
    const uint64_t before = cluster_.world().messages();
    RunChecked(cluster_.world().now_ms() + kSilence_ms);
    if (Fine() && cluster_.world().messages() != before)
      cluster_.oracle().Violation(
          fmt::format("F2: {} messages on an idle ledger", cluster_.world().messages() - before));
    if (Fine() && !cluster_.LedgersEqual()) cluster_.oracle().Violation("F3: ledgers differ");
  }

  // A liar's records may still be under way when it falls silent.
  bool Busy() {
    for (Host* h : cluster_.honest_hosts()) {
      if (!h->core()->Status().waiting_for.empty()) return true;
    }
    return !cluster_.LedgersEqual();
  }

  void ExpectWipedNodeCatchesUp() {  // F4: from one honest peer
    const std::vector<Host*> hosts = cluster_.honest_hosts();
    if (!Fine() || hosts.size() < 2 || hosts.front()->disk().ledger.empty()) return;
    Host* wiped = hosts[rng_.Below(hosts.size())];
    wiped->Wipe();
    Network& net = cluster_.world().network;
    for (size_t& g : net.group) g = 1;
    Host* helper = hosts[wiped == hosts[0] ? 1 : 0];
    for (size_t i = 0; i < net.group.size(); ++i) {
      const Endpoint* e = &cluster_.world().endpoint(i);
      if (e == wiped || e == helper) net.group[i] = 0;
    }
    wiped->Start();
    RunChecked(cluster_.world().now_ms() + 60'000);
    if (Fine() && !cluster_.LedgersEqual())
      cluster_.oracle().Violation("F4: a wiped node did not catch up from one honest peer");
  }

  Rng rng_;
  Cluster cluster_;
  std::set<std::string> accepted_;
};

}  // namespace

Outcome RunSeed(uint64_t seed) { return Campaign(seed).Run(); }

ForkOutcome RunFork(uint64_t seed) {
  Rng rng(seed);
  ClusterOptions options;
  options.seed = seed;
  options.n = rng.Range(4, 7);
  const size_t f = (options.n - 1) / 3;
  while (options.twins.size() < f + 1) options.twins.insert(rng.Below(options.n));
  Cluster cluster(options);
  cluster.oracle().AllowForks();
  // One copy of each twin on either side, honest members drawn.
  World& world = cluster.world();
  std::vector<size_t> twin_side(options.n, 0);
  for (size_t i = 0; i < world.endpoint_count(); ++i) {
    const auto member = ToInt(world.member_of(i));
    world.network.group[i] = options.twins.contains(member) ? twin_side[member]++ : rng.Below(2);
  }
  world.network.delay_max_ms = rng.Range(10, 150);
  cluster.StartAll();
  for (int i = 0; i < 6; ++i) {
    for (Host* h : cluster.honest_hosts()) h->Submit(fmt::format("r{}-{}", h->member(), i));
    world.RunUntil(static_cast<uint64_t>(i + 1) * 4'000);
  }
  cluster.Heal();
  world.RunUntil(90'000);
  std::vector<const Disk*> disks;
  for (Host* h : cluster.honest_hosts()) disks.push_back(&h->disk());
  ForkOutcome out;
  out.violation = cluster.oracle().violation();
  out.forked = cluster.oracle().forked();
  out.culprits = cluster.oracle().Culprits(disks);
  for (const size_t t : options.twins) out.twins.insert(static_cast<MemberIndex>(t));
  out.needed = f + 1;
  return out;
}

Seeds SeedsFromEnvironment(uint64_t count) {
  if (const char* seed = std::getenv("SIM_SEED")) return {std::strtoull(seed, nullptr, 10), 1};
  if (const char* runs = std::getenv("SIM_RUNS")) count = std::strtoull(runs, nullptr, 10);
  return {1, count};
}

}  // namespace parley::sim
