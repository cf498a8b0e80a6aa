#include "tests/whole/world.h"

#include <cstdio>
#include <cstdlib>

#include "base/limits.h"
#include "tests/whole/machine.h"

namespace parley::whole {
namespace {

constexpr uint64_t kEarly_ms = 60'000;  // the accord was founded so long before

}  // namespace

TimeMs SimClock::Now() const {
  return static_cast<TimeMs>(
      static_cast<int64_t>(testing::kFoundedMs + kEarly_ms + queue_.now_ms()) + skew_ms);
}

World::World(const WorldOptions& options)
    : rng_(options.seed),
      clock_(queue_),
      accord_(
          std::make_unique<testing::Accord>(options.members, 600'000, options.officers, clock_)),
      trace_(std::getenv("SIM_TRACE") != nullptr) {}

World::~World() = default;

std::string World::DirOf(size_t machine) const { return dir_ / testing::Accord::NameOf(machine); }

void World::Add(std::unique_ptr<Machine> machine) {
  machines_.push_back(std::move(machine));
  groups_.push_back(0);
  uplink_free_at_.push_back(0);
}

void World::SetGroup(size_t machine, int group) { groups_[machine] = group; }

bool World::Linked(size_t a, size_t b) const {
  const auto it = lanes_.find({a, b});
  return it != lanes_.end() && it->second.up;
}

void World::SetLink(size_t a, size_t b, bool up) {
  if (LaneOf(a, b).up == up) return;
  for (Lane* lane : {&LaneOf(a, b), &LaneOf(b, a)}) {
    const uint64_t life = lane->life + 1;
    *lane = Lane();
    lane->up = up;
    lane->life = life;
  }
  at(a).LinkChanged(b, up);
  at(b).LinkChanged(a, up);
}

void World::UpdateLinks() {
  for (size_t a = 0; a < size(); ++a) {
    for (size_t b = a + 1; b < size(); ++b)
      SetLink(a, b, at(a).up() && at(b).up() && groups_[a] == groups_[b]);
  }
}

void World::BreakLink(size_t a, size_t b) {
  SetLink(a, b, false);
  UpdateLinks();
}

void World::Transmit(size_t from, size_t to, size_t bytes, uint64_t leaves_ms,
                     std::function<void(Machine&)> deliver) {
  Lane& lane = LaneOf(from, to);
  if (!lane.up) return;
  if (lane.queued >= limits::kPeerSendQueueMax ||
      lane.queued_bytes + bytes > limits::kPeerSendQueueBytesMax)
    return;
  lane.queued += 1;
  lane.queued_bytes += bytes;
  uint64_t& free_at = uplink_free_at_[from];
  free_at = std::max({free_at, leaves_ms, now_ms()}) + bytes / bytes_per_ms;
  lane.last_ms = std::max(lane.last_ms, free_at + rng_.Range(delay_min_ms, delay_max_ms));
  queue_.At(lane.last_ms, [this, from, to, bytes, life = lane.life, d = std::move(deliver)] {
    Lane& now = LaneOf(from, to);
    if (now.life != life || !now.up) return;
    now.queued -= 1;
    now.queued_bytes -= bytes;
    d(at(to));
  });
}

void World::Trace(const std::string& line) const {
  if (trace_)
    std::fprintf(stderr, "%8.3f %s\n", static_cast<double>(now_ms()) / 1000, line.c_str());
}

}  // namespace parley::whole
