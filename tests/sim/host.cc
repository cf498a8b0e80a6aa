#include "tests/sim/host.h"

#include "base/check.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr uint64_t kStart_ms = 1'700'000'000'000;
constexpr size_t kBlocksPerFetch = 5;

}  // namespace

Host::Host(World& world, Oracle* oracle, const HostOptions& options)
    : world_(world),
      oracle_(oracle),
      options_(options),
      signer_(ToInt(options.core.self)),
      app_(std::make_unique<ToyApp>()) {}

TimeMs Host::LocalNow() const {
  const auto t = static_cast<int64_t>(world_.now_ms());
  return static_cast<TimeMs>(static_cast<int64_t>(kStart_ms) + t +
                             t * options_.drift_ppm / 1'000'000 + options_.skew_ms);
}

void Host::Start() {
  PARLEY_CHECK(!up());
  app_ = std::make_unique<ToyApp>();
  for (const Deliver& d : disk_.ledger) app_->Check(d.block);
  for (const std::string& r : disk_.pending) app_->Submit(r);
  auto core = Core::Create(options_.core, *app_, signer_, verifier_,
                           disk_.Restore(options_.core.first_block));
  if (!core.ok()) {
    alarms_.push_back(MessageOf(core.status()));
    if (oracle_ != nullptr) oracle_->Violation("restart refused: " + MessageOf(core.status()));
    return;
  }
  core_ = std::move(*core);
  if (oracle_ != nullptr) oracle_->OnRestart(member(), core_->Status());
  world_.Trace(fmt::format("{} starts", endpoint_));
  Step(event::Tick{});
  for (size_t i = 0; i < world_.endpoint_count(); ++i) {
    if (world_.member_of(i) == member() || !world_.Linked(endpoint_, i)) continue;
    world_.endpoint(i).Connected(member());
    Connected(world_.member_of(i));
  }
}

void Host::Crash() {
  if (!up()) return;
  world_.Trace(fmt::format("{} crashes", endpoint_));
  core_.reset();
  ++life_;
  // The machine may have written some batches whose completion nobody saw; never half of one.
  const size_t survive = unsynced_.empty() ? 0 : world_.rng.Below(unsynced_.size() + 1);
  for (size_t i = 0; i < survive; ++i) {
    disk_.Apply(unsynced_[i]);
    if (oracle_ != nullptr) oracle_->OnDurable(member(), unsynced_[i], disk_);
  }
  unsynced_.clear();
}

void Host::Wipe() {
  Crash();
  disk_ = Disk();
  options_.core.voting_enabled = false;
  if (oracle_ != nullptr) oracle_->OnWiped(member());
}

void Host::Submit(const std::string& record) {
  if (!up()) return;
  ReceiveRecords({record});
  world_.SendRecords(endpoint_, std::nullopt, {record});
}

void Host::ReceiveRecords(const std::vector<std::string>& records) {
  if (!up()) return;
  bool any = false;
  for (const std::string& r : records) {
    bool is_final = false;
    for (const Deliver& d : disk_.ledger)
      is_final |= d.block.bytes->find(r + "\n") != std::string::npos;
    if (is_final || !disk_.pending.insert(r).second) continue;
    app_->Submit(r);
    any = true;
  }
  if (any) Step(event::WorkChanged{});
}

void Host::Receive(MemberIndex from, const Message& message) {
  if (!up()) return;
  // Relayed votes of the other copy would give twins away to themselves.
  if (const auto* vote = std::get_if<SignedVote>(&message);
      options_.twin && vote != nullptr && vote->signer == member())
    return;
  if (options_.check_ms == 0) return Step(event::Received{from, message});
  // A slow machine handles one message after another.
  busy_until_ms_ = std::max(busy_until_ms_, world_.now_ms()) +
                   (std::holds_alternative<Proposal>(message) ? options_.check_ms : 0);
  world_.At(busy_until_ms_, [this, from, message, life = life_] {
    if (up() && life == life_) Step(event::Received{from, message});
  });
}

void Host::Fetched(const event::BlocksFetched& answer) {
  if (up()) Step(answer);
}
void Host::FetchFailed(MemberIndex from) {
  if (up()) Step(event::FetchFailed{from});
}
void Host::Connected(MemberIndex peer) {
  if (up()) Step(event::Connected{peer});
}

std::optional<FetchAnswer> Host::Serve(Height first) {
  if (!up() || ToInt(first) == 0 || ToInt(first) > disk_.ledger.size()) return std::nullopt;
  FetchAnswer out;
  for (size_t i = ToInt(first) - 1; i < disk_.ledger.size(); ++i) {
    const Deliver& d = disk_.ledger[i];
    out.blocks.push_back(d.block);
    out.finalization = d.finalization;
    if (out.blocks.size() >= kBlocksPerFetch && d.finalization) break;
  }
  if (!out.finalization) return std::nullopt;
  return out;
}

void Host::Step(const Event& event) {
  Batch batch{core_->Step(event, LocalNow())};
  for (const Deliver& d : batch.effects.deliver) app_->Deliver(d.block);
  for (const Alarm& a : batch.effects.alarms) {
    world_.Trace(fmt::format("{} alarm: {}", endpoint_, a.text));
    if (a.kind == AlarmKind::kFork || a.kind == AlarmKind::kDivergence) {
      alarms_.push_back(a.text);
      if (oracle_ != nullptr) oracle_->OnAlarm(member(), a);
    }
  }
  if (oracle_ != nullptr) oracle_->OnStep(member(), core_->Status());
  if (batch.effects.wake_at) ScheduleWake(*batch.effects.wake_at);
  const Effects& e = batch.effects;
  if (e.persist.empty() && e.deliver.empty() && e.sends.empty() && e.fetches.empty() &&
      e.forwards.empty())
    return;
  const bool writes = !e.persist.empty() || !e.deliver.empty();
  const uint64_t cost = writes ? world_.rng.Range(0, options_.sync_max_ms) : 0;
  sync_done_ms_ = std::max(sync_done_ms_, world_.now_ms()) + cost;
  if (!writes && unsynced_.empty()) return Release(batch);
  unsynced_.push_back(std::move(batch));
  world_.At(sync_done_ms_, [this, life = life_] { Synced(life); });
}

void Host::Synced(uint64_t life) {
  if (life != life_ || unsynced_.empty()) return;
  const Batch batch = std::move(unsynced_.front());
  unsynced_.pop_front();
  disk_.Apply(batch);
  if (oracle_ != nullptr) oracle_->OnDurable(member(), batch, disk_);
  if (after_sync && after_sync(batch)) {
    Crash();
    return;
  }
  Release(batch);
}

void Host::Release(const Batch& batch) {
  for (const Send& s : batch.effects.sends) {
    if (oracle_ != nullptr) oracle_->OnSend(member(), s.message, disk_);
    world_.Send(endpoint_, s.to, s.message);
  }
  for (const FetchBlocks& f : batch.effects.fetches) world_.Fetch(endpoint_, f.from, f.first);
  const std::vector<std::string> pending(disk_.pending.begin(), disk_.pending.end());
  for (const ForwardRecords& f : batch.effects.forwards)
    world_.SendRecords(endpoint_, f.to, pending);
}

void Host::ScheduleWake(TimeMs at) {
  const int64_t wait = static_cast<int64_t>(ToInt(at)) - static_cast<int64_t>(ToInt(LocalNow()));
  const auto delay = static_cast<uint64_t>(std::max<int64_t>(wait, 0));
  // Round up for slow clocks; the core does not mind an early or late Tick.
  world_.At(world_.now_ms() + delay + (delay > 0 ? 1 : 0),
            [this, life = life_, turn = ++wake_turn_] {
              if (up() && life == life_ && turn == wake_turn_) Step(event::Tick{});
            });
}

}  // namespace parley::sim
