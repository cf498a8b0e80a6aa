#include "tests/sim/plan.h"

namespace parley::sim {
namespace {

constexpr size_t kRecords = 12;

class Drawer {
 public:
  explicit Drawer(uint64_t seed) : rng_(seed * 2 + 1) { plan_.seed = seed; }

  Plan Run() {
    const uint64_t dice = rng_.Below(20);
    plan_.n = dice == 0 ? rng_.Range(1, 3) : dice < 4 ? rng_.Range(8, 10) : rng_.Range(4, 7);
    plan_.spare = rng_.Percent(50) ? rng_.Range(1, 2) : 0;
    DrawUntrusted();
    DrawConditions();
    for (size_t i = 0; i < kRecords; ++i) Add(What::kRecord, Anyone());
    DrawChanges();
    DrawNetworkFaults();
    DrawMachineFaults();
    return plan_;
  }

 private:
  size_t Anyone() { return rng_.Below(plan_.n + plan_.spare); }
  void Add(What what, size_t machine) { AddAt(what, machine, rng_.Below(kFaults_ms)); }
  void AddAt(What what, size_t machine, uint64_t at_ms) {
    plan_.items.push_back({what, at_ms, machine, rng_.Next()});
  }

  void DrawUntrusted() {
    const size_t f = (plan_.n - 1) / 3;
    const size_t bad = f == 0 ? 0 : rng_.Range(rng_.Percent(20) ? 0 : 1, f);
    const bool twins = rng_.Percent(35);
    const bool disks = rng_.Percent(30);
    std::set<size_t> chosen;
    while (chosen.size() < bad) {
      const size_t machine = rng_.Below(plan_.n);
      if (!chosen.insert(machine).second) continue;
      // The last place in the budget may go to an honest machine with a bad disk.
      if (disks && chosen.size() == bad) {
        constexpr What kDisk[] = {What::kFlipBits, What::kOlderCopy, What::kOlderCopy, What::kWipe};
        Add(kDisk[rng_.Below(4)], machine);
        if (rng_.Percent(50)) Add(What::kRotateKey, machine);
      } else {
        AddAt(twins ? What::kTwin : What::kLiar, machine, 0);
      }
    }
  }

  void Maybe(uint64_t percent, What what) {
    if (rng_.Percent(percent)) AddAt(what, 0, 0);
  }
  void DrawConditions() {
    Maybe(30, What::kCodec);
    Maybe(60, What::kLoss);
    Maybe(50, What::kDuplicate);
    Maybe(90, What::kDelay);
    Maybe(50, What::kSlowSync);
    Maybe(10, What::kBandwidth);
    for (size_t m = 0; m < plan_.n + plan_.spare; ++m) AddAt(What::kClock, m, 0);
    if (rng_.Percent(10)) AddAt(What::kSlowMachine, Anyone(), 0);
  }

  void DrawChanges() {
    if (rng_.Percent(40)) return;
    const uint64_t count = rng_.Range(1, 4);
    constexpr What kChange[] = {What::kAddMember, What::kRemoveMember, What::kRotateKey,
                                What::kTwoChanges};
    for (uint64_t i = 0; i < count; ++i) Add(kChange[rng_.Below(4)], Anyone());
  }

  void DrawNetworkFaults() {
    constexpr What kFault[] = {What::kPartition,       What::kPartition, What::kIsolate,
                               What::kMovingPartition, What::kOneWayCut, What::kClog,
                               What::kReunite};
    const uint64_t count = rng_.Below(6);
    for (uint64_t i = 0; i < count; ++i) Add(kFault[rng_.Below(7)], Anyone());
  }

  void DrawMachineFaults() {
    const uint64_t count = rng_.Below(7);
    constexpr What kFault[] = {What::kCrash,      What::kCrash,       What::kCrash,
                               What::kClockStep,  What::kFailingSync, What::kRestartLoop,
                               What::kLongAbsence};
    for (uint64_t i = 0; i < count; ++i) Add(kFault[rng_.Below(7)], Anyone());
    if (rng_.Percent(15)) Add(What::kCrashAll, 0);
    if (rng_.Percent(10)) Add(What::kClockLeap, 0);
    if (rng_.Percent(10)) Add(What::kDisagree, 0);
  }

  Rng rng_;
  Plan plan_;
};

}  // namespace

const char* NameOf(What what) {
  constexpr const char* kNames[] = {"liar",          "twin",         "codec",
                                    "loss",          "duplicate",    "delay",
                                    "slow-sync",     "clock",        "slow-machine",
                                    "bandwidth",     "record",       "add-member",
                                    "remove-member", "rotate-key",   "two-changes",
                                    "partition",     "isolate",      "moving-partition",
                                    "one-way-cut",   "clog",         "reunite",
                                    "clock-step",    "crash",        "crash-all",
                                    "restart-loop",  "failing-sync", "long-absence",
                                    "clock-leap",    "disagree",     "flip-bits",
                                    "older-copy",    "wipe"};
  return kNames[static_cast<uint8_t>(what)];
}

std::string Item::Describe() const {
  return fmt::format("{} of machine {} at {} ms", NameOf(what), machine, at_ms);
}

ClusterOptions Plan::Options() const {
  ClusterOptions options;
  options.seed = seed;
  options.n = n;
  options.spare = spare;
  for (const Item& item : items) {
    if (item.what == What::kTwin) options.twins.insert(item.machine);
    if (item.what != What::kLiar) continue;
    options.liars.insert(item.machine);
    // A few lies, or all of them.
    Rng rng(item.salt);
    uint32_t lies = 0;
    for (uint64_t i = rng.Range(1, 5); i > 0; --i) lies |= 1U << rng.Below(kLies);
    options.lies[item.machine] = rng.Percent(30) ? UINT32_MAX : lies;
  }
  return options;
}

std::set<size_t> Plan::Untrusted() const {
  std::set<size_t> out;
  for (const Item& item : items) {
    if (item.what == What::kLiar || item.what == What::kTwin || item.what >= What::kFlipBits)
      out.insert(item.machine);
  }
  return out;
}

Plan DrawPlan(uint64_t seed) { return Drawer(seed).Run(); }

Plan Without(const Plan& plan, const std::set<size_t>& drop) {
  Plan out = plan;
  out.items.clear();
  for (size_t i = 0; i < plan.items.size(); ++i) {
    if (!drop.contains(i)) out.items.push_back(plan.items[i]);
  }
  return out;
}

}  // namespace parley::sim
