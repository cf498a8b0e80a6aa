// Turns: take what is there, work it off into one batch, commit, and only then let effects out.

#include <algorithm>
#include <utility>

#include "node/replica/generation.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

// Cosignatures beyond the quorum are worth a write of their own only after this.
constexpr milliseconds kLaterLines{200};
constexpr milliseconds kRefusedLines{1'000};
constexpr milliseconds kIdle{60'000};
constexpr size_t kAlarmsMax = 100;
// What the inputs of one turn may take, by what the last ones took.
constexpr milliseconds kInputsTime{50};
constexpr std::chrono::microseconds kInputCostMin{100};
constexpr size_t kInputsAtOnceMax = 256;

}  // namespace

void ReplicaImpl::StartThread() {
  thread_ = std::thread([this] { Run(); });
}

void ReplicaImpl::Run() {
  FirstTurn();
  while (!failed()) {
    const SteadyMs now = clock_.Steady(), wake = WakeAt();
    const milliseconds wait(wake > now ? ToInt(wake) - ToInt(now) : 0);
    const std::optional<Inbox::Taken> taken = inbox_.Take(Steady::now() + wait, inputs_max_);
    if (!taken.has_value()) break;
    TakeTurn(*taken);
  }
  GiveUp();
}

std::optional<SteadyMs> ReplicaImpl::RunTurn() {
  if (!had_first_turn_) FirstTurn();
  while (pool_->WorkOne()) {
  }
  const std::optional<Inbox::Taken> taken = inbox_.Take(Steady::time_point::min(), inputs_max_);
  if (taken.has_value() && !failed()) TakeTurn(*taken);
  GiveUp();
  if (failed()) return std::nullopt;
  return inbox_.empty() ? WakeAt() : clock_.Steady();
}

// After a restart: says where we are, cosigns what we have.
void ReplicaImpl::FirstTurn() {
  had_first_turn_ = true;
  Turn turn = BeginTurn();
  Step(consensus::event::Tick{}, &turn);
  const rules::LedgerTip& tip = tree_.base().tip;
  cosigner_->Skip({tip.size, tip.tree.Root()}, &turn.batch);  // takes others' lines at once
  PrepareCosigning(&turn);
  if (Commit(&turn)) LetOut(&turn);
}

void ReplicaImpl::TakeTurn(const Inbox::Taken& taken) {
  turn_began_ms_ = ToInt(clock_.Steady());
  if (OneTurn(taken)) BeginNextEpoch();
  turn_began_ms_ = 0;
}

void ReplicaImpl::GiveUp() {
  if (!failed()) return;
  for (const auto& s : inbox_.Close()) {
    for (SubmitOutcome& o : s->outcomes) o.status = Health();
    Answer(s);
  }
  AnswerAll(Health());
  UpdateStatus();
}

// The sealing block is durable, so from the same batch on the next epoch counts.
void ReplicaImpl::BeginNextEpoch() {
  if (const Status entered = EnterEpoch(); !entered.ok()) return Fail(entered);
  Turn turn = BeginTurn();
  const rules::LedgerTip& tip = tree_.base().tip;
  turn.heads.push_back({tip.size, tip.tree.Root()});
  Step(consensus::event::Tick{}, &turn);
  for (const std::string& peer : connected_)
    if (const auto number = NumberOf(peer)) Step(consensus::event::Connected{*number}, &turn);
  for (const auto& [who, epoch] : std::exchange(ahead_, {})) {
    if (!NumberOf(who).has_value()) NoteAhead(who, epoch, &turn);
  }
  PrepareCosigning(&turn);
  if (!Commit(&turn)) return;
  Publish(turn);  // before anybody hears of the epoch: callers are judged by what is published
  TellListeners();
  LetOut(&turn);
}

ReplicaImpl::Turn ReplicaImpl::BeginTurn() {
  Turn turn;
  turn.now = clock_.Now();
  turn.steady = clock_.Steady();
  app_.SetNow(turn.now);
  return turn;
}

bool ReplicaImpl::OneTurn(const Inbox::Taken& taken) {
  Turn turn = BeginTurn();
  for (const input::Consensus& in : std::exchange(leftover_, {})) On(in, &turn);
  DropIllegal(&turn);
  DropStranded(&turn);
  const uint64_t additions = pending_.additions();
  for (const std::shared_ptr<Submission>& s : taken.submissions) TakeRecords(s, &turn);
  if (pending_.additions() != additions) Step(consensus::event::WorkChanged{}, &turn);
  WorkOff(taken.inputs, &turn);
  if (!turn.stepped) Step(consensus::event::Tick{}, &turn);
  if (!failed()) TakeCosignerProofs(&turn);
  if (turn.found_proof) Step(consensus::event::WorkChanged{}, &turn);  // it is work, for all
  if (!failed()) PrepareCosigning(&turn);
  if (!Commit(&turn)) {
    for (const auto& s : turn.submissions) {
      for (SubmitOutcome& o : s->outcomes) o.status = Health();
      Answer(s);
    }
    return false;
  }
  LetOut(&turn);
  return turn.seal;
}

// Each input is charged to whoever sent it. How many are taken at once follows from what they cost:
// a turn stays short, so that timers and effects come in time under any flood.
void ReplicaImpl::WorkOff(const std::vector<Input>& inputs, Turn* turn) {
  const std::chrono::nanoseconds begun = clock_.Stopwatch();
  std::chrono::nanoseconds before = begun;
  for (const Input& in : inputs) {
    if (failed()) return;
    std::visit([&](const auto& i) { On(i, turn); }, in);
    const std::chrono::nanoseconds after = clock_.Stopwatch();
    inbox_.Charge(PeerOf(in),
                  std::chrono::duration_cast<std::chrono::microseconds>(after - before));
    before = after;
  }
  if (inputs.empty()) return;
  const auto each =
      std::max<std::chrono::nanoseconds>((before - begun) / inputs.size(), kInputCostMin);
  inputs_max_ = std::clamp<size_t>(static_cast<size_t>(kInputsTime / each), 1, kInputsAtOnceMax);
}

void ReplicaImpl::Step(const consensus::Event& event, Turn* turn) {
  if (failed() || turn->seal) return;  // the next epoch's core takes over
  consensus::Effects effects = core_->Step(event, turn->steady);
  turn->stepped = true;
  for (const consensus::Persist& p : effects.persist) {
    votes_->Write(p, &turn->batch);
    if (const auto* e = std::get_if<consensus::persist::StoredEvidence>(&p))
      TakeProof(consensus::EncodeEvidence(founding_.ledger_id(), e->evidence), turn);
  }
  for (const consensus::Deliver& d : effects.deliver) Deliver(d, turn);
  const auto append = [](auto& from, auto* to) {
    to->insert(to->end(), std::make_move_iterator(from.begin()),
               std::make_move_iterator(from.end()));
  };
  append(effects.sends, &turn->sends);
  append(effects.fetches, &turn->fetches);
  append(effects.forwards, &turn->forwards);
  for (const consensus::Alarm& a : effects.alarms) {
    if (a.kind == consensus::AlarmKind::kBadPeer && a.about.has_value()) {
      Log(LogLevel::kWarn, "peer.misbehaves", {{"peer", NameOf(*a.about)}, {"what", a.text}});
      refusals_.Note(NameOf(*a.about), a.text, turn->steady);
    } else {
      Alarm(a.text);
    }
  }
  if (may_vote_ && !core_->Status().voting && !core_->Status().ended) RememberHalt(turn);
  core_wake_ = effects.wake_at;
}

void ReplicaImpl::On(const input::Consensus& in, Turn* turn) {
  if (turn->seal) {
    leftover_.push_back(in);
    return;
  }
  if (const auto number = NumberOf(in.from)) {
    const auto* const status = std::get_if<consensus::StatusMessage>(&in.message);
    if (status != nullptr && status->ask) turn->asked.push_back(in.from);
    Step(consensus::event::Received{*number, in.message}, turn);
    return;
  }
  // A former member that is not at the end of its last epoch yet, or one that has just joined.
  const std::optional<consensus::Epoch> epoch = consensus::EpochOf(in.message);
  if (!epoch.has_value()) return;
  if (*epoch < consensus::Epoch{epoch_.charter->version()}) TellStatus(in.from, turn->steady);
  NoteAhead(in.from, *epoch, turn);
}

void ReplicaImpl::On(const input::Connected& in, Turn* turn) {
  connected_.insert(in.peer);
  Log(LogLevel::kInfo, "peer.connected", {{"peer", in.peer}});
  turn->connected.push_back(in.peer);
  if (const auto number = NumberOf(in.peer)) {
    Step(consensus::event::Connected{*number}, turn);
  } else {
    TellStatus(in.peer, turn->steady);
  }
}

void ReplicaImpl::On(const input::Disconnected& in, Turn* /*turn*/) {
  connected_.erase(in.peer);
  Log(LogLevel::kInfo, "peer.disconnected", {{"peer", in.peer}});
}

void ReplicaImpl::On(const input::Checkpoint& in, Turn* turn) {
  const Status s = cosigner_->Take(in.note, Latest()->snapshot, &turn->batch);
  if (s.ok()) return;
  if (IsStoreFailure(s)) return Fail(s);
  // Anybody who is let in can send as many as it likes: one line a second, and how many there were.
  ++refused_checkpoints_;
  const SteadyMs now = turn->steady;
  if (now < refused_line_at_) return;
  refused_line_at_ = now + kRefusedLines;
  Log(LogLevel::kWarn, "checkpoint.refused",
      {{"peer", in.from},
       {"why", MessageOf(s)},
       {"count", std::to_string(std::exchange(refused_checkpoints_, 0))}});
}

void ReplicaImpl::On(const input::Fetched& in, Turn* turn) {
  const auto number = ServerNumberOf(in.from);
  if (!number.has_value()) return;
  consensus::event::BlocksFetched event = in.event;
  event.from = *number;
  Step(event, turn);
}

void ReplicaImpl::On(const input::FetchFailed& in, Turn* turn) {
  if (const auto number = ServerNumberOf(in.from))
    Step(consensus::event::FetchFailed{*number}, turn);
}

void ReplicaImpl::PrepareCosigning(Turn* turn) {
  const consensus::CoreStatus core = core_->Status();
  if (core.asking || core.behind) {
    // An older copy of a database may hold less than what this member has cosigned: never go back.
    if (!turn->heads.empty()) cosigner_->Skip(turn->heads.back(), &turn->batch);
    cosign_later_ = true;
  } else if (!turn->heads.empty() || cosign_later_ || turn->steady >= cosign_again_at_) {
    if (turn->heads.empty()) {
      cosigner_->PrepareAgain(turn->now, &turn->batch);
    } else {
      cosigner_->Prepare(std::move(turn->heads), turn->now, &turn->batch);
    }
    cosign_later_ = false;
    cosign_again_at_ = turn->steady + Heartbeat();
  }
  const bool flush = flush_at_.has_value() && turn->steady >= *flush_at_;
  if (cosigner_->HasQuorumUnpublished() || flush || !turn->batch.empty()) {
    const uint64_t before = cosigner_->published_size();
    turn->checkpoint_written = cosigner_->Publish(&turn->batch);
    turn->new_checkpoint = cosigner_->published_size() > before;
    flush_at_.reset();
  }
  for (const std::string& text : cosigner_->TakeAlarms()) Alarm(text);
}

bool ReplicaImpl::Commit(Turn* turn) {
  if (failed()) return false;
  if (turn->batch.empty()) return true;
  std::optional<uint64_t> stretch;
  if (votes_->signed_votes() >= counted_votes_ + kVotesPerCount) {
    const StatusOr<uint64_t> count = CountStretch(store_, &turn->batch);
    if (!count.ok()) Fail(count.status());
    if (!count.ok()) return false;
    stretch = *count;
    counted_votes_ = votes_->signed_votes();
  }
  Status s = store_.Commit(std::move(turn->batch));
  // Before any of the votes leaves this node.
  if (s.ok() && stretch.has_value()) s = NoteStretch(store_, *stretch);
  if (!s.ok()) Fail(s);
  return s.ok();
}

void ReplicaImpl::LetOut(Turn* turn) {
  // Votes first: others wait for them.
  for (const consensus::Send& send : turn->sends) {
    const auto bytes = std::make_shared<const std::string>(
        consensus::EncodeMessage(founding_.ledger_id(), send.message));
    if (send.to.has_value()) {
      transport_.SendConsensus(NameOf(*send.to), bytes);
    } else {
      ForOthers([&](const std::string& m) { transport_.SendConsensus(m, bytes); });
    }
  }
  SendInParts(std::nullopt, std::move(turn->gossip));
  if (turn->tip.has_value()) {
    tree_.MoveBase(*turn->tip, store_.TakeSnapshot());
    const Status settled = proofs_.Settle(tree_.base().tip, tree_.base().state);
    if (!settled.ok()) return Fail(settled);
  }
  if (turn->tip.has_value() || turn->checkpoint_written) Publish(*turn);
  // Whoever has seen the other signature of its author makes a proof of it.
  for (std::string& note : cosigner_->TakeRefused())
    Broadcast(std::make_shared<const std::string>(std::move(note)));
  for (std::string& line : cosigner_->TakeLines())
    Broadcast(std::make_shared<const std::string>(std::move(line)));
  for (const auto& s : turn->submissions) AnswerDurable(s, *turn);
  for (const FinalRecord& r : turn->final_records) pending_.Erase(r.id);
  for (const Ended& e : turn->ended) pending_.Erase(e.id);
  if (!turn->final_records.empty() || !turn->ended.empty()) intake_.Trim();
  for (const FinalRecord& r : turn->final_records) TellFinal(r);
  for (const Ended& e : turn->ended) TellEnded(e);
  for (const consensus::FetchBlocks& f : turn->fetches)
    transport_.FetchBlocks(ServerOf(f.from), consensus::ToInt(f.first));
  for (const consensus::ForwardRecords& f : turn->forwards)
    Forward(f.to ? std::optional(NameOf(*f.to)) : std::nullopt, turn->steady, /*all=*/false);
  for (const std::string& peer : turn->connected) {
    Forward(peer, turn->steady, /*all=*/true);
    SendProofs(peer);
    SendNewestLine(peer);
  }
  // Who has just come into an epoch asks, and could not read a line of it before.
  for (const std::string& peer : turn->asked) SendNewestLine(peer);
  AnswerLate();
  if (cosigner_->HasLaterLines() && !flush_at_.has_value())
    flush_at_ = clock_.Steady() + kLaterLines;
  UpdateStatus();
}

void ReplicaImpl::SendNewestLine(const std::string& peer) {
  if (cosigner_->newest_line().empty()) return;
  transport_.SendCheckpoint(peer, std::make_shared<const std::string>(cosigner_->newest_line()));
}

void ReplicaImpl::Broadcast(const std::shared_ptr<const std::string>& note) {
  ForOthers([&](const std::string& m) { transport_.SendCheckpoint(m, note); });
}

milliseconds ReplicaImpl::Heartbeat() const {
  return milliseconds(static_cast<int64_t>(charter_->proto().timing().heartbeat_ms()));
}

SteadyMs ReplicaImpl::WakeAt() const {
  const SteadyMs now = clock_.Steady();
  if (cosigner_->HasQuorumUnpublished()) return now;
  SteadyMs wake = now + kIdle;
  if (core_wake_.has_value()) wake = std::min(wake, *core_wake_);
  // Obligations that are overdue are the core's affair already: its timers run.
  const TimeMs wall = clock_.Now();
  const auto& due = tree_.base().due;
  if (due.has_value() && due->ok() && (*due)->has_value() && ***due > wall && ***due < wall + kIdle)
    wake = std::min(wake, now + milliseconds(ToInt(***due) - ToInt(wall)));
  if (cosigner_->signs()) wake = std::min(wake, cosign_again_at_);
  if (flush_at_.has_value()) wake = std::min(wake, *flush_at_);
  if (!deadlines_.empty()) {  // of callers, by their own clock
    const auto left = std::chrono::ceil<milliseconds>(deadlines_.begin()->first - Steady::now());
    wake = std::min(wake, now + std::clamp<milliseconds>(left, milliseconds(0), kIdle));
  }
  return wake;
}

void ReplicaImpl::Fail(const Status& why) {
  const bool first = !failed_.exchange(true);
  if (!first) return;
  const Status health = Unavailable(
      fmt::format("this node has stopped itself, since its database failed: {}", MessageOf(why)));
  Log(LogLevel::kError, "replica.stopped", {{"why", why.ToString()}});
  const MutexLock lock(&mu_);
  health_ = health;
}

void ReplicaImpl::Alarm(const std::string& text) {
  Log(LogLevel::kError, "alarm", {{"what", text}});
  alarms_.push_back(text);
  if (alarms_.size() > kAlarmsMax) alarms_.erase(alarms_.begin());
}

}  // namespace parley::replica
