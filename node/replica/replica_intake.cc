// Records on their way in, and those who wait for them.

#include "base/limits.h"
#include "crypto/encoding.h"
#include "ledger/record/intake.h"
#include "ledger/rules/queries.h"
#include "node/replica/replica_impl.h"
#include "parley/v1/entry.pb.h"

namespace parley::replica {
namespace {

using store::Family;

// Within this time a record that stays legal should be final, or the node must say why not.
constexpr std::chrono::milliseconds kIntakeDeadline = std::chrono::minutes(10);
// Proofs of two records under one number that are kept.
constexpr std::string_view kProofPrefix = "two-records/";
// How far back in an author's chain the first of two such records is looked for.
constexpr uint64_t kProofStepsMax = 4'096;
// How long a record of another member's officer waits for the one before it, and how often that is
// looked at.
constexpr std::chrono::milliseconds kStrandedFor{60'000};
constexpr std::chrono::milliseconds kSweepPause{5'000};

void Refuse(SubmitOutcome* outcome, const Status& why) { outcome->status = why; }

}  // namespace

// ---- on a pool thread --------------------------------------------------------------------------

void ReplicaImpl::Prepare(const std::shared_ptr<Submission>& s) {
  s->records.resize(s->envelopes.size());
  for (size_t i = 0; i < s->envelopes.size(); ++i) {
    StatusOr<record::ParsedRecord> record = record::ParsedRecord::Parse(std::move(s->envelopes[i]));
    Status status = record.status();
    if (record.ok()) {
      if (!s->from.has_value()) s->outcomes[i].id = record->id();
      status = VerifyAhead(*record);
    }
    if (status.ok()) {
      s->records[i] = std::move(*record);
    } else if (s->from.has_value()) {
      refusals_.Note(*s->from, MessageOf(status), clock_.Steady());
    } else {
      Refuse(&s->outcomes[i], status);
    }
  }
  s->envelopes.clear();
  const size_t count = s->count, bytes = s->bytes;
  if (inbox_.PushRecords(s)) return;
  Submission gone;
  gone.from = s->from;
  gone.count = count;
  gone.bytes = bytes;
  pool_->Release(gone);
  if (s->from.has_value()) return;
  for (SubmitOutcome& o : s->outcomes) {
    if (o.status.ok()) Refuse(&o, Unavailable("this node is stopping"));
  }
  Answer(s);
}

Status ReplicaImpl::VerifyAhead(const record::ParsedRecord& record) {
  if (record.ledger_id() != founding_.ledger_id())
    return InvalidArgument(fmt::format("record {}: written for ledger {}, this is {}", record.id(),
                                       record.ledger_id(), founding_.ledger_id()));
  const store::StoredState state(Latest()->snapshot);
  const StatusOr<PublicKey> key = keys_.Find(record.key_id(), state);
  // Not enrolled as far as we know: the rules say so in their own words.
  if (!key.ok()) return absl::OkStatus();
  if (signatures_.Check(record, *key)) return absl::OkStatus();
  return Unauthenticated(fmt::format("record {}: the signature does not verify under key {}",
                                     record.id(), record.key_id()));
}

// ---- on the replica thread ---------------------------------------------------------------------

void ReplicaImpl::TakeRecords(const std::shared_ptr<Submission>& s, Turn* turn) {
  pool_->Release(*s);
  const bool local = !s->from.has_value();
  if (local) turn->submissions.push_back(s);
  for (size_t i = 0; i < s->records.size() && !failed(); ++i) {
    if (!s->records[i].has_value()) continue;
    SubmitOutcome ignored;
    SubmitOutcome* outcome = local ? &s->outcomes[i] : &ignored;
    const Status status = TakeRecord(*s->records[i], local, turn, outcome);
    if (IsStoreFailure(status)) return Fail(status);
    if (status.ok()) continue;
    Refuse(outcome, status);
    if (!local) {
      if (!absl::IsAlreadyExists(status)) refusals_.Note(*s->from, MessageOf(status), turn->steady);
      continue;
    }
    Log(LogLevel::kInfo, "record.refused",
        {{"record", s->records[i]->id().ToHex()}, {"from", "client"}, {"why", MessageOf(status)}});
  }
}

Status ReplicaImpl::TakeRecord(const record::ParsedRecord& record, bool local, Turn* turn,
                               SubmitOutcome* outcome) {
  if (local && epoch_.node_key == nullptr)
    return FailedPrecondition(fmt::format("this node takes no records: {}", epoch_.standing));
  if (pending_.Find(record.id()) != nullptr) return absl::OkStatus();
  const store::LedgerReader reader(Latest()->snapshot);
  const StatusOr<uint64_t> index = reader.FindRecord(record.id());
  if (index.ok()) {
    ASSIGN_OR_RETURN(const std::string bytes, reader.Entry(*index));
    v1::Entry entry;
    if (!entry.ParseFromString(bytes))
      return DataLoss(fmt::format("stored entry {} is damaged", *index));
    outcome->final = true;
    outcome->index = *index;
    outcome->time = TimeMs{entry.time_ms()};
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(index.status())) return index.status();
  // Whose it is comes first: shares are charged to names.
  const Status foreign = local ? absl::OkStatus() : CheckForeign(record);
  if (absl::IsAlreadyExists(foreign)) KeepProof(record, turn);
  RETURN_IF_ERROR(foreign);
  const Status may_add = pending_.MayAdd(record);
  if (absl::IsAlreadyExists(may_add)) KeepProof(record, turn);
  RETURN_IF_ERROR(may_add);
  const Status allowed = local ? intake_.Check(record, turn->now) : absl::OkStatus();
  if (absl::IsAlreadyExists(allowed)) KeepProof(record, turn);
  RETURN_IF_ERROR(allowed);
  pending_.Add(record, local, turn->steady, &turn->batch);
  if (local) turn->gossip.push_back(record.envelope());
  return absl::OkStatus();
}

Status ReplicaImpl::CheckName(const record::ParsedRecord& record, const v1::KeyState& key) {
  const v1::Record& body = record.record();
  if (key.member() != body.member() || key.officer() != body.officer())
    return Unauthenticated(fmt::format("record {}: key {} writes for {}/{}, not for {}/{}",
                                       record.id(), record.key_id(), key.member(), key.officer(),
                                       body.member(), body.officer()));
  if (key.revoked_at_ms() != 0)
    return Unauthenticated(fmt::format("record {}: key {} of {}/{} is revoked", record.id(),
                                       record.key_id(), key.member(), key.officer()));
  return absl::OkStatus();
}

Status ReplicaImpl::CheckAuthor(const record::ParsedRecord& record, const v1::KeyState& key) {
  RETURN_IF_ERROR(CheckName(record, key));
  ASSIGN_OR_RETURN(const PublicKey public_key, PublicKey::FromBytes(key.public_key()));
  if (!signatures_.Check(record, public_key))
    return Unauthenticated(fmt::format("record {}: the signature does not verify", record.id()));
  return absl::OkStatus();
}

// Author and number only: we may be behind the member that sends it, so whether it is legal is
// found out when it is its turn.
Status ReplicaImpl::CheckForeign(const record::ParsedRecord& record) {
  const rules::StateView& state = tree_.base().state;
  ASSIGN_OR_RETURN(const v1::KeyState key, rules::GetKey(state, record.key_id()));
  RETURN_IF_ERROR(CheckAuthor(record, key));
  if (record.sequence() <= key.sequence())
    return AlreadyExists(fmt::format("record {}: number {} of key {} is final already", record.id(),
                                     record.sequence(), record.key_id()));
  // What is pending of the author counts as his chain's, whether or not there are gaps in it.
  const auto held = pending_.authors().find(record.key_id());
  const size_t pending = held == pending_.authors().end() ? 0 : held->second.size();
  if (record.sequence() > key.sequence() + pending + limits::kSequencesAheadMax)
    return FailedPrecondition(
        fmt::format("record {}: number {} of key {} is far ahead of its chain, which "
                    "stands at {} with {} pending",
                    record.id(), record.sequence(), record.key_id(), key.sequence(), pending));
  return absl::OkStatus();
}

Status ReplicaImpl::PurgePending() {
  std::vector<RecordId> gone;
  for (const auto& [arrival, held] : pending_.by_arrival()) {
    const StatusOr<v1::KeyState> key = rules::GetKey(tree_.base().state, held->record.key_id());
    if (IsStoreFailure(key.status())) return key.status();
    Status good = key.status();
    if (good.ok()) good = CheckName(held->record, *key);  // its signature was checked when it came
    if (good.ok() && held->record.sequence() <= key->sequence())
      good = AlreadyExists("its number is final");
    if (!good.ok()) gone.push_back(held->record.id());
  }
  if (gone.empty()) return absl::OkStatus();
  store::Store::Batch batch;
  for (const RecordId& id : gone) pending_.DeleteStored(id, &batch);
  RETURN_IF_ERROR(store_.Commit(std::move(batch)));
  for (const RecordId& id : gone) pending_.Erase(id);
  Log(LogLevel::kWarn, "pending.purged",
      {{"records", std::to_string(gone.size())}, {"why", "they can never be entered"}});
  return absl::OkStatus();
}

void ReplicaImpl::DropStranded(Turn* turn) {
  if (turn->steady < sweep_at_) return;
  sweep_at_ = turn->steady + kSweepPause;
  for (const auto& [key_id, records] : pending_.authors()) {
    const StatusOr<v1::KeyState> key = rules::GetKey(tree_.base().state, key_id);
    if (IsStoreFailure(key.status())) return Fail(key.status());
    if (!key.ok()) continue;
    for (const HeldRecord* held : Pending::BehindGap(records, key->sequence())) {
      if (held->local || turn->steady < held->received_at + kStrandedFor) continue;
      pending_.DeleteStored(held->record.id(), &turn->batch);
      turn->ended.push_back({held->record.id(), key_id,
                             Unavailable("the record before it did not come here in time")});
    }
  }
}

std::optional<record::ParsedRecord> ReplicaImpl::HeldOrFinal(const KeyId& key, uint64_t sequence) {
  const HeldRecord* held = pending_.FindSequence(key, sequence);
  if (held != nullptr) return held->record;
  const StatusOr<v1::KeyState> state = rules::GetKey(tree_.base().state, key);
  if (!state.ok() || sequence > state->sequence() || sequence == 0) return std::nullopt;
  if (state->sequence() - sequence >= kProofStepsMax) return std::nullopt;
  const store::LedgerReader reader(Latest()->snapshot);
  StatusOr<RecordId> id = RecordId::FromBytes(state->previous());
  while (id.ok()) {
    const StatusOr<uint64_t> index = reader.FindRecord(*id);
    const StatusOr<std::string> bytes = index.ok() ? reader.Entry(*index) : index.status();
    v1::Entry entry;
    if (!bytes.ok() || !entry.ParseFromString(*bytes)) return std::nullopt;
    StatusOr<record::ParsedRecord> record = record::ParsedRecord::Parse(entry.record());
    if (!record.ok() || record->sequence() < sequence) return std::nullopt;
    if (record->sequence() == sequence) return *std::move(record);
    id = RecordId::FromBytes(record->record().previous());
  }
  return std::nullopt;
}

void ReplicaImpl::KeepProof(const record::ParsedRecord& second, Turn* turn) {
  // One proof for each author is enough; so what an officer can make us keep is bounded.
  // What was found of late is in no snapshot before the next block.
  if (proven_authors_.contains(second.key_id())) return;
  const std::string place = std::string(kProofPrefix) + second.key_id().ToHex();
  if (!absl::IsNotFound(Latest()->snapshot->Get(Family::kMeta, place).status())) return;
  // The signature before the search: only the author can make us look.
  const StatusOr<PublicKey> key = keys_.Find(second.key_id(), tree_.base().state);
  if (!key.ok() || !signatures_.Check(second, *key)) return;
  const std::optional<record::ParsedRecord> first = HeldOrFinal(second.key_id(), second.sequence());
  if (!first.has_value() || first->id() == second.id()) return;
  Encoder proof;
  proof.Var(first->envelope()).Var(second.envelope());
  turn->batch.Put(Family::kMeta, place, proof.TakeString());
  proven_authors_.insert(second.key_id());
  Alarm(fmt::format("officer {} of {} has signed two records with one number; both are kept",
                    second.record().officer(), second.record().member()));
  Log(LogLevel::kWarn, "author.two_records",
      {{"key", second.key_id().ToHex()},
       {"member", second.record().member()},
       {"officer", second.record().officer()},
       {"sequence", std::to_string(second.sequence())},
       {"first", first->id().ToHex()},
       {"second", second.id().ToHex()}});
}

std::string ReplicaImpl::MakeReceipt(const RecordId& id, TimeMs now) const {
  record::IntakeReceipt r;
  r.ledger_id = founding_.ledger_id();
  r.record = id;
  r.member = options_.member;
  r.received_at = now;
  r.ledger_size = tree_.base().tip.size;
  r.deadline = now + kIntakeDeadline;
  return record::SignIntakeReceipt(r, *epoch_.node_key);
}

void ReplicaImpl::AnswerDurable(const std::shared_ptr<Submission>& s, const Turn& turn) {
  for (size_t i = 0; i < s->outcomes.size(); ++i) {
    SubmitOutcome& o = s->outcomes[i];
    for (const Ended& e : turn.ended) {  // accepted and dropped in one turn
      if (e.id == o.id && o.status.ok()) o.status = e.why;
    }
    if (!o.status.ok()) continue;
    o.intake_receipt = MakeReceipt(o.id, turn.now);
    if (o.final || !s->wait_final || pending_.Find(o.id) == nullptr) continue;
    waiters_.emplace(o.id, std::make_pair(s, i));
    ++s->open;
  }
  s->records.clear();
  if (s->open == 0) return Answer(s);
  deadlines_.emplace(s->deadline, s);
}

void ReplicaImpl::TellFinal(const FinalRecord& record) {
  const auto [first, last] = waiters_.equal_range(record.id);
  for (auto it = first; it != last; ++it) {
    const auto& [s, i] = it->second;
    SubmitOutcome& o = s->outcomes[i];
    o.final = true;
    o.index = record.index;
    o.time = record.time;
    if (--s->open == 0) Answer(s);
  }
  waiters_.erase(first, last);
}

void ReplicaImpl::TellEnded(const Ended& ended) {
  const auto [first, last] = waiters_.equal_range(ended.id);
  for (auto it = first; it != last; ++it) {
    const auto& [s, i] = it->second;
    s->outcomes[i].status = ended.why;
    if (--s->open == 0) Answer(s);
  }
  waiters_.erase(first, last);
}

void ReplicaImpl::AnswerLate() {
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const std::shared_ptr<Submission> s = deadlines_.begin()->second.lock();
    deadlines_.erase(deadlines_.begin());
    if (s == nullptr || !s->done) continue;
    for (const SubmitOutcome& o : s->outcomes) {
      const auto [first, last] = waiters_.equal_range(o.id);
      for (auto it = first; it != last;) it = it->second.first == s ? waiters_.erase(it) : ++it;
    }
    Answer(s);
  }
}

void ReplicaImpl::Answer(const std::shared_ptr<Submission>& s) {
  if (!s->done) return;
  const SubmitDone done = std::exchange(s->done, nullptr);
  done(std::move(s->outcomes));
}

void ReplicaImpl::AnswerAll(const Status& why) {
  auto waiters = std::exchange(waiters_, {});
  for (const auto& [id, waiter] : waiters) {
    if (!why.ok() && waiter.first->done) waiter.first->outcomes[waiter.second].status = why;
  }
  for (const auto& [id, waiter] : waiters) Answer(waiter.first);
  deadlines_.clear();
}

}  // namespace parley::replica
