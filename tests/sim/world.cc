#include "tests/sim/world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "node/consensus/codec.h"
#include "tests/sim/describe.h"
#include "tests/sim/toy_app.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {
constexpr uint64_t kFetchTimeout_ms = 60'000;  // as long as the node's own
}  // namespace

World::World(uint64_t seed) : rng(seed), trace_(std::getenv("SIM_TRACE") != nullptr) {}

size_t World::Add(std::unique_ptr<Endpoint> endpoint, size_t machine) {
  endpoints_.push_back(std::move(endpoint));
  machines_.push_back(machine);
  network.group.push_back(0);
  uplink_free_at_.push_back(0);
  return endpoints_.size() - 1;
}

bool World::Linked(size_t from, size_t to) const {
  return network.group[from] == network.group[to] && !network.cut.contains({from, to});
}

void World::Transmit(size_t from, size_t to, size_t bytes, std::function<void(Endpoint&)> deliver) {
  if (!Linked(from, to) || rng.Percent(network.loss_percent)) return;
  uint64_t leaves = now_ms();
  if (network.bytes_per_ms > 0) {
    leaves = std::max(now_ms(), uplink_free_at_[from]) + bytes / network.bytes_per_ms;
    // A queue that is a minute long is full.
    if (leaves > now_ms() + 60'000) return;
    uplink_free_at_[from] = leaves;
  }
  if (const auto it = network.clogged.find({from, to}); it != network.clogged.end())
    leaves = std::max(leaves, it->second);
  const int copies = rng.Percent(network.duplicate_percent) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    const uint64_t at = leaves + rng.Range(network.delay_min_ms, network.delay_max_ms);
    At(at, [this, from, to, deliver] {
      // A message under way is lost when the link goes down meanwhile.
      if (Linked(from, to)) deliver(*endpoints_[to]);
    });
  }
}

void World::Send(size_t from, size_t machine, MessagePtr message) {
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (machines_[i] == machine && machine != machines_[from]) SendToEndpoint(from, i, message);
  }
}

void World::SendToEndpoint(size_t from, size_t to, const MessagePtr& message) {
  if (!std::holds_alternative<StatusMessage>(*message)) ++messages_;
  Mix(now_ms() * 1024 + from * 32 + to);
  Mix(Digest(*message));
  if (trace_) Trace(fmt::format("{} -> {}: {}", from, to, Describe(*message)));
  if (filter && filter(from, to, *message)) return;
  const size_t sender = machines_[from];
  const size_t bytes = network.bytes_per_ms > 0 ? RoughBytes(*message) : 0;
  if (through_codec) {
    auto encoded = std::make_shared<const std::string>(EncodeMessage(LedgerId(), *message));
    Transmit(from, to, bytes, [sender, encoded](Endpoint& e) {
      ToyApp parser;
      auto decoded = DecodeMessage(LedgerId(), AsBytes(*encoded), parser);
      if (decoded.ok()) e.Receive(sender, *decoded);
    });
    return;
  }
  Transmit(from, to, bytes, [sender, message](Endpoint& e) { e.Receive(sender, *message); });
}

void World::SendRecords(size_t from, size_t machine, const std::vector<std::string>& records) {
  if (machine == machines_[from]) return;
  size_t bytes = 0;
  for (const std::string& r : records) bytes += r.size();
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (machines_[i] == machine)
      Transmit(from, i, bytes, [records](Endpoint& e) { e.ReceiveRecords(records); });
  }
}

void World::Fetch(size_t from, size_t machine, Height first, uint64_t ticket) {
  std::vector<size_t> candidates;
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (machines_[i] == machine) candidates.push_back(i);
  }
  if (trace_) Trace(fmt::format("{} -> machine {}: fetch blocks from {}", from, machine, first));
  auto fail = [this, from, machine, first, ticket] {
    endpoints_[from]->Fetched(machine, ticket, first, nullptr);
  };
  if (candidates.empty()) return At(now_ms() + 1'000, fail);
  const size_t to = candidates[rng.Below(candidates.size())];
  if (!Linked(from, to) || !Linked(to, from) || rng.Percent(network.loss_percent))
    return At(now_ms() + 2'000, fail);
  const uint64_t there = now_ms() + rng.Range(network.delay_min_ms, network.delay_max_ms);
  At(there, [this, from, to, machine, first, ticket, fail] {
    std::optional<FetchAnswer> answer = endpoints_[to]->Serve(first);
    if (!answer) return At(now_ms() + kFetchTimeout_ms, fail);
    const uint64_t back = now_ms() + rng.Range(network.delay_min_ms, network.delay_max_ms);
    At(back, [this, from, machine, first, ticket, a = std::move(*answer)] {
      endpoints_[from]->Fetched(machine, ticket, first, &a);
    });
  });
}

void World::Reconnect() {
  for (size_t a = 0; a < endpoints_.size(); ++a) {
    for (size_t b = 0; b < endpoints_.size(); ++b) {
      if (machines_[a] != machines_[b] && Linked(a, b)) endpoints_[a]->Connected(machines_[b]);
    }
  }
}

void World::Trace(const std::string& line) const {
  if (trace_)
    std::fprintf(stderr, "%8.3f %s\n", static_cast<double>(now_ms()) / 1000, line.c_str());
}

}  // namespace parley::sim
