#pragma once

// What is going to happen in a simulated world, in the order of its time, and among equals in the
// order in which it was decided. One thread.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/check.h"

namespace parley::sim {

class EventQueue {
 public:
  uint64_t now_ms() const { return now_; }
  // What lies in the past happens now.
  void At(uint64_t time_ms, std::function<void()> action) {
    queue_.push_back({std::max(time_ms, now_), order_++, std::move(action)});
    std::push_heap(queue_.begin(), queue_.end());
  }
  // Lets everything happen up to and at this time.
  void RunUntil(uint64_t time_ms) {
    while (!queue_.empty() && queue_.front().time <= time_ms) {
      std::pop_heap(queue_.begin(), queue_.end());
      const Action next = std::move(queue_.back());
      queue_.pop_back();
      PARLEY_CHECK(next.time >= now_);
      at_once_ = next.time == now_ ? at_once_ + 1 : 0;
      if (at_once_ > kAtOnceMax) stuck_ = true;
      if (stuck_) break;
      now_ = next.time;
      next.run();
    }
    now_ = time_ms;
  }
  // Time stands still: more happens at one instant than any honest work takes. Somebody wakes
  // again and again without waiting.
  bool stuck() const { return stuck_; }

 private:
  static constexpr uint64_t kAtOnceMax = 200'000;

  struct Action {
    uint64_t time;
    uint64_t order;
    std::function<void()> run;
    // For a heap with the earliest on top.
    bool operator<(const Action& o) const {
      return time != o.time ? time > o.time : order > o.order;
    }
  };

  std::vector<Action> queue_;  // a heap
  uint64_t now_ = 0;
  uint64_t order_ = 0;
  uint64_t at_once_ = 0;
  bool stuck_ = false;
};

}  // namespace parley::sim
