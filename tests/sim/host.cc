#include "tests/sim/host.h"

#include "base/check.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr uint64_t kStart_ms = 1'700'000'000'000;
constexpr uint64_t kStrangerPause_ms = 500;

}  // namespace

Host::Host(World& world, Oracle* oracle, const HostOptions& options)
    : world_(world),
      oracle_(oracle),
      options_(options),
      app_(std::make_unique<ToyApp>()),
      era_(FirstEra(options.first_members)) {}

SteadyMs Host::SteadyNow() const {
  const auto t = static_cast<int64_t>(world_.now_ms());
  return static_cast<SteadyMs>(1 + t + t * options_.drift_ppm / 1'000'000);
}

TimeMs Host::WallNow() const {
  return static_cast<TimeMs>(static_cast<int64_t>(kStart_ms + ToInt(SteadyNow())) +
                             options_.skew_ms);
}

CoreConfig Host::ConfigFor(const Era& era) const {
  CoreConfig config = options_.core;
  config.epoch = era.epoch;
  config.members = KeysOf(era.members);
  config.first_block = era.first;
  const auto self = era.IndexOf(machine());
  config.self = self.value_or(kObserver);
  if (self && era.members[ToInt(*self)].generation < options_.first_good_generation)
    config.voting_enabled = false;
  return config;
}

bool Host::MakeCore() {
  const CoreConfig config = ConfigFor(*era_);
  const uint64_t generation =
      config.self == kObserver ? 0 : era_->members[ToInt(config.self)].generation;
  signer_ = std::make_unique<ToySigner>(machine(), generation);
  auto core = Core::Create(config, *app_, *signer_, verifier_, disk_.Restore(*era_));
  if (!core.ok()) {
    alarms_.push_back(MessageOf(core.status()));
    world_.Trace(fmt::format("{} start refused: {}", endpoint_, alarms_.back()));
    return false;
  }
  core_ = std::move(*core);
  return true;
}

void Host::BanKey() {
  if (const auto self = era_->IndexOf(machine()))
    options_.first_good_generation =
        std::max(options_.first_good_generation, era_->members[ToInt(*self)].generation + 1);
}

void Host::Start() {
  PARLEY_CHECK(!up());
  app_ = std::make_unique<ToyApp>();
  for (const consensus::Deliver& d : disk_.ledger) app_->Check(d.block);
  for (const std::string& r : disk_.pending) app_->Submit(r);
  era_ = disk_.EraNow(options_.first_members);
  if (!MakeCore()) {
    // What is there contradicts itself: follow and serve from the ledger, sign nothing.
    if (oracle_ != nullptr) oracle_->OnRefused(machine(), alarms_.back());
    BanKey();
    disk_.DropUndelivered();
    if (!MakeCore()) {
      if (oracle_ != nullptr) oracle_->Violation("restart refused twice: " + alarms_.back());
      return;
    }
  }
  if (oracle_ != nullptr) oracle_->OnRestart(machine(), *era_, core_->Status());
  world_.Trace(fmt::format("{} starts in epoch {}", endpoint_, era_->epoch));
  Step(event::Tick{});
  AnnounceUp();
}

void Host::AnnounceUp() {
  for (size_t i = 0; i < world_.endpoint_count(); ++i) {
    if (world_.machine_of(i) == machine() || !world_.Linked(endpoint_, i)) continue;
    world_.endpoint(i).Connected(machine());
    Connected(world_.machine_of(i));
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
    if (oracle_ != nullptr) oracle_->OnDurable(machine(), unsynced_[i], disk_);
  }
  unsynced_.clear();
}

void Host::Wipe() {
  Crash();
  BanKey();
  disk_ = Disk();
  if (oracle_ != nullptr) oracle_->OnDiskReplaced(machine(), disk_);
}

void Host::Submit(const std::string& record) {
  if (!up()) return;
  ReceiveRecords({record});
  for (const ToyMember& m : era_->members) world_.SendRecords(endpoint_, m.machine, {record});
}

void Host::ReceiveRecords(const std::vector<std::string>& records) {
  if (!up()) return;
  bool any = false;
  for (const std::string& r : records) {
    if (disk_.HasRecord(r)) continue;
    const auto charter = ReadCharter(r);
    if (LooksLikeCharter(r) && (!charter || charter->epoch <= era_->epoch)) continue;
    if (!disk_.pending.insert(r).second) continue;
    app_->Submit(r);
    any = true;
  }
  if (any) Step(event::WorkChanged{});
}

void Host::Receive(size_t from_machine, const Message& message) {
  if (!up()) return;
  const auto from = era_->IndexOf(from_machine);
  if (!from) return AnswerStranger(from_machine, message);
  // Relayed votes of the other copy would give twins away to themselves.
  if (const auto* vote = std::get_if<SignedVote>(&message);
      options_.twin && vote != nullptr && era_->IndexOf(machine()) == vote->signer)
    return;
  if (options_.check_ms == 0) return Step(event::Received{*from, message});
  // A slow machine handles one message after another, and takes its time to execute a block.
  ++backlog_;
  world_.At(busy_until_ms_, [this, from, message, life = life_, era = era_] {
    --backlog_;
    if (!up() || life != life_ || era != era_) return;
    const size_t before = app_->checks();
    Step(event::Received{*from, message});
    busy_until_ms_ =
        std::max(busy_until_ms_, world_.now_ms()) + (app_->checks() - before) * options_.check_ms;
  });
}

void Host::AnswerStranger(size_t stranger, const Message& message) {
  const auto epoch = EpochOf(message);
  if (!epoch || *epoch >= era_->epoch) return;
  uint64_t& at = stranger_at_ms_[stranger];
  if (world_.now_ms() < at) return;
  at = world_.now_ms() + kStrangerPause_ms;
  const CoreStatus s = core_->Status();
  const StatusMessage status{era_->epoch, s.view, s.last_final, s.tip_height, s.tip};
  world_.Send(endpoint_, stranger, std::make_shared<const Message>(status));
}

void Host::Fetched(size_t from_machine, uint64_t ticket, Height first, const FetchAnswer* answer) {
  const auto from = era_->IndexOf(from_machine);
  if (!up() || ticket != life_ * 1'000 + ToInt(era_->epoch) || !from) return;
  if (answer == nullptr) return Step(event::FetchFailed{*from});
  Step(event::BlocksFetched{*from, first, answer->blocks, answer->finalization});
}

void Host::Connected(size_t peer) {
  if (!up()) return;
  if (const auto m = era_->IndexOf(peer)) Step(event::Connected{*m});
}

}  // namespace parley::sim
