#pragma once

// What a seed means: a size, and a list of things that go wrong or are asked for. Each item is
// independent of the others (its own randomness comes from its salt), so that a failing run can be
// made smaller by leaving items out: SIM_DROP=3,17 drops those numbers.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace parley::sim {

enum class What : uint8_t {
  // Who and where, from the start.
  kLiar,
  kTwin,
  kCodec,  // every message is encoded and decoded on the way
  kLoss,
  kDuplicate,
  kDelay,
  kSlowSync,
  kClock,  // skew and rate of one machine
  kSlowMachine,
  kBandwidth,
  // Requests.
  kRecord,
  kAddMember,
  kRemoveMember,
  kRotateKey,
  kTwoChanges,
  // Network.
  kPartition,        // 2 or 3 groups
  kIsolate,          // one machine alone
  kMovingPartition,  // one machine after the other
  kOneWayCut,
  kClog,
  kReunite,
  // Machines.
  kClockStep,
  kCrash,
  kCrashAll,
  kRestartLoop,
  kFailingSync,
  kLongAbsence,
  kClockLeap,  // all wall clocks, by up to a day, for some seconds
  kDisagree,   // f + 1 wall clocks are slow until the faults end
  // Disks, of at most the machines that the fault budget has room for.
  kFlipBits,
  kOlderCopy,
  kWipe,
};
const char* NameOf(What what);

struct Item {
  What what{};
  uint64_t at_ms = 0;
  size_t machine = 0;
  uint64_t salt = 0;
  std::string Describe() const;
};

struct Plan {
  uint64_t seed = 0;
  size_t n = 4;
  size_t spare = 0;
  std::vector<Item> items;

  ClusterOptions Options() const;
  // Machines that the fault budget pays for: liars, twins and those whose disk is touched.
  std::set<size_t> Untrusted() const;
};

inline constexpr uint64_t kFaults_ms = 20'000;  // length of the first phase

Plan DrawPlan(uint64_t seed);
// Without the items of these numbers.
Plan Without(const Plan& plan, const std::set<size_t>& drop);

}  // namespace parley::sim
