#pragma once

// Queues in which nobody can hold up or crowd out another: each owner (a member, or this node's own
// people) has a lane and a quota. What is served next belongs to the owner who has cost least
// lately; cost is time, as whoever does the work measures it, and bytes. An owner who was idle
// begins where the others are, so it saves nothing up.
//
// The scheme is start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) with the cost charged
// when it is known. Neither class is thread-safe.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace parley::replica {

// What each owner may have under way at once.
class Quota {
 public:
  Quota(size_t items_max, size_t bytes_max) : items_max_(items_max), bytes_max_(bytes_max) {}

  // False, and nothing is taken, when the owner's share would be exceeded. Something that is larger
  // than a whole share fits into an empty one.
  bool Take(const std::string& owner, size_t items, size_t bytes) {
    Used& used = by_owner_[owner];
    const bool first = used.items == 0 && used.bytes == 0;
    if (!first && (used.items + items > items_max_ || used.bytes + bytes > bytes_max_))
      return false;
    used.items += items;
    used.bytes += bytes;
    bytes_ += bytes;
    return true;
  }
  void Return(const std::string& owner, size_t items, size_t bytes) {
    const auto it = by_owner_.find(owner);
    if (it == by_owner_.end()) return;
    it->second.items -= std::min(items, it->second.items);
    it->second.bytes -= std::min(bytes, it->second.bytes);
    bytes_ -= std::min(bytes, bytes_);
    if (it->second.items == 0 && it->second.bytes == 0) by_owner_.erase(it);
  }
  size_t ItemsOf(const std::string& owner) const {
    const auto it = by_owner_.find(owner);
    return it == by_owner_.end() ? 0 : it->second.items;
  }
  size_t bytes() const { return bytes_; }

 private:
  struct Used {
    size_t items = 0;
    size_t bytes = 0;
  };
  size_t items_max_;
  size_t bytes_max_;
  size_t bytes_ = 0;
  std::map<std::string, Used> by_owner_;
};

template <class Item>
class FairLanes {
 public:
  struct Popped {
    std::string owner;
    Item item;
  };

  void Push(const std::string& owner, Item item) {
    Lane& lane = lanes_[owner];
    if (lane.items.empty()) lane.spent = std::max(lane.spent, floor_);
    lane.items.push_back(std::move(item));
    ++size_;
  }

  // The oldest item of the owner that has cost least; nothing when all lanes are empty.
  std::optional<Popped> Pop() {
    auto next = lanes_.end();
    for (auto it = lanes_.begin(); it != lanes_.end(); ++it) {
      if (it->second.items.empty()) continue;
      if (next == lanes_.end() || it->second.spent < next->second.spent) next = it;
    }
    if (next == lanes_.end()) return std::nullopt;
    Lane& lane = next->second;
    floor_ = std::max(floor_, lane.spent);
    Popped out{next->first, std::move(lane.items.front())};
    lane.items.pop_front();
    ++lane.spent;  // so that those who cost nothing measurable take turns
    --size_;
    return out;
  }

  // In microseconds of work, or what is as dear.
  void Charge(const std::string& owner, uint64_t cost) {
    const auto it = lanes_.find(owner);
    if (it != lanes_.end()) it->second.spent += cost;
  }

  // Everything that waits, in no particular order; the lanes are empty afterwards.
  std::deque<Item> TakeAll() {
    std::deque<Item> out;
    for (auto& [owner, lane] : lanes_)
      for (Item& item : lane.items) out.push_back(std::move(item));
    lanes_.clear();
    size_ = 0;
    return out;
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

 private:
  struct Lane {
    std::deque<Item> items;
    uint64_t spent = 0;
  };
  std::map<std::string, Lane> lanes_;
  uint64_t floor_ = 0;  // what the one who was served last had spent
  size_t size_ = 0;
};

}  // namespace parley::replica
