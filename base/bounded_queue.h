#pragma once

// BoundedQueue<T>: many threads push, one thread pops. A full queue refuses with
// RESOURCE_EXHAUSTED instead of growing; that is how a node says "slow down" to a peer or client.
// Thread-safe. Close() wakes the popper, which then drains what is left and gets nullopt.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/status.h"

namespace parley {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t items_max) : items_max_(items_max) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // RESOURCE_EXHAUSTED when full, UNAVAILABLE after Close().
  Status Push(T item) {
    {
      const std::lock_guard lock(mu_);
      if (closed_) return Unavailable("the queue is closed");
      if (items_.size() >= items_max_)
        return ResourceExhausted(
            fmt::format("the queue holds its maximum of {} items", items_max_));
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
    return absl::OkStatus();
  }

  // Waits until an item is there, `until` passes or the queue is closed and empty (nullopt).
  std::optional<T> PopUntil(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mu_);
    ready_.wait_until(lock, until, [this] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    T out = std::move(items_.front());
    items_.pop_front();
    return out;
  }

  // An item if one is there now; never waits.
  std::optional<T> TryPop() { return PopUntil(std::chrono::steady_clock::time_point::min()); }

  void Close() {
    {
      const std::lock_guard lock(mu_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  bool closed() const {
    const std::lock_guard lock(mu_);
    return closed_;
  }
  size_t size() const {
    const std::lock_guard lock(mu_);
    return items_.size();
  }

 private:
  const size_t items_max_;
  mutable std::mutex mu_;
  std::condition_variable ready_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace parley
