#include "tools/parley/bench_lane.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/limits.h"
#include "crypto/dsse.h"
#include "parley/v1/entry.pb.h"

namespace parley::cli {
namespace {

constexpr std::chrono::seconds kWatchPart{5};  // how long a failed lane keeps its follower
constexpr std::chrono::seconds kStall{30};     // nothing became final for so long: give up

// A synthetic report, padded to about `bytes`.
void FillReport(uint64_t number, size_t bytes, v1::Record* record) {
  v1::IncidentFacts* facts = record->mutable_report_incident()->mutable_facts();
  const uint64_t now = ToInt(SystemClock().Now());
  facts->set_event_type("PROCEDURE");
  facts->set_from_ms(now);
  facts->set_to_ms(now);
  facts->set_time_precision(v1::MINUTE);
  facts->set_urgency(v1::ROUTINE);
  facts->add_tags("bench");
  facts->add_alleged()->set_unknown(true);
  facts->set_narrative(fmt::format("Synthetic record {} of a load test. ", number));
  constexpr size_t kRest = 330;  // everything but the padding
  const size_t padding = bytes > kRest ? bytes - kRest : 0;
  facts->mutable_narrative()->append(std::min<size_t>(padding, 7'900), '.');
}

// The record id straight from an entry: cheaper than a full parse, and enough to recognise one's
// own.
bool IdOfEntry(const std::string& bytes, RecordId* out) {
  v1::Entry entry;
  v1::Envelope envelope;
  if (!entry.ParseFromString(bytes) || !envelope.ParseFromString(entry.record())) return false;
  *out = Sha256<RecordId>(PreAuthEncoding(record::kPayloadType, AsBytes(envelope.payload())));
  return true;
}

}  // namespace

StatusOr<std::unique_ptr<BenchLane>> BenchLane::Create(Session& session,
                                                       const LaneOptions& options) {
  ASSIGN_OR_RETURN(const SecretKey* key, session.SigningKey());
  ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
  ASSIGN_OR_RETURN(const std::filesystem::path dir, session.OutboxDir());
  ASSIGN_OR_RETURN(Outbox outbox, Outbox::Open(dir, session.charter().ledger_id()));
  return std::unique_ptr<BenchLane>(
      new BenchLane(session, *client, *key, std::move(outbox), options));
}

Status BenchLane::Prepare() {
  ASSIGN_OR_RETURN(const auto waiting, outbox_.Queued());
  if (!waiting.empty())
    return FailedPrecondition(fmt::format("{} records wait in the outbox of {}; send them first",
                                          waiting.size(), author_.officer));
  ASSIGN_OR_RETURN(AuthorHead head,
                   NextHead(outbox_, KeyIdOf(author_.key->public_key()), &client_));
  for (uint64_t i = 0; i < options_.records; ++i) {
    v1::Record record;
    FillReport(i + 1, options_.bytes, &record);
    CompleteRecord(session_, author_, head, &record);
    ASSIGN_OR_RETURN(std::string envelope, record::SignRecord(record, *author_.key));
    ASSIGN_OR_RETURN(record::ParsedRecord parsed, record::ParsedRecord::Parse(std::move(envelope)));
    head.sequence = parsed.sequence();
    head.previous = parsed.id();
    records_.push_back(std::move(parsed));
  }
  return outbox_.Add(records_);
}

uint64_t BenchLane::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

void BenchLane::Arrived(const RecordId& id) {
  const Instant now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  const auto it = in_flight_.find(id);
  if (it == in_flight_.end()) return;  // somebody else's
  latencies_ms_.push_back(std::chrono::duration<double, std::milli>(now - it->second).count());
  in_flight_.erase(it);
  ++done_;
  changed_.notify_all();
}

void BenchLane::Follow(uint64_t from) {
  uint64_t next = from;
  while (true) {
    const Status ended = client_.Watch(next, kWatchPart, [&](const v1::WatchResponse& w) {
      next = w.index() + 1;
      RecordId id;
      if (IdOfEntry(w.entry(), &id)) Arrived(id);
      const std::lock_guard lock(mutex_);
      return !stop_ && done_ < records_.size();
    });
    const std::lock_guard lock(mutex_);
    if (stop_ || done_ == records_.size()) return;
    if (ended.ok() || absl::IsUnavailable(ended) || absl::IsDeadlineExceeded(ended)) continue;
    follow_status_ = ended;
    changed_.notify_all();
    return;
  }
}

size_t BenchLane::WaitForRoom() {
  std::unique_lock lock(mutex_);
  const uint64_t before = done_;
  const bool moved = changed_.wait_for(
      lock, kStall, [&] { return in_flight_.size() < options_.in_flight || !follow_status_.ok(); });
  if (!follow_status_.ok()) return 0;
  if (!moved && done_ == before) {
    follow_status_ = absl::DeadlineExceededError("nothing became final for 30 s");
    return 0;
  }
  return options_.in_flight > in_flight_.size() ? options_.in_flight - in_flight_.size() : 0;
}

Status BenchLane::SendAll() {
  size_t sent = 0;
  while (sent < records_.size()) {
    const size_t room = WaitForRoom();
    {
      const std::lock_guard lock(mutex_);
      RETURN_IF_ERROR(follow_status_);
    }
    const size_t count = std::min({room, records_.size() - sent, limits::kSubmitRecordsMax,
                                   limits::kSubmitBytesMax / limits::kEnvelopeBytesMax});
    const auto first = records_.begin() + static_cast<ptrdiff_t>(sent);
    const std::vector<record::ParsedRecord> part(first, first + static_cast<ptrdiff_t>(count));
    {
      const Instant now = std::chrono::steady_clock::now();
      const std::lock_guard lock(mutex_);
      for (const record::ParsedRecord& record : part) in_flight_.emplace(record.id(), now);
    }
    ASSIGN_OR_RETURN(const SendReport report,
                     SendRecords(client_, part, /*wait_final=*/false, session_.timeout(), nullptr));
    RETURN_IF_ERROR(report.refusal);
    sent += count;
  }
  std::unique_lock lock(mutex_);
  const bool all =
      changed_.wait_for(lock, kStall, [&] { return in_flight_.empty() || !follow_status_.ok(); });
  RETURN_IF_ERROR(follow_status_);
  if (!all) return absl::DeadlineExceededError("records were accepted but did not become final");
  return absl::OkStatus();
}

Status BenchLane::Run() {
  ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client_.GetStatus());
  std::thread follower([&] { Follow(status.size()); });
  const Status sent = SendAll();
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  follower.join();  // at once when all arrived, else when its watch times out
  if (!sent.ok()) return sent;
  return outbox_.Forget(KeyIdOf(author_.key->public_key()), records_.back().sequence());
}

}  // namespace parley::cli
