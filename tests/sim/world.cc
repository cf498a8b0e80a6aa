#include "tests/sim/world.h"

#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "node/consensus/codec.h"
#include "tests/sim/toy_app.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

struct Describer {
  std::string operator()(const SignedVote& m) const {
    constexpr const char* kNames[] = {"?", "notarize", "nullify", "finalize"};
    return fmt::format("{} v{} by {} {}", kNames[static_cast<uint8_t>(m.vote.kind) & 3],
                       m.vote.view, m.signer, m.vote.slot.ToHex().substr(0, 6));
  }
  std::string operator()(const Certificate& m) const {
    constexpr const char* kNames[] = {"?", "notarization", "nullification", "finalization"};
    return fmt::format("{} v{} {}", kNames[static_cast<uint8_t>(m.vote.kind) & 3], m.vote.view,
                       m.vote.slot.ToHex().substr(0, 6));
  }
  std::string operator()(const Proposal& m) const {
    return fmt::format("proposal v{} {} h{} parent v{}", m.slot.view,
                       m.slot.kind == SlotKind::kAppend ? "append" : "carry", m.slot.height,
                       m.slot.parent_view);
  }
  std::string operator()(const StatusMessage& m) const {
    return fmt::format("status v{} final v{} h{}", m.view, m.last_final, m.tip_height);
  }
  std::string operator()(const SlotRequest& m) const {
    return "slot request " + m.id.ToHex().substr(0, 6);
  }
  std::string operator()(const SlotAnswer& m) const {
    return fmt::format("slot answer v{}", m.slot.view);
  }
  std::string operator()(const EvidenceMessage& m) const {
    return fmt::format("evidence E{} against {}", static_cast<uint8_t>(m.evidence.kind),
                       m.evidence.first.signer);
  }
};

uint64_t Digest(const Message& message) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : std::visit(Describer(), message))
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

std::string Describe(const Message& message) { return std::visit(Describer(), message); }

World::World(uint64_t seed) : rng(seed), trace_(std::getenv("SIM_TRACE") != nullptr) {}

size_t World::Add(std::unique_ptr<Endpoint> endpoint, MemberIndex member) {
  endpoints_.push_back(std::move(endpoint));
  members_.push_back(member);
  network.group.push_back(0);
  return endpoints_.size() - 1;
}

void World::At(uint64_t time_ms, std::function<void()> action) {
  queue_.push({std::max(time_ms, now_), order_++, std::move(action)});
}

void World::RunUntil(uint64_t time_ms) {
  while (!queue_.empty() && queue_.top().time <= time_ms) {
    const Action next = queue_.top();
    queue_.pop();
    PARLEY_CHECK(next.time >= now_);
    now_ = next.time;
    next.run();
  }
  now_ = time_ms;
}

bool World::Linked(size_t from, size_t to) const {
  return network.group[from] == network.group[to] && !network.cut.contains({from, to});
}

template <class Deliver>
void World::Transmit(size_t from, size_t to, Deliver deliver) {
  const auto once = [&] {
    const uint64_t at = now_ + rng.Range(network.delay_min_ms, network.delay_max_ms);
    At(at, [this, from, to, deliver] {
      // A message under way is lost when the link goes down meanwhile.
      if (Linked(from, to)) deliver(*endpoints_[to]);
    });
  };
  if (!Linked(from, to) || rng.Percent(network.loss_percent)) return;
  once();
  if (rng.Percent(network.duplicate_percent)) once();
}

void World::Send(size_t from, std::optional<MemberIndex> to, const Message& message) {
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (members_[i] == members_[from] || (to && members_[i] != *to)) continue;
    SendToEndpoint(from, i, message);
  }
}

void World::SendToEndpoint(size_t from, size_t to, const Message& message) {
  if (!std::holds_alternative<StatusMessage>(message)) ++messages_;
  if (const auto* p = std::get_if<Proposal>(&message); p != nullptr && p->block)
    block_bytes_ += p->block->bytes->size();
  Mix(now_ * 64 + from * 8 + to);
  Mix(Digest(message));
  if (trace_) Trace(fmt::format("{} -> {}: {}", from, to, Describe(message)));
  if (filter && filter(from, to, message)) return;
  const MemberIndex sender = members_[from];
  if (through_codec) {
    auto bytes = std::make_shared<const std::string>(EncodeMessage(LedgerId(), message));
    Transmit(from, to, [sender, bytes](Endpoint& e) {
      ToyApp parser;
      auto decoded = DecodeMessage(LedgerId(), AsBytes(*bytes), parser);
      if (decoded.ok()) e.Receive(sender, *decoded);
    });
    return;
  }
  auto copy = std::make_shared<const Message>(message);
  Transmit(from, to, [sender, copy](Endpoint& e) { e.Receive(sender, *copy); });
}

void World::SendRecords(size_t from, std::optional<MemberIndex> to,
                        const std::vector<std::string>& records) {
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (members_[i] == members_[from] || (to && members_[i] != *to)) continue;
    Transmit(from, i, [records](Endpoint& e) { e.ReceiveRecords(records); });
  }
}

void World::Fetch(size_t from, MemberIndex peer, Height first) {
  std::vector<size_t> candidates;
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    if (members_[i] == peer) candidates.push_back(i);
  }
  PARLEY_CHECK(!candidates.empty());
  const size_t to = candidates[rng.Below(candidates.size())];
  if (trace_) Trace(fmt::format("{} -> {}: fetch blocks from {}", from, to, first));
  auto fail = [this, from, peer] { endpoints_[from]->FetchFailed(peer); };
  if (!Linked(from, to) || !Linked(to, from) || rng.Percent(network.loss_percent)) {
    At(now_ + 2'000, fail);
    return;
  }
  At(now_ + rng.Range(network.delay_min_ms, network.delay_max_ms),
     [this, from, to, peer, first, fail] {
       std::optional<FetchAnswer> answer = endpoints_[to]->Serve(first);
       if (!answer) return At(now_ + 1, fail);
       At(now_ + rng.Range(network.delay_min_ms, network.delay_max_ms),
          [this, from, peer, first, a = std::move(*answer)] {
            endpoints_[from]->Fetched({peer, first, a.blocks, a.finalization});
          });
     });
}

void World::Reconnect() {
  for (size_t a = 0; a < endpoints_.size(); ++a) {
    for (size_t b = 0; b < endpoints_.size(); ++b) {
      if (members_[a] != members_[b] && Linked(a, b)) endpoints_[a]->Connected(members_[b]);
    }
  }
}

void World::Trace(const std::string& line) const {
  if (trace_) std::fprintf(stderr, "%8.3f %s\n", static_cast<double>(now_) / 1000, line.c_str());
}

}  // namespace parley::sim
