// Final blocks: into the ledger, out of pending; and what readers see of them.

#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

// A record that another member forwarded may need what is not final here yet.
constexpr uint64_t kIllegalForMs = 10'000;
constexpr std::chrono::milliseconds kClockNoticeFor{60'000};
constexpr std::chrono::milliseconds kClockLine{5'000};

std::string ClockNotice(int64_t ahead_ms) {
  return fmt::format(
      "clocks differ: a block was refused whose time lies {} s {} this node's clock; "
      "one of the two clocks is wrong",
      std::abs(ahead_ms) / 1'000, ahead_ms > 0 ? "ahead of" : "behind");
}

}  // namespace

void ReplicaImpl::Deliver(const consensus::Deliver& d, Turn* turn) {
  const BranchPoint* point = tree_.Find(d.block.id);
  if (point == nullptr || point->block == nullptr)
    return Fail(Internal(fmt::format("block {} became final unexecuted", d.block.id)));
  const rules::ExecutedBlock& block = *point->block;
  work_.NoteServed(block, turn->steady);
  const std::string finalization =
      d.finalization ? consensus::EncodeCertificate(founding_.ledger_id(), *d.finalization) : "";
  const Status s = writer_->Append(block, *d.block.bytes, finalization, &turn->batch);
  if (!s.ok()) return Fail(s);
  votes_->Delivered(d.block.height, &turn->batch);
  for (size_t i = 0; i < block.records.size(); ++i) {
    const record::ParsedRecord& r = block.records[i];
    turn->final_records.push_back(
        {r.id(), block.header.first_entry + block.FirstRecord() + i, block.header.time});
    pending_.DeleteStored(r.id(), &turn->batch);
    DropBeaten(r, turn);
  }
  turn->tip = d.block.id;
  if (block.header.seal) {
    turn->seal = true;  // cosigned by the next epoch's members
    votes_->EndEpoch(&turn->batch);
  } else {
    turn->heads.push_back({block.tip.size, block.tip.tree.Root()});
  }
  Log(LogLevel::kDebug, "block.final",
      {{"height", std::to_string(block.header.height)},
       {"entries", std::to_string(block.header.entry_count)},
       {"size", std::to_string(block.tip.size)}});
}

// Another record of the author under this number can never be final now.
void ReplicaImpl::DropBeaten(const record::ParsedRecord& final_record, Turn* turn) {
  const HeldRecord* other = pending_.FindSequence(final_record.key_id(), final_record.sequence());
  if (other == nullptr || other->record.id() == final_record.id()) return;
  KeepProof(final_record, turn);
  Drop(other->record,
       AlreadyExists(fmt::format("record {}: another record of its author with the number {} is "
                                 "final: {}",
                                 other->record.id(), other->record.sequence(), final_record.id())),
       turn);
}

void ReplicaImpl::DropIllegal(Turn* turn) {
  for (const auto& [id, why] : tree_.base().refused) {
    HeldRecord* p = pending_.Find(id);
    if (p == nullptr) continue;
    if (p->refused_since == SteadyMs{}) p->refused_since = turn->steady;
    // What was legal here before is not waiting for anything.
    const uint64_t grace = p->local ? 0 : kIllegalForMs;
    if (ToInt(turn->steady) < ToInt(p->refused_since) + grace) continue;
    Drop(p->record, why, turn);
  }
}

void ReplicaImpl::Drop(const record::ParsedRecord& record, const Status& why, Turn* turn) {
  const auto author = pending_.authors().find(record.key_id());
  if (author == pending_.authors().end()) return;
  for (auto it = author->second.lower_bound(record.sequence()); it != author->second.end(); ++it) {
    const record::ParsedRecord& r = it->second->record;
    Status reason = why;
    if (r.id() != record.id())
      reason = FailedPrecondition(
          fmt::format("record {}: its predecessor {} (number {}) was refused: {}", r.id(),
                      record.id(), record.sequence(), MessageOf(why)));
    Log(LogLevel::kWarn, "record.dropped",
        {{"record", r.id().ToHex()},
         {"member", r.record().member()},
         {"officer", r.record().officer()},
         {"why", MessageOf(reason)}});
    pending_.DeleteStored(r.id(), &turn->batch);
    turn->ended.push_back({r.id(), r.key_id(), std::move(reason)});
  }
  intake_.Forget(record.key_id());
}

void ReplicaImpl::Publish(const Turn& turn) {
  auto published = std::make_shared<Published>();
  published->snapshot = store_.TakeSnapshot();
  published->tip = tree_.base().tip;
  published->checkpoint_size = cosigner_->published_size();
  published->charter = charter_;
  published->epoch_height = epoch_height_;
  published->before = before_;
  {
    const MutexLock lock(&mu_);
    published_ = published;
  }
  if (turn.tip.has_value() || turn.new_checkpoint) TellListeners();
}

void ReplicaImpl::TellListeners() {
  const std::shared_ptr<const Published> published = Latest();
  const MutexLock lock(&listeners_mu_);
  for (const auto& [id, listener] : listeners_) listener(published);
}

std::string ReplicaImpl::WhyItWaits(const consensus::CoreStatus& core) const {
  size_t reached = 0;
  std::string missing;
  for (const rules::CharterMember& member : epoch_.charter->members()) {
    if (member.name == options_.member || connected_.contains(member.name)) {
      ++reached;
    } else {
      missing += (missing.empty() ? "" : ", ") + member.name;
    }
  }
  if (!epoch_.standing.empty()) return epoch_.standing;
  if (!core.voting) return "this node does not vote (see alarms); it follows and serves";
  if (reached < epoch_.charter->quorum())
    return fmt::format("the ledger waits: {} of the {} members it needs are connected; missing: {}",
                       reached, epoch_.charter->quorum(), missing);
  if (!core.waiting_for.empty())
    return fmt::format("{}; leader: {}", core.waiting_for, NameOf(core.leader));
  return "";
}

void ReplicaImpl::UpdateStatus() {
  ReplicaStatus s;
  s.core = core_->Status();
  s.leader = NameOf(s.core.leader);
  s.core.waiting_for = failed() ? MessageOf(Health()) : WhyItWaits(s.core);
  if (failed()) s.core.voting = false;
  s.pending_records = pending_.size();
  s.checkpoint_size = cosigner_->published_size();
  for (size_t m = 0; m < epoch_.charter->members().size(); ++m) {
    PeerView p;
    p.member = epoch_.charter->members()[m].name;
    const bool self = p.member == options_.member;
    p.connected = self || connected_.contains(p.member);
    if (s.core.seen_at[m] != SteadyMs{}) {  // people want the time of day
      const uint64_t ago_ms = ToInt(clock_.Steady()) - ToInt(s.core.seen_at[m]);
      p.last_voted = static_cast<TimeMs>(ToInt(clock_.Now()) - ago_ms);
    }
    p.height = self ? tree_.base().tip.height : consensus::ToInt(s.core.peer_heights[m]);
    if (const std::optional<size_t> cosigner = charter_->IndexOf(p.member)) {
      p.cosigned_size = cosigner_->peers()[*cosigner].size;
      p.last_cosigned = cosigner_->peers()[*cosigner].time;
    }
    s.peers.push_back(std::move(p));
  }
  s.alarms = alarms_;
  const SteadyMs now = clock_.Steady();
  NoteClocks(now);
  stall_.Update(s.core, s.core.waiting_for, now);
  s.notices = Notices(s);
  MeasureCatchUp(&s);
  const MutexLock lock(&mu_);
  status_ = std::move(s);
}

void ReplicaImpl::NoteClocks(SteadyMs now) {
  const std::optional<int64_t> difference = app_.TakeClockDifference();
  if (!difference.has_value()) return;
  const bool is_new = !clock_difference_ms_.has_value() || now >= clock_noted_at_ + kClockLine;
  clock_difference_ms_ = difference;
  if (!is_new) return;
  clock_noted_at_ = now;
  Log(LogLevel::kWarn, "clock.differs", {{"what", ClockNotice(*difference)}});
}

std::vector<std::string> ReplicaImpl::Notices(const ReplicaStatus& s) {
  const SteadyMs now = clock_.Steady();
  for (const auto& [peer, count] : inbox_.TakeDropped())
    refusals_.Note(peer, "more at once than this node has room for", now, count);
  std::vector<std::string> out = refusals_.Describe(now);
  for (const std::string& share : pending_.FullShares())
    out.push_back(fmt::format("the share of {} for pending records is full", share));
  if (clock_difference_ms_.has_value() && now < clock_noted_at_ + kClockNoticeFor)
    out.push_back(ClockNotice(*clock_difference_ms_));
  if (const std::string stall = stall_.Describe(now); !stall.empty())
    out.push_back(
        fmt::format("{}{}{}", stall, s.core.waiting_for.empty() ? "" : ": ", s.core.waiting_for));
  return out;
}

void ReplicaImpl::MeasureCatchUp(ReplicaStatus* out) {
  const auto& from = out->core.fetching_from;
  const auto news = catch_up_.Update(out->core, tree_.base().tip.size,
                                     from.has_value() ? ServerOf(*from) : "", clock_.Steady());
  LogCatchUp(news, catch_up_.figures());
  out->catch_up = catch_up_.progress();
}

}  // namespace parley::replica
