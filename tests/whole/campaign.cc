#include "tests/whole/campaign.h"

#include "ledger/rules/charter_change.h"
#include "tests/whole/client.h"

namespace parley::whole {
namespace {

constexpr uint64_t kDay_ms = 86'400'000;
constexpr uint64_t kSettle_ms = 300'000;  // at most, until the last record is in
constexpr uint64_t kQuiet_ms = 20'000;    // after that, with everybody honest

class Campaign {
 public:
  explicit Campaign(const Plan& plan);
  Outcome Run();

 private:
  void Do(const Item& item);
  void DoMachine(const Item& item, sim::Rng& rng);
  void DoAll(const Item& item, sim::Rng& rng);
  void DoChange(const Item& item);
  void AwaitChange(size_t newcomer, uint64_t version);
  void Start(size_t machine);
  bool Fine() { return watch_.violation().empty() && !world_.queue().stuck(); }
  void RunChecked(uint64_t until_ms);
  Outcome Summary();

  const Plan plan_;
  World world_;
  std::set<size_t> honest_;
  std::map<size_t, Adversary*> adversaries_;
  Watch watch_;
  std::vector<std::unique_ptr<Client>> clients_;
};

std::set<size_t> HonestOf(const Plan& plan) {
  std::set<size_t> out;
  for (size_t i = 0; i < plan.members; ++i) out.insert(i);
  for (const Item& item : plan.items) {
    if (item.what == What::kAdversary) out.erase(item.machine);
    if (item.what == What::kJoin) out.insert(item.machine);
  }
  return out;
}

Campaign::Campaign(const Plan& plan)
    : plan_(plan),
      world_({plan.seed, plan.members, plan.officers}),
      honest_(HonestOf(plan)),
      watch_(world_, honest_) {
  world_.bytes_per_ms = plan_.bytes_per_ms;
  std::map<size_t, const Item*> dishonest;
  for (const Item& item : plan_.items) {
    if (item.what == What::kAdversary) dishonest[item.machine] = &item;
  }
  const bool one_more = honest_.contains(plan_.members);
  for (size_t i = 0; i < plan_.members + one_more; ++i) {
    clients_.push_back(std::make_unique<Client>(world_, watch_, i));
    if (!dishonest.contains(i)) {
      world_.Add(std::make_unique<Machine>(world_, i));
      continue;
    }
    auto adversary = std::make_unique<Adversary>(world_, i, dishonest[i]->tricks, plan_.victim,
                                                 dishonest[i]->salt);
    adversaries_[i] = adversary.get();
    world_.Add(std::move(adversary));
  }
}

void Campaign::Start(size_t machine) {
  if (world_.at(machine).up()) return;
  world_.at(machine).Start();
  watch_.Attach(machine);
}

Outcome Campaign::Run() {
  for (size_t i = 0; i < plan_.members; ++i) Start(i);
  for (const auto& [number, adversary] : adversaries_) adversary->Begin();
  for (const Item& item : plan_.items) {
    if (item.what != What::kAdversary) world_.queue().At(item.at_ms, [this, item] { Do(item); });
  }
  watch_.Begin();
  RunChecked(kRun_ms);
  const uint64_t end = world_.now_ms() + kSettle_ms;
  while (Fine() && !watch_.AllFinal() && world_.now_ms() < end) RunChecked(world_.now_ms() + 500);
  watch_.ExpectFairWork();
  for (const auto& [number, adversary] : adversaries_) adversary->Stop();
  for (size_t i = 0; i < world_.size(); ++i) world_.SetGroup(i, 0);
  world_.UpdateLinks();
  RunChecked(world_.now_ms() + kQuiet_ms);
  if (Fine()) watch_.ExpectAllEqual();
  std::set<size_t> guilty;
  for (const auto& [number, adversary] : adversaries_) {
    if (adversary->has_contradicted_itself()) guilty.insert(number);
  }
  if (Fine()) watch_.ExpectProofs(guilty);
  return Summary();
}

void Campaign::RunChecked(uint64_t until_ms) {
  while (Fine() && world_.now_ms() < until_ms)
    world_.queue().RunUntil(std::min(until_ms, world_.now_ms() + 250));
  if (world_.queue().stuck()) watch_.Violation("somebody is busy with nothing");
}

Outcome Campaign::Summary() {
  Outcome out;
  out.violation = watch_.violation();
  out.blocks = watch_.blocks();
  out.elapsed_ms = world_.now_ms();
  out.records = watch_.final_records();
  out.longest_wait_ms = watch_.longest_wait_ms();
  for (const size_t i : honest_) {
    out.effort += world_.at(i).effort();
    out.most = Max(out.most, world_.at(i).effort());
    out.received += world_.at(i).received();
  }
  const auto latest =
      world_.at(*honest_.begin()).up() ? world_.at(*honest_.begin()).replica().Latest() : nullptr;
  const std::string facts = fmt::format("{} {} {} {}", latest ? latest->tip.block.ToHex() : "",
                                        out.effort.hashes, out.effort.verified, out.received);
  const Hash digest = Sha256<Hash>(AsBytes(facts));
  for (size_t i = 0; i < 8; ++i) out.digest = out.digest << 8 | digest.bytes()[i];
  return out;
}

void Campaign::Do(const Item& item) {
  sim::Rng rng(item.salt);
  if (world_.tracing()) world_.Trace(item.Describe());
  switch (item.what) {
    case What::kTrickle:
      return clients_[item.machine]->Write(rng.Below(plan_.officers), rng.Range(1, 3));
    case What::kBurst:
      for (size_t o = 0; o < plan_.officers; ++o)
        clients_[item.machine]->Write(o, rng.Range(1, 40));
      return;
    case What::kImport:
      return clients_[item.machine]->Write(rng.Below(plan_.officers), rng.Range(200, 2'000),
                                           rng.Percent(30) ? rng.Range(100, 8'000) : 20);
    case What::kStream: {
      const uint64_t pause = rng.Range(50, 1'000);
      const size_t officer = rng.Below(plan_.officers);
      for (uint64_t at = item.at_ms; at < kRun_ms; at += pause)
        world_.queue().At(at,
                          [this, m = item.machine, officer] { clients_[m]->Write(officer, 1); });
      return;
    }
    case What::kJoin:
    case What::kLeave:
      return DoChange(item);
    case What::kSlowNetwork:
    case What::kClockLeap:
    case What::kBlackout:
    case What::kDueDay:
      return DoAll(item, rng);
    default:
      return DoMachine(item, rng);
  }
}

void Campaign::DoMachine(const Item& item, sim::Rng& rng) {
  Machine& m = world_.at(item.machine);
  const uint64_t back = world_.now_ms() + rng.Range(500, 8'000);
  watch_.Excuse(item.machine);
  switch (item.what) {
    case What::kCrash:
      m.Crash();
      return world_.queue().At(back, [this, n = item.machine] { Start(n); });
    case What::kCutOff:
      world_.SetGroup(item.machine, 1);
      world_.UpdateLinks();
      return world_.queue().At(back, [this, n = item.machine] {
        world_.SetGroup(n, 0);
        world_.UpdateLinks();
      });
    case What::kWrongClock:
      m.clock().skew_ms += static_cast<int64_t>(rng.Range(0, 120'000)) - 60'000;
      return;
    case What::kSlowDisk:
      m.sync_max_ms = rng.Range(20, 300);
      return;
    default:
      m.slowness = rng.Range(2, 20);
  }
}

// All sign, the victim's officer hands it in. Who joins is started when its charter is in force
// somewhere; who leaves is nobody's affair from then on.
void Campaign::DoChange(const Item& item) {
  const auto before = world_.at(plan_.victim).replica().Latest()->charter;
  std::set<size_t> all, after;
  for (const auto& member : before->members()) all.insert(testing::Accord::NumberOf(member.name));
  after = all;
  if (item.what == What::kJoin) {
    after.insert(item.machine);
    all.insert(item.machine);
  } else {
    after.erase(item.machine);
    watch_.Leaves(item.machine);
  }
  const std::string text = testing::Accord::Text({after.begin(), after.end()}, plan_.members / 2,
                                                 600'000, {}, plan_.officers);
  std::string note = rules::FollowingText(*before, text).value();
  for (const size_t i : all) {
    const std::string name = testing::Accord::NameOf(i);
    note = rules::AddSuccessorSignature(*before, note, name, testing::FixedKey(name + " root"))
               .value();
  }
  clients_[plan_.victim]->Propose(0, note);
  if (item.what == What::kJoin) AwaitChange(item.machine, before->version() + 1);
}

void Campaign::AwaitChange(size_t newcomer, uint64_t version) {
  Machine& victim = world_.at(plan_.victim);
  if (victim.up() && victim.replica().Latest()->charter->version() >= version)
    return Start(newcomer);
  world_.queue().At(world_.now_ms() + 100,
                    [this, newcomer, version] { AwaitChange(newcomer, version); });
}

void Campaign::DoAll(const Item& item, sim::Rng& rng) {
  const uint64_t now = world_.now_ms();
  const uint64_t over = now + rng.Range(500, 5'000);
  switch (item.what) {
    case What::kSlowNetwork:
      world_.delay_max_ms = rng.Range(20, 1'500);
      watch_.Trouble(over);
      return world_.queue().At(over, [this] { world_.delay_max_ms = 10; });
    case What::kBlackout:
      for (size_t i = 0; i < world_.size(); ++i) {
        if (!world_.at(i).up()) continue;
        world_.at(i).Crash();
        world_.queue().At(now + rng.Range(100, 3'000), [this, i] {
          Start(i);
          if (adversaries_.contains(i)) adversaries_[i]->Begin();
        });
      }
      return watch_.Trouble(now + 3'000);
    default: {
      const auto by =
          static_cast<int64_t>(item.what == What::kDueDay ? 5 * kDay_ms : rng.Range(1, kDay_ms));
      for (size_t i = 0; i < world_.size(); ++i) world_.at(i).clock().skew_ms += by;
      if (item.what == What::kDueDay) return watch_.Trouble(now);
      watch_.Trouble(over);
      world_.queue().At(over, [this, by] {
        for (size_t i = 0; i < world_.size(); ++i) world_.at(i).clock().skew_ms -= by;
      });
    }
  }
}

}  // namespace

Outcome RunPlan(const Plan& plan) { return Campaign(plan).Run(); }

}  // namespace parley::whole
