#include "tests/whole/world.h"

#include <cstdio>
#include <cstdlib>

#include "base/limits.h"
#include "tests/whole/machine.h"

namespace parley::whole {
namespace {

constexpr uint64_t kEarly_ms = 60'000;  // the accord was founded so long before

// In memory where there is such a place: nothing here crashes in a way that a disk would remember.
std::filesystem::path Parent() {
  std::error_code ignored;
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory, ignored) ? memory
                                                        : std::filesystem::temp_directory_path();
}

}  // namespace

TimeMs SimClock::Now() const {
  return static_cast<TimeMs>(
      static_cast<int64_t>(testing::kFoundedMs + kEarly_ms + queue_.now_ms()) + skew_ms);
}

World::World(const WorldOptions& options)
    : rng_(options.seed),
      clock_(queue_),
      dir_(Parent()),
      accord_(
          std::make_unique<testing::Accord>(options.members, 600'000, options.officers, clock_)),
      trace_(std::getenv("SIM_TRACE") != nullptr) {}

World::~World() = default;

std::string World::DirOf(size_t machine) const { return dir_ / testing::Accord::NameOf(machine); }

void World::Add(std::unique_ptr<Machine> machine) {
  machines_.push_back(std::move(machine));
  groups_.push_back(0);
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

// As node/rpc/peer_link.cc.
bool World::MakeRoom(Lane* lane, size_t bytes, Priority priority) {
  const auto fits = [&] {
    return lane->first.size() + lane->last.size() < limits::kPeerSendQueueMax &&
           lane->queued_bytes + bytes <= limits::kPeerSendQueueBytesMax;
  };
  while (!fits() && priority == Priority::kFirst && !lane->last.empty()) {
    lane->queued_bytes -= lane->last.back().bytes;
    lane->last.pop_back();
  }
  return fits();
}

void World::Transmit(size_t from, size_t to, size_t bytes, Priority priority, Delivery deliver) {
  Lane& lane = LaneOf(from, to);
  if (!lane.up || !MakeRoom(&lane, bytes, priority)) return;
  lane.queued_bytes += bytes;
  (priority == Priority::kFirst ? lane.first : lane.last).push_back({bytes, std::move(deliver)});
  if (!lane.writing) Write(from, to);
}

void World::Write(size_t from, size_t to) {
  Lane& lane = LaneOf(from, to);
  auto& queue = lane.first.empty() ? lane.last : lane.first;
  lane.writing = !queue.empty();
  if (!lane.writing) return;
  Waiting next = std::move(queue.front());
  queue.pop_front();
  lane.queued_bytes -= next.bytes;
  const uint64_t share = std::max<uint64_t>(bytes_per_ms / (size() - 1), 1);
  const uint64_t written = now_ms() + next.bytes / share;
  lane.last_ms = std::max(lane.last_ms, written + rng_.Range(delay_min_ms, delay_max_ms));
  queue_.At(written, [this, from, to, life = lane.life] {
    if (LaneOf(from, to).life == life) Write(from, to);
  });
  queue_.At(lane.last_ms, [this, from, to, life = lane.life, d = std::move(next.deliver)] {
    const Lane& now = LaneOf(from, to);
    if (now.life == life && now.up) d(at(to));
  });
}

void World::Trace(const std::string& line) const {
  if (trace_)
    std::fprintf(stderr, "%8.3f %s\n", static_cast<double>(now_ms()) / 1000, line.c_str());
}

}  // namespace parley::whole
