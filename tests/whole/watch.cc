#include "tests/whole/watch.h"

#include "base/limits.h"
#include "ledger/store/ledger_store.h"
#include "parley/v1/entry.pb.h"

namespace parley::whole {
namespace {

constexpr uint64_t kLook_ms = 250;
// An acknowledged record is in within this, whatever f members do: they may waste the views that
// they lead, and those in a row make each other's patience grow.
constexpr uint64_t kInclusionBase_ms = 10'000;
constexpr uint64_t kInclusionPerFaulty_ms = 5'000;
// How often everything may be sent: as gossip, in blocks, and in blocks that were too large.
constexpr uint64_t kAttempts = 4;
// What ExpectFairWork allows besides what grows with the ledger.
constexpr uint64_t kExecutionsBase = 100;
constexpr uint64_t kVerifiedBase = 1'000;
constexpr uint64_t kWrittenBase = 8 << 20;
constexpr uint64_t kWrittenTimes = 8;
constexpr uint64_t kVotesBase = 4 << 20;
// A node whose people wait for so long says why, or that it does.
constexpr uint64_t kTellAfter_ms = 9'000;

}  // namespace

Watch::Watch(World& world, std::set<size_t> honest) : world_(world), honest_(std::move(honest)) {}

void Watch::Violation(const std::string& text) {
  if (!violation_.empty()) return;
  violation_ = fmt::format("{} (at {} ms)", text, world_.now_ms());
  world_.Trace(violation_);
}

void Watch::Attach(size_t machine) {
  if (!honest_.contains(machine)) return;
  Machine& m = world_.at(machine);
  if (!m.up()) return Violation(fmt::format("m{} does not start: {}", machine, m.failure()));
  OnPublished(machine, *m.replica().Latest());
  m.replica().AddListener([this, machine](const std::shared_ptr<const replica::Published>& p) {
    OnPublished(machine, *p);
  });
}

void Watch::OnPublished(size_t machine, const replica::Published& published) {
  const auto [it, is_new] = chain_.emplace(published.tip.height, published.tip.block);
  if (!is_new && it->second != published.tip.block)
    Violation(fmt::format("m{} has another block at height {}", machine, published.tip.height));
  uint64_t& size = sizes_[machine];
  if (published.tip.size < size)
    Violation(
        fmt::format("m{} fell back from {} entries to {}", machine, size, published.tip.size));
  size = published.tip.size;
  if (world_.tracing())
    world_.Trace(fmt::format("m{} height {} entries {}", machine, published.tip.height, size));
}

// Besides the views that faulty members may waste, a record may wait until what its own people
// have handed in before has passed the lines: once as gossip and once in blocks, to all others.
void Watch::Acknowledged(size_t home, const RecordId& id, size_t bytes) {
  if (final_.contains(id) || left_.contains(home)) return;
  size_t before = bytes;
  for (const auto& [other, w] : waiting_) before += w.home == home ? w.bytes : 0;
  const size_t f = (world_.size() - 1) / 3;
  const uint64_t lines_ms = kAttempts * before * (world_.size() - 1) / world_.bytes_per_ms;
  waiting_.emplace(id, Waiting{home, world_.now_ms(), bytes,
                               kInclusionBase_ms + f * kInclusionPerFaulty_ms + lines_ms});
}

void Watch::Leaves(size_t machine) {
  honest_.erase(machine);
  std::erase_if(waiting_, [&](const auto& e) { return e.second.home == machine; });
  left_.insert(machine);
}

void Watch::Trouble(uint64_t until_ms) { calm_since_ms_ = std::max(calm_since_ms_, until_ms); }

void Watch::Begin() {
  world_.queue().At(world_.now_ms() + kLook_ms, [this] {
    Check();
    Begin();
  });
}

void Watch::Check() {
  for (const size_t machine : honest_) {
    if (world_.at(machine).up()) CheckNode(machine);
  }
  CheckWaiting();
}

void Watch::CheckNode(size_t machine) {
  Machine& m = world_.at(machine);
  if (!m.failure().empty()) return Violation(fmt::format("m{}: {}", machine, m.failure()));
  const replica::ReplicaStatus s = m.replica().GetStatus();
  if (world_.tracing())
    world_.Trace(fmt::format("m{} epoch {} view {} final {} height {} pending {}: {}", machine,
                             s.core.epoch, s.core.view, s.core.last_final, s.core.tip_height,
                             s.pending_records, s.core.waiting_for));
  if (!s.alarms.empty())
    Violation(fmt::format("m{} raised an alarm: {}", machine, s.alarms.back()));
}

void Watch::CheckWaiting() {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const auto& [id, w] = *it;
    Machine& home = world_.at(w.home);
    if (!home.up()) {
      ++it;
      continue;
    }
    const auto latest = home.replica().Latest();
    const bool final = store::LedgerReader(latest->snapshot).FindRecord(id).ok();
    const uint64_t begun = std::max(w.since_ms, calm_since_ms_);
    const uint64_t waited = world_.now_ms() > begun ? world_.now_ms() - begun : 0;
    const bool promised = !excused_.contains(w.home);
    if (promised) longest_wait_ms_ = std::max(longest_wait_ms_, waited);
    if (promised && waited > w.allowed_ms)
      Violation(fmt::format("a record of m{} is not in after {} ms", w.home, waited));
    if (promised && !final && waited > kTellAfter_ms) {
      const replica::ReplicaStatus s = home.replica().GetStatus();
      if (s.notices.empty() && s.core.waiting_for.empty())
        Violation(fmt::format("m{} does not say that its people wait", w.home));
    }
    if (final) final_.emplace(id, w.home);
    it = final ? waiting_.erase(it) : std::next(it);
  }
}

void Watch::ExpectAllEqual() {
  CheckWaiting();
  if (!waiting_.empty())
    Violation(fmt::format("{} acknowledged records are not in, one of m{}", waiting_.size(),
                          waiting_.begin()->second.home));
  for (const size_t machine : honest_) {
    if (!world_.at(machine).up()) return Violation(fmt::format("m{} does not run", machine));
  }
  const auto first = world_.at(*honest_.begin()).replica().Latest();
  for (const size_t machine : honest_) {
    const auto latest = world_.at(machine).replica().Latest();
    if (latest->tip.block != first->tip.block)
      Violation(fmt::format("m{} stands at height {}, m{} at {}", machine, latest->tip.height,
                            *honest_.begin(), first->tip.height));
    const store::LedgerReader reader(latest->snapshot);
    for (const auto& [id, home] : final_) {
      if (!reader.FindRecord(id).ok())
        Violation(fmt::format("a record of m{} is not in the ledger of m{}", home, machine));
    }
  }
}

void Watch::ExpectProofs(const std::set<size_t>& guilty) {
  const auto latest = world_.at(*honest_.begin()).replica().Latest();
  const store::LedgerReader reader(latest->snapshot);
  std::set<std::string> proven;
  for (uint64_t i = 0; i < latest->tip.size; ++i) {
    v1::Entry entry;
    if (!entry.ParseFromString(reader.Entry(i).value())) return Violation("an unreadable entry");
    if (entry.event().has_misbehaviour()) proven.insert(entry.event().misbehaviour().member());
  }
  for (const size_t machine : honest_) {
    if (proven.contains(testing::Accord::NameOf(machine)))
      Violation(fmt::format("m{} is accused on the ledger", machine));
  }
  for (const size_t machine : guilty) {
    if (!proven.contains(testing::Accord::NameOf(machine)))
      Violation(fmt::format("the ledger does not say that m{} contradicted itself", machine));
  }
}

// What a node did and keeps, against what it was asked for: whatever others send, it executes each
// block about once, verifies about a signature for each message or record, writes what becomes part
// of the ledger a few times over, and keeps nothing that leads nowhere.
void Watch::ExpectFairWork() {
  for (const size_t machine : honest_) {
    Machine& m = world_.at(machine);
    if (!m.up()) continue;
    const auto latest = m.replica().Latest();
    const uint64_t ledger = StoredBytes(*latest->snapshot, store::Family::kEntries);
    const Effort& e = m.effort();
    const auto expect = [&](const char* what, uint64_t is, uint64_t at_most) {
      if (world_.tracing())
        world_.Trace(fmt::format("m{}: {} {} of {}", machine, what, is, at_most));
      if (is > at_most)
        Violation(fmt::format("m{}: {} {}, more than {}", machine, what, is, at_most));
    };
    expect("executions", e.executions, kExecutionsBase + 3 * latest->tip.height);
    expect("signatures verified", e.verified, kVerifiedBase + 2 * m.received());
    expect("bytes written", e.written_bytes, kWrittenBase + kWrittenTimes * ledger);
    expect("bytes of votes and proofs", StoredBytes(*latest->snapshot, store::Family::kVotes),
           kVotesBase + ledger / 2);
  }
}

uint64_t Watch::StoredBytes(const store::Snapshot& snapshot, store::Family family) {
  uint64_t out = 0;
  const Status read =
      snapshot.ForEach(family, "", "", [&](std::string_view key, std::string_view value) {
        out += key.size() + value.size();
        return StatusOr<bool>(true);
      });
  if (!read.ok()) Violation(MessageOf(read));
  return out;
}

}  // namespace parley::whole
