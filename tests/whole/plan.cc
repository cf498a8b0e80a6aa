#include "tests/whole/plan.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <sstream>

#include "base/limits.h"

namespace parley::whole {
namespace {

constexpr What kBadDays[] = {What::kCrash, What::kCutOff, What::kWrongClock, What::kSlowDisk,
                             What::kSlowProcessor};

void Shuffle(std::vector<size_t>* v, sim::Rng& rng) {
  for (size_t i = v->size(); i > 1; --i) std::swap((*v)[i - 1], (*v)[rng.Below(i)]);
}

Tricks DrawTricks(sim::Rng& rng) {
  Tricks out = 0;
  for (uint64_t n = rng.Range(1, 4); n > 0; --n)
    out |= 1U << rng.Below(static_cast<uint64_t>(Trick::kCount));
  return out;
}

// Small ones mostly: a run costs as the square of the members.
size_t DrawMembers(sim::Rng& rng) {
  if (rng.Percent(70)) return 4;
  if (rng.Percent(70)) return 7;
  return rng.Percent(70) ? 10 : 15;
}

void DrawFaulty(Plan* plan, const std::vector<size_t>& faulty, sim::Rng& rng) {
  for (const size_t machine : faulty) {
    if (rng.Percent(65)) {
      plan->items.push_back({What::kAdversary, 0, machine, rng.Next(), DrawTricks(rng)});
      continue;
    }
    for (uint64_t n = rng.Range(1, 3); n > 0; --n)
      plan->items.push_back({kBadDays[rng.Below(std::size(kBadDays))], rng.Range(500, kRun_ms),
                             machine, rng.Next(), 0});
  }
}

void DrawTrouble(Plan* plan, sim::Rng& rng) {
  if (rng.Percent(20))
    plan->items.push_back({What::kSlowNetwork, rng.Range(0, kRun_ms), 0, rng.Next(), 0});
  if (rng.Percent(10))
    plan->items.push_back({What::kClockLeap, rng.Range(2'000, kRun_ms), 0, rng.Next(), 0});
  if (rng.Percent(10))
    plan->items.push_back({What::kBlackout, rng.Range(2'000, kRun_ms), 0, rng.Next(), 0});
  if (rng.Percent(15))
    plan->items.push_back({What::kDueDay, rng.Range(kRun_ms / 2, kRun_ms), 0, rng.Next(), 0});
}

// A newcomer, and sometimes one that goes: an adversary or the last honest one, never the victim.
void DrawChanges(Plan* plan, const std::vector<size_t>& faulty, const std::vector<size_t>& honest,
                 sim::Rng& rng) {
  if (plan->members >= limits::kMembersMax || !rng.Percent(15)) return;
  for (Item& item : plan->items) {
    if (item.what == What::kAdversary) item.tricks &= ~Bit(Trick::kEpochs);
  }
  const uint64_t at = rng.Range(1'000, kRun_ms / 2);
  plan->items.push_back({What::kJoin, at, plan->members, rng.Next(), 0});
  const size_t leaver = faulty.empty() ? honest.back() : faulty.front();
  if (rng.Percent(60))
    plan->items.push_back({What::kLeave, at + rng.Range(3'000, 6'000), leaver, rng.Next(), 0});
}

void DrawWork(Plan* plan, const std::vector<size_t>& honest, sim::Rng& rng) {
  for (const size_t machine : honest) {
    for (uint64_t n = rng.Range(0, 6); n > 0; --n)
      plan->items.push_back({What::kTrickle, rng.Range(100, kRun_ms), machine, rng.Next(), 0});
    if (rng.Percent(40))
      plan->items.push_back({What::kStream, rng.Range(100, kRun_ms / 2), machine, rng.Next(), 0});
  }
  const auto anyone = [&] { return honest[rng.Below(honest.size())]; };
  if (rng.Percent(30))
    plan->items.push_back({What::kBurst, rng.Range(100, kRun_ms), anyone(), rng.Next(), 0});
  if (rng.Percent(15))
    plan->items.push_back({What::kImport, rng.Range(100, kRun_ms), anyone(), rng.Next(), 0});
}

}  // namespace

const char* NameOf(What what) {
  switch (what) {
    case What::kAdversary:
      return "adversary";
    case What::kCrash:
      return "crash";
    case What::kCutOff:
      return "cut-off";
    case What::kWrongClock:
      return "wrong-clock";
    case What::kSlowDisk:
      return "slow-disk";
    case What::kSlowProcessor:
      return "slow-processor";
    case What::kSlowNetwork:
      return "slow-network";
    case What::kClockLeap:
      return "clock-leap";
    case What::kBlackout:
      return "blackout";
    case What::kDueDay:
      return "due-day";
    case What::kJoin:
      return "join";
    case What::kLeave:
      return "leave";
    case What::kTrickle:
      return "trickle";
    case What::kStream:
      return "stream";
    case What::kBurst:
      return "burst";
    case What::kImport:
      return "import";
  }
  return "?";
}

std::string Item::Describe() const {
  std::string out = fmt::format("{} at {} ms, machine {}", NameOf(what), at_ms, machine);
  for (unsigned t = 0; t < static_cast<unsigned>(Trick::kCount); ++t) {
    if ((tricks >> t & 1) != 0) out += fmt::format(" {}", NameOf(static_cast<Trick>(t)));
  }
  return out;
}

Tricks TricksFromText(const std::string& text) {
  Tricks out = 0;
  std::istringstream in(text);
  for (std::string name; std::getline(in, name, ',');) {
    if (const std::optional<Trick> trick = TrickOf(name)) out |= Bit(*trick);
  }
  return out;
}

Plan DrawPlan(uint64_t seed) {
  sim::Rng rng(seed * 0x9e3779b97f4a7c15ULL + 1);
  Plan plan;
  plan.seed = seed;
  plan.members = DrawMembers(rng);
  plan.officers = rng.Percent(20) ? rng.Range(3, plan.members > 4 ? 8 : 40) : 2;
  if (rng.Percent(30)) plan.bytes_per_ms = rng.Percent(60) ? 1'000 : 250;
  std::vector<size_t> machines(plan.members);
  std::iota(machines.begin(), machines.end(), size_t{0});
  Shuffle(&machines, rng);
  const size_t f = (plan.members - 1) / 3;
  const std::vector<size_t> faulty(machines.begin(),
                                   machines.begin() + static_cast<ptrdiff_t>(rng.Range(0, f)));
  const std::vector<size_t> honest(machines.begin() + static_cast<ptrdiff_t>(f), machines.end());
  plan.victim = honest.front();
  DrawFaulty(&plan, faulty, rng);
  DrawTrouble(&plan, rng);
  DrawWork(&plan, honest, rng);
  DrawChanges(&plan, faulty, honest, rng);
  if (const char* tricks = std::getenv("SIM_TRICKS")) {
    for (Item& item : plan.items) {
      if (item.what == What::kAdversary) item.tricks = TricksFromText(tricks);
    }
  }
  return plan;
}

}  // namespace parley::whole
