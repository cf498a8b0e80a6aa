#pragma once

// The simulator's own generator (SplitMix64, Steele, Lea and Flood, OOPSLA 2014): the standard
// library's distributions differ between implementations, and a seed must mean one history
// everywhere.

#include <cstdint>

namespace parley::sim {

class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // 0 .. n-1; n must not be 0.
  uint64_t Below(uint64_t n) { return Next() % n; }
  // low .. high, both included.
  uint64_t Range(uint64_t low, uint64_t high) { return low + Below(high - low + 1); }
  bool Percent(uint64_t p) { return Below(100) < p; }

 private:
  uint64_t state_;
};

}  // namespace parley::sim
