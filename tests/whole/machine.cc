#include "tests/whole/machine.h"

#include "base/limits.h"

namespace parley::whole {

using replica::Replica;

namespace {

constexpr uint64_t kNever = UINT64_MAX;
constexpr uint64_t kFetchTimeout_ms = 60'000;  // as long as the node's own

}  // namespace

Machine::Machine(World& world, size_t number)
    : world_(world), number_(number), clock_(world.queue()) {}

Machine::~Machine() = default;

template <typename Work>
void Machine::Count(const Work& work) {
  const Effort before = TotalEffort();
  work();
  effort_ += TotalEffort() - before;
}

void Machine::Start() {
  auto store = store::Store::Open(world_.DirOf(number_), store::Store::Mode::kReadWrite);
  if (!store.ok()) {
    failure_ = MessageOf(store.status());
    return;
  }
  store_ = std::move(*store);
  replica::ReplicaOptions options;
  options.member = name();
  options.view_timeout_ms = kViewTimeout_ms;
  replica::NodeKeys keys;
  keys.node.push_back(testing::FixedKey(name() + " node"));
  keys.cosigner.push_back(testing::FixedKey(name() + " cosigner"));
  auto made = replica::SteppedReplica::CreateStepped(options, world_.accord().charter(), *store_,
                                                     std::move(keys), *this, clock_);
  if (!made.ok()) {
    failure_ = MessageOf(made.status());
    return;
  }
  replica_ = std::move(*made);
  busy_until_ms_ = world_.now_ms();
  wake_at_ms_ = kNever;
  Wake(world_.now_ms());
  world_.UpdateLinks();
}

void Machine::Crash() {
  ++life_;
  replica_.reset();
  store_.reset();
  serving_.clear();
  fetching_.clear();
  outgoing_.clear();
  world_.UpdateLinks();
}

void Machine::Wake(uint64_t at_ms) {
  at_ms = std::max({at_ms, busy_until_ms_, world_.now_ms()});
  if (at_ms >= wake_at_ms_) return;
  wake_at_ms_ = at_ms;
  world_.queue().At(at_ms, [this, life = life_, turn = ++turn_] {
    if (life == life_ && turn == turn_ && up()) RunTurn();
  });
}

void Machine::RunTurn() {
  const Effort before = TotalEffort();
  in_turn_ = true;
  const std::optional<SteadyMs> next = replica_->RunTurn();
  in_turn_ = false;
  const Effort spent = TotalEffort() - before;
  effort_ += spent;
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(spent.Time() * slowness);
  const uint64_t sync = spent.commits > 0 ? world_.rng().Range(0, sync_max_ms) : 0;
  busy_until_ms_ = world_.now_ms() + static_cast<uint64_t>(took.count()) + sync;
  world_.queue().At(busy_until_ms_, [this, life = life_, out = std::exchange(outgoing_, {})] {
    if (life != life_) return;
    for (const Outgoing& o : out)
      world_.Transmit(number_, NumberOf(o.to), o.bytes, o.priority, o.deliver);
  });
  wake_at_ms_ = kNever;
  if (next.has_value()) return Wake(ToInt(*next) - 1);  // SimClock begins at 1
  failure_ = MessageOf(replica_->Health());
}

void Machine::Send(const std::string& to, size_t bytes, World::Delivery deliver,
                   World::Priority priority) {
  if (in_turn_) {
    outgoing_.push_back({to, bytes, priority, std::move(deliver)});
  } else {
    world_.Transmit(number_, NumberOf(to), bytes, priority, std::move(deliver));
  }
}

void Machine::Arrive(const Call& call) {
  if (!up()) return;
  ++received_;
  Count([&] { static_cast<void>(call(*replica_)); });  // what is refused is dropped, as by servers
  Wake(world_.now_ms());
}

// ---- from the network --------------------------------------------------------------------------

void Machine::ReceiveConsensus(const std::string& from,
                               const std::shared_ptr<const std::string>& message) {
  received_bytes_ += message->size();
  Arrive([&](Replica& r) { return r.OnConsensus(from, *message); });
}

void Machine::ReceiveRecords(const std::string& from,
                             const std::shared_ptr<const std::vector<std::string>>& envelopes) {
  for (const std::string& e : *envelopes) received_bytes_ += e.size();
  received_ += envelopes->size();
  Arrive([&](Replica& r) { return r.OnRecords(from, *envelopes); });
}

void Machine::ReceiveCheckpoint(const std::string& from,
                                const std::shared_ptr<const std::string>& note) {
  received_bytes_ += note->size();
  Arrive([&](Replica& r) { return r.OnCheckpoint(from, *note); });
}

// Who is no member any more is served to the end of its last epoch.
StatusOr<replica::BlockRange> Machine::ReadFor(size_t asker, uint64_t first_height) const {
  const auto latest = replica_->Latest();
  const bool member = latest->charter->FindMember(testing::Accord::NameOf(asker)) != nullptr;
  if (!member && first_height > latest->epoch_height) return PermissionDenied("not a member");
  return replica::ReadBlocks(*latest->snapshot, first_height);
}

// As the node's server does it: so many at once for each asker.
void Machine::ServeBlocks(size_t asker, uint64_t first_height, uint64_t ticket) {
  if (!up()) return;
  ++received_;
  StatusOr<replica::BlockRange> range = ResourceExhausted("answers are under way");
  if (serving_[asker] < limits::kFetchesServedMax)
    Count([&] { range = ReadFor(asker, first_height); });
  const std::string to = testing::Accord::NameOf(asker);
  if (!range.ok()) {
    return Send(to, 100, [me = name(), ticket](Machine& m) {
      m.FetchEnds(ticket, [&](Replica& r) { return r.OnFetchFailed(me); });
    });
  }
  size_t bytes = range->finalization.size();
  for (const std::string& block : range->blocks) bytes += block.size();
  ++serving_[asker];
  Send(to, bytes,
       [this, life = life_, asker, first_height, ticket, answer = std::move(*range)](Machine& m) {
         if (life == life_ && serving_[asker] > 0) --serving_[asker];
         m.FetchEnds(ticket, [&](Replica& r) {
           return r.OnBlocksFetched(name(), first_height, answer.blocks, answer.finalization);
         });
       });
}

void Machine::FetchEnds(uint64_t ticket, const Call& call) {
  if (fetching_.erase(ticket) > 0) Arrive(call);
}

void Machine::LinkChanged(size_t peer, bool up) {
  const std::string from = testing::Accord::NameOf(peer);
  Arrive([&](Replica& r) { return up ? r.OnConnected(from) : r.OnDisconnected(from); });
  if (up) return;
  serving_.erase(peer);  // their answers are lost
  for (const auto& [ticket, server] : std::map(fetching_)) {
    if (server == peer) FetchEnds(ticket, [&](Replica& r) { return r.OnFetchFailed(from); });
  }
}

// ---- what its replica says ---------------------------------------------------------------------

void Machine::SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) {
  const size_t bytes = message->size();
  Send(to, bytes, [me = name(), m = std::move(message)](Machine& receiver) {
    receiver.ReceiveConsensus(me, m);
  });
}

void Machine::SendRecords(const std::string& to,
                          std::shared_ptr<const std::vector<std::string>> envelopes) {
  size_t bytes = 0;
  for (const std::string& e : *envelopes) bytes += e.size();
  Send(
      to, bytes,
      [me = name(), e = std::move(envelopes)](Machine& receiver) {
        receiver.ReceiveRecords(me, e);
      },
      World::Priority::kLast);
}

void Machine::SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) {
  const size_t bytes = note->size();
  Send(to, bytes, [me = name(), n = std::move(note)](Machine& receiver) {
    receiver.ReceiveCheckpoint(me, n);
  });
}

void Machine::FetchBlocks(const std::string& from, uint64_t first_height) {
  const size_t server = NumberOf(from);
  const uint64_t ticket = next_ticket_++;
  fetching_[ticket] = server;
  const uint64_t patience = world_.Linked(number_, server) ? kFetchTimeout_ms : 1'000;
  world_.queue().At(world_.now_ms() + patience, [this, from, ticket] {
    FetchEnds(ticket, [&](Replica& r) { return r.OnFetchFailed(from); });
  });
  Send(from, 100, [me = number_, first_height, ticket](Machine& m) {
    m.ServeBlocks(me, first_height, ticket);
  });
}

}  // namespace parley::whole
