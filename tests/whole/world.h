#pragma once

// A simulated world of whole nodes: one clock, one network, one thread. Every node is the
// production replica with a database of its own; only threads, gRPC and the clocks are replaced.
// A seed decides everything, so it means one history.
//
// Links are as the production's: what is sent arrives once while the link is up; when it goes down,
// what is under way is lost and both ends are told. Each link has its part of its sender's uplink
// and a queue with the production limits, in which records wait behind all else: who floods a link
// fills its own queue.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "tests/replica/accord.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/rng.h"
#include "tests/support/temp_dir.h"
#include "tests/whole/effort.h"

namespace parley::whole {

class Machine;

// Of one machine. What work costs is counted (effort.h).
class SimClock final : public Clock {
 public:
  explicit SimClock(const sim::EventQueue& queue) : queue_(queue) {}
  SteadyMs Steady() const override { return static_cast<SteadyMs>(1 + queue_.now_ms()); }
  TimeMs Now() const override;
  std::chrono::nanoseconds Stopwatch() const override { return TotalEffort().Time(); }
  int64_t skew_ms = 0;  // of the wall clock

 private:
  const sim::EventQueue& queue_;
};

struct WorldOptions {
  uint64_t seed = 1;
  size_t members = 4;
  size_t officers = 2;  // of each member
};

class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();

  sim::EventQueue& queue() { return queue_; }
  uint64_t now_ms() const { return queue_.now_ms(); }
  sim::Rng& rng() { return rng_; }
  testing::Accord& accord() { return *accord_; }
  const Clock& clock() const { return clock_; }  // that is right
  std::string DirOf(size_t machine) const;
  size_t size() const { return machines_.size(); }
  Machine& at(size_t i) { return *machines_[i]; }
  // The next number; the world owns it.
  void Add(std::unique_ptr<Machine> machine);

  // Network conditions, from now on.
  uint64_t delay_min_ms = 1;
  uint64_t delay_max_ms = 10;
  uint64_t bytes_per_ms = 10'000;  // of each uplink, shared by its links
  // A machine with another group number cannot be reached.
  void SetGroup(size_t machine, int group);
  // Links of machines that came up or went away, are cut or whole again.
  void UpdateLinks();
  // Both ends of one link are told that it broke, and that it is up again.
  void BreakLink(size_t a, size_t b);

  enum class Priority { kFirst, kLast };
  using Delivery = std::function<void(Machine&)>;
  // Hands `deliver` to the machine; dropped when there is no room in the queue or the link goes
  // down meanwhile.
  void Transmit(size_t from, size_t to, size_t bytes, Priority priority, Delivery deliver);
  bool Linked(size_t a, size_t b) const;

  void Trace(const std::string& line) const;
  bool tracing() const { return trace_; }

 private:
  struct Waiting {
    size_t bytes;
    Delivery deliver;
  };
  struct Lane {  // from one machine to another
    bool up = false;
    uint64_t life = 0;  // grows whenever the link comes or goes
    bool writing = false;
    uint64_t last_ms = 0;  // when the newest message arrives
    std::deque<Waiting> first, last;
    size_t queued_bytes = 0;
  };
  bool MakeRoom(Lane* lane, size_t bytes, Priority priority);
  void Write(size_t from, size_t to);
  Lane& LaneOf(size_t from, size_t to) { return lanes_[{from, to}]; }
  void SetLink(size_t a, size_t b, bool up);

  sim::EventQueue queue_;
  sim::Rng rng_;
  SimClock clock_;
  testing::TempDir dir_;
  std::unique_ptr<testing::Accord> accord_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::map<std::pair<size_t, size_t>, Lane> lanes_;
  std::vector<int> groups_;
  bool trace_ = false;
};

}  // namespace parley::whole
