#pragma once

// What a seed means for a whole accord: who is dishonest and how, who has a bad day, who writes
// how much. At most f members are one or the other; what goes wrong with all of them at once is a
// time of trouble, in which nothing is promised but that nothing is contradicted or lost.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/whole/adversary.h"

namespace parley::whole {

enum class What : uint8_t {
  kAdversary,  // from the start; its tricks
  // A bad day of one machine that is honest and counts among the f.
  kCrash,       // comes back after a while
  kCutOff,      // likewise
  kWrongClock,  // of up to a minute, until the end
  kSlowDisk,
  kSlowProcessor,
  // Everybody's.
  kSlowNetwork,
  kClockLeap,  // all wall clocks, by up to a day, for some seconds
  kBlackout,   // all machines crash at once
  kDueDay,     // all wall clocks go on by days: every deadline is past at once
  // Charters, when nobody ends epochs of its own accord.
  kJoin,   // a machine that was not a member
  kLeave,  // after that
  // Work.
  kTrickle,  // a few records of one officer
  kStream,   // one after the other, of one officer, to the end
  kBurst,    // of all officers of one member
  kImport,   // hundreds of one officer
};
const char* NameOf(What what);

struct Item {
  What what{};
  uint64_t at_ms = 0;
  size_t machine = 0;
  uint64_t salt = 0;
  Tricks tricks = 0;  // of an adversary
  std::string Describe() const;
};

struct Plan {
  uint64_t seed = 0;
  size_t members = 4;
  size_t officers = 2;             // of each member
  uint64_t bytes_per_ms = 10'000;  // of each uplink
  size_t victim = 0;               // an honest member, whom adversaries aim at
  std::vector<Item> items;
};

inline constexpr uint64_t kRun_ms = 15'000;  // until then things happen

Plan DrawPlan(uint64_t seed);
// SIM_TRICKS=censor,epochs in place of the tricks that were drawn.
Tricks TricksFromText(const std::string& text);

}  // namespace parley::whole
