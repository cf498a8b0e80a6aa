#include "tests/sim/campaign.h"

#include <cstdlib>
#include <sstream>

#include "tests/sim/campaign_run.h"
#include "tests/sim/offline_check.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

// Liveness must show within this: back-off is capped at 64 s.
constexpr uint64_t kHeal_ms = 400'000;
constexpr uint64_t kSettle_ms = 90'000;
constexpr uint64_t kSilence_ms = 120'000;

}  // namespace

Campaign::Campaign(const Plan& plan)
    : plan_(plan),
      cluster_(plan.Options()),
      rng_(plan.seed * 2 + 7),
      untrusted_(plan.Untrusted()) {}

Outcome Campaign::Run() {
  for (const Item& item : plan_.items) {
    Prepare(item);
    if (item.at_ms > 0 || item.what == What::kRecord)
      cluster_.world().At(item.at_ms, [this, item] { Do(item); });
  }
  cluster_.StartAll();
  RunChecked(kFaults_ms);
  cluster_.Heal();
  ExpectLiveness();
  ExpectSilence();
  ExpectAllVoting();
  ExpectChainsVerify();
  ExpectWipedNodeCatchesUp();
  World& w = cluster_.world();
  if (!Fine() && w.tracing()) Dump();
  const Oracle& o = cluster_.oracle();
  return {o.violation(),     w.history(),      o.final_height(),
          o.evidence_seen(), ToInt(o.epoch()), w.messages()};
}

void Campaign::RunChecked(uint64_t until_ms) {
  while (Fine() && !cluster_.world().stuck() && cluster_.world().now_ms() < until_ms)
    cluster_.world().RunUntil(std::min(until_ms, cluster_.world().now_ms() + 1'000));
  if (cluster_.world().stuck()) cluster_.oracle().Violation("I12: somebody is busy with nothing");
}

bool Campaign::Settled() { return cluster_.AllFinal(Required()) && cluster_.LedgersEqual(); }

void Campaign::ExpectLiveness() {  // F1: with the liars still at it
  const uint64_t end = cluster_.world().now_ms() + kHeal_ms;
  while (Fine() && !cluster_.AllFinal(Required()) && cluster_.world().now_ms() < end)
    RunChecked(cluster_.world().now_ms() + 1'000);
  if (!cluster_.AllFinal(Required()))
    cluster_.oracle().Violation(
        fmt::format("F1: a record is not final {} s after healing", kHeal_ms / 1'000));
}

void Campaign::ExpectSilence() {  // F2 and F3
  cluster_.MuteLiars();
  RunChecked(cluster_.world().now_ms() + kSettle_ms);
  const uint64_t end = cluster_.world().now_ms() + kHeal_ms;
  while (Fine() && Busy() && cluster_.world().now_ms() < end)
    RunChecked(cluster_.world().now_ms() + 10'000);
  // Who has left is switched off by now.
  for (Host* h : cluster_.honest_hosts()) {
    const auto members = cluster_.member_hosts();
    if (std::find(members.begin(), members.end(), h) == members.end()) h->Crash();
  }
  const uint64_t before = cluster_.world().messages();
  RunChecked(cluster_.world().now_ms() + kSilence_ms);
  if (Fine() && cluster_.world().messages() != before)
    cluster_.oracle().Violation(
        fmt::format("F2: {} messages on an idle ledger", cluster_.world().messages() - before));
  if (Fine() && !cluster_.LedgersEqual()) cluster_.oracle().Violation("F3: ledgers differ");
}

// A liar's records may still be under way when it falls silent.
bool Campaign::Busy() {
  for (Host* h : cluster_.member_hosts()) {
    if (h->up() && h->is_busy()) return true;
  }
  return !cluster_.LedgersEqual();
}

void Campaign::ExpectAllVoting() {
  for (Host* h : cluster_.member_hosts()) {
    if (!Fine() || !h->up() || cluster_.oracle().IsDamaged(h->machine())) continue;
    const CoreStatus s = h->core()->Status();
    if (!s.voting || s.asking)
      cluster_.oracle().Violation(fmt::format("machine {} does not vote", h->machine()));
  }
}

void Campaign::ExpectChainsVerify() {  // F5
  for (Host* h : cluster_.honest_hosts()) {
    const std::string why = CheckChainOffline(cluster_.first_members(), h->disk().ledger);
    if (!why.empty())
      cluster_.oracle().Violation(fmt::format("F5: ledger of machine {}: {}", h->machine(), why));
  }
}

void Campaign::ExpectWipedNodeCatchesUp() {  // F4: from one honest peer
  std::vector<Host*> hosts, helpers;
  for (Host* h : cluster_.member_hosts()) {
    hosts.push_back(h);
    // A node that starts from genesis asks members of each epoch on the way.
    if (HasMemberAlways(h->machine())) helpers.push_back(h);
  }
  if (!Fine() || hosts.size() < 2 || helpers.empty() || hosts.front()->disk().ledger.empty())
    return;
  Host* helper = helpers[rng_.Below(helpers.size())];
  Host* wiped = helper;
  while (wiped == helper) wiped = hosts[rng_.Below(hosts.size())];
  wiped->Wipe();
  Network& net = cluster_.world().network;
  for (size_t i = 0; i < net.group.size(); ++i) {
    const Endpoint* e = &cluster_.world().endpoint(i);
    net.group[i] = e == wiped || e == helper ? 0 : 1;
  }
  wiped->Start();
  // Wherever it had left on the way, it stays for a while before it goes on.
  RunChecked(cluster_.world().now_ms() + 60'000 + Departures(wiped->machine()) * 31'000);
  if (Fine() && wiped->disk().ledger.size() != helper->disk().ledger.size())
    cluster_.oracle().Violation("F4: a wiped node did not catch up from one honest peer");
}

void Campaign::Dump() {
  for (Host* h : cluster_.honest_hosts()) {
    if (!h->up()) {
      cluster_.world().Trace(fmt::format("machine {} is down", h->machine()));
      continue;
    }
    const CoreStatus s = h->core()->Status();
    const auto self = h->era().IndexOf(h->machine());
    cluster_.world().Trace(fmt::format(
        "machine {} epoch {} member {} view {} final {} height {} voting {} asking {} ended {} "
        "work {}: {}",
        h->machine(), s.epoch, self ? static_cast<int>(ToInt(*self)) : -1, s.view, s.last_final,
        s.tip_height, s.voting, s.asking, s.ended, s.work_pending, s.waiting_for));
  }
}

Outcome RunPlan(const Plan& plan) { return Campaign(plan).Run(); }

namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::set<size_t> DropFromEnvironment() {
  std::set<size_t> drop;
  std::istringstream in(std::getenv("SIM_DROP") != nullptr ? std::getenv("SIM_DROP") : "");
  for (std::string number; std::getline(in, number, ',');)
    drop.insert(std::strtoull(number.c_str(), nullptr, 10));
  return drop;
}

}  // namespace

Outcome RunSeed(uint64_t seed) { return RunPlan(Without(DrawPlan(seed), DropFromEnvironment())); }

Seeds SeedsFromEnvironment(uint64_t count) {
  const uint64_t seed = FromEnvironment("SIM_SEED", 0);
  if (seed != 0) return {seed, 1};
  return {FromEnvironment("SIM_FIRST", 1), FromEnvironment("SIM_RUNS", count)};
}

std::set<size_t> Minimize(const Plan& plan, size_t runs) {
  std::set<size_t> drop;
  bool smaller = true;
  while (smaller && runs > 0) {
    smaller = false;
    for (size_t i = 0; i < plan.items.size() && runs > 0; ++i) {
      if (drop.contains(i)) continue;
      std::set<size_t> more = drop;
      more.insert(i);
      --runs;
      if (RunPlan(Without(plan, more)).violation.empty()) continue;
      drop = more;
      smaller = true;
    }
  }
  return drop;
}

std::string ReplayLine(uint64_t seed, const std::set<size_t>& drop) {
  std::string out = fmt::format("SIM_SEED={}", seed);
  if (drop.empty()) return out;
  out += " SIM_DROP=";
  for (const size_t i : drop) out += fmt::format("{}{}", i == *drop.begin() ? "" : ",", i);
  return out;
}

}  // namespace parley::sim
