// What a host does with the effects of a step, in the order that core.h asks for.

#include <algorithm>

#include "node/consensus/ranges.h"
#include "tests/sim/host.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr size_t kBlocksPerFetch = 2;
constexpr uint64_t kLameDuck_ms = 30'000;

bool IsEmpty(const Effects& e) {
  return e.persist.empty() && e.deliver.empty() && e.sends.empty() && e.fetches.empty() &&
         e.forwards.empty();
}

}  // namespace

std::optional<FetchAnswer> Host::Serve(Height first) {
  if (!up() || ToInt(first) == 0 || ToInt(first) > disk_.ledger.size()) return std::nullopt;
  FetchAnswer out;
  for (size_t i = ToInt(first) - 1; i < disk_.ledger.size(); ++i) {
    const consensus::Deliver& d = disk_.ledger[i];
    out.blocks.push_back(d.block);
    // As the replica's: whole ones, then headers up to one that has a finalization.
    if (out.blocks.size() > kBlocksPerFetch) out.blocks.back().bytes = nullptr;
    out.finalization = d.finalization;
    if (d.block.seal) break;  // never across the end of an epoch
    if (out.blocks.size() >= kBlocksPerFetch && d.finalization) break;
  }
  if (!out.finalization) return std::nullopt;
  return out;
}

void Host::Step(const Event& event) {
  app_->SetNow(WallNow());
  Batch batch{core_->Step(event, SteadyNow()), era_};
  if (oracle_ != nullptr) oracle_->OnStep(machine(), *era_, core_->Status());
  CheckExecuted(batch);
  if (batch.effects.wake_at) ScheduleWake(*batch.effects.wake_at);
  Deliver(batch);
  std::optional<Block> seal;
  if (!batch.effects.deliver.empty() && batch.effects.deliver.back().block.seal)
    seal = batch.effects.deliver.back().block;
  if (!IsEmpty(batch.effects)) Queue(std::move(batch));
  // The next core's effects lie in later batches, so it is durable only with the seal.
  if (seal) EnterNextEra(*seal);
}

// A finalize vote says that the block was executed here, a notarize vote as well.
void Host::CheckExecuted(const Batch& batch) {
  if (oracle_ == nullptr) return;
  for (const Persist& p : batch.effects.persist) {
    const auto* own = std::get_if<persist::MyVote>(&p);
    if (own == nullptr || IsNullification(own->vote.vote.kind)) continue;
    if (!app_->HasExecuted(own->vote.vote.block))
      oracle_->Violation(
          fmt::format("I8: machine {} voted in view {} for a block it did not execute", machine(),
                      own->vote.vote.view));
  }
}

void Host::Deliver(const Batch& batch) {
  for (const consensus::Deliver& d : batch.effects.deliver) app_->Deliver(d.block);
  for (const Alarm& a : batch.effects.alarms) {
    if (world_.tracing()) world_.Trace(fmt::format("{} alarm: {}", endpoint_, a.text));
    if (a.kind != AlarmKind::kFork && a.kind != AlarmKind::kDivergence) continue;
    alarms_.push_back(a.text);
    BanKey();  // for good, not only until the next start
    if (oracle_ != nullptr) oracle_->OnAlarm(machine(), a);
  }
}

void Host::EnterNextEra(const Block& seal) {
  const auto next = EraAfter(seal);
  const bool leaves = era_->Contains(machine()) && !next->Contains(machine());
  if (!leaves) return BeginEra(next);
  // The ended core stays for a while and helps the others to the end.
  world_.At(world_.now_ms() + kLameDuck_ms, [this, life = life_, era = era_, next] {
    if (up() && life == life_ && era == era_) BeginEra(next);
  });
}

void Host::BeginEra(std::shared_ptr<const Era> next) {
  era_ = std::move(next);
  const CoreConfig config = ConfigFor(*era_);
  const uint64_t generation =
      config.self == kObserver ? 0 : era_->members[ToInt(config.self)].generation;
  Restored nothing;
  nothing.tip = era_->first;
  signer_ = std::make_unique<ToySigner>(machine(), generation);
  auto core = Core::Create(config, *app_, *signer_, verifier_, std::move(nothing));
  if (!core.ok()) {
    if (oracle_ != nullptr) oracle_->Violation("next epoch: " + MessageOf(core.status()));
    return Crash();
  }
  core_ = std::move(*core);
  if (world_.tracing())
    world_.Trace(fmt::format("{} enters epoch {} as {}", endpoint_, era_->epoch, config.self));
  Step(event::Tick{});
  // Connections stay up across the end of an epoch: the new core has to be told of them.
  for (size_t i = 0; i < world_.endpoint_count(); ++i) {
    if (world_.machine_of(i) != machine() && world_.Linked(endpoint_, i) && up())
      Connected(world_.machine_of(i));
  }
}

void Host::Queue(Batch batch) {
  const Effects& e = batch.effects;
  const bool writes = !e.persist.empty() || !e.deliver.empty();
  const uint64_t cost = writes ? world_.rng.Range(0, options_.sync_max_ms) : 0;
  sync_done_ms_ = std::max(sync_done_ms_, world_.now_ms()) + cost;
  if (!writes && unsynced_.empty()) return Release(batch);
  unsynced_.push_back(std::move(batch));
  world_.At(sync_done_ms_, [this, life = life_] { Synced(life); });
}

void Host::Synced(uint64_t life) {
  if (life != life_ || unsynced_.empty()) return;
  if (fail_next_sync) {  // whether it was written after all, nobody knows
    fail_next_sync = false;
    return Crash();
  }
  const Batch batch = std::move(unsynced_.front());
  unsynced_.pop_front();
  disk_.Apply(batch);
  if (oracle_ != nullptr) oracle_->OnDurable(machine(), batch, disk_);
  if (after_sync && after_sync(batch)) return Crash();
  Release(batch);
}

void Host::Release(const Batch& batch) {
  const Era& era = *batch.era;
  for (const Send& s : batch.effects.sends) {
    if (oracle_ != nullptr) oracle_->OnSend(machine(), era, s.message, disk_);
    const auto message = std::make_shared<const Message>(s.message);
    for (const ToyMember& m : era.members) {
      if (s.to && era.MachineOf(*s.to) != m.machine) continue;
      world_.Send(endpoint_, m.machine, message);
    }
  }
  for (const FetchBlocks& f : batch.effects.fetches)
    world_.Fetch(endpoint_, era.MachineOf(f.from), f.first, life_ * 1'000 + ToInt(era.epoch));
  if (batch.effects.forwards.empty()) return;
  const std::vector<std::string> pending(disk_.pending.begin(), disk_.pending.end());
  for (const ForwardRecords& f : batch.effects.forwards) {
    for (const ToyMember& m : era.members) {
      if (!f.to || era.MachineOf(*f.to) == m.machine)
        world_.SendRecords(endpoint_, m.machine, pending);
    }
  }
}

void Host::ScheduleWake(SteadyMs at) {
  const int64_t wait = static_cast<int64_t>(ToInt(at)) - static_cast<int64_t>(ToInt(SteadyNow()));
  const auto delay = static_cast<uint64_t>(std::max<int64_t>(wait, 0));
  // Round up for slow clocks; the core does not mind an early or late Tick.
  world_.At(world_.now_ms() + delay + (delay > 0 ? 1 : 0),
            [this, life = life_, turn = ++wake_turn_] {
              if (up() && life == life_ && turn == wake_turn_) Step(event::Tick{});
            });
}

}  // namespace parley::sim
