#pragma once

// What one peer may cost us: a token bucket in whole milliseconds. Only work that led nowhere (a
// signature that did not verify) and answers that we send on request are charged.

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace parley::consensus {

// Starts full. A value of the core's single thread; the time is whatever the core was told last.
class Budget {
 public:
  // `burst` at once, then one per `refill_ms`, which must not be 0; never more than `burst` saved
  // up.
  Budget(uint64_t burst, uint64_t refill_ms) : burst_(burst), refill_ms_(refill_ms), left_(burst) {}

  // Whether Take would succeed now.
  bool Has(SteadyMs now) {
    Refill(now);
    return left_ > 0;
  }
  // False, and nothing is taken, when it is used up.
  bool Take(SteadyMs now) {
    if (!Has(now)) return false;
    --left_;
    return true;
  }

 private:
  // Keeps the rest of a period that has begun. A clock that went back refills nothing until it is
  // where it was.
  void Refill(SteadyMs now) {
    if (ToInt(now) < ToInt(since_)) return;
    const uint64_t gained = (ToInt(now) - ToInt(since_)) / refill_ms_;
    if (gained == 0) return;
    left_ = std::min(burst_, gained > burst_ ? burst_ : left_ + gained);
    since_ = static_cast<SteadyMs>(ToInt(since_) + gained * refill_ms_);
  }

  uint64_t burst_;
  uint64_t refill_ms_;
  uint64_t left_;
  SteadyMs since_{};
};

}  // namespace parley::consensus
