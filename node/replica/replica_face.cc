// What other threads call: check, then post; never wait.

#include "base/limits.h"
#include "ledger/rules/queries.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

constexpr uint64_t kLongTurnMs = 2'000;

Status CheckPeer(const std::string& peer, const std::string& self) {
  if (peer != self) return absl::OkStatus();
  return InvalidArgument(fmt::format("'{}' is this node's own member", peer));
}

}  // namespace

Status ReplicaImpl::Submit(std::vector<std::string> envelopes, bool wait_final, SteadyTime deadline,
                           SubmitDone done) {
  RETURN_IF_ERROR(Health());
  if (envelopes.empty()) return InvalidArgument("no records");
  if (envelopes.size() > limits::kSubmitRecordsMax)
    return InvalidArgument(fmt::format("{} records at once, the limit is {}", envelopes.size(),
                                       limits::kSubmitRecordsMax));
  size_t bytes = 0;
  for (const std::string& e : envelopes) bytes += e.size();
  if (bytes > limits::kSubmitBytesMax)
    return InvalidArgument(
        fmt::format("{} bytes at once, the limit is {}", bytes, limits::kSubmitBytesMax));
  auto s = std::make_shared<Submission>();
  s->count = envelopes.size();
  s->bytes = bytes;
  s->outcomes.resize(envelopes.size());
  s->envelopes = std::move(envelopes);
  s->wait_final = wait_final;
  s->deadline = deadline;
  s->done = std::move(done);
  return pool_->Post(std::move(s));
}

Status ReplicaImpl::OnRecords(const std::string& from, std::vector<std::string> envelopes) {
  RETURN_IF_ERROR(CheckPeer(from, options_.member));
  RETURN_IF_ERROR(Health());
  auto s = std::make_shared<Submission>();
  s->from = from;
  s->count = envelopes.size();
  for (const std::string& e : envelopes) s->bytes += e.size();
  s->envelopes = std::move(envelopes);
  return pool_->Post(std::move(s));
}

Status ReplicaImpl::OnConsensus(const std::string& from, std::string message) {
  RETURN_IF_ERROR(CheckPeer(from, options_.member));
  ASSIGN_OR_RETURN(consensus::Message decoded,
                   consensus::DecodeMessage(founding_.ledger_id(), AsBytes(message), app_));
  return inbox_.Push(input::Consensus{from, std::move(decoded)}, message.size());
}

Status ReplicaImpl::OnCheckpoint(const std::string& from, std::string note) {
  RETURN_IF_ERROR(CheckPeer(from, options_.member));
  if (note.size() > limits::kNoteBytesMax)
    return InvalidArgument(fmt::format("a checkpoint of {} bytes, the limit is {}", note.size(),
                                       limits::kNoteBytesMax));
  const size_t bytes = note.size();
  return inbox_.Push(input::Checkpoint{from, std::move(note)}, bytes);
}

Status ReplicaImpl::OnConnected(const std::string& peer) {
  RETURN_IF_ERROR(CheckPeer(peer, options_.member));
  return inbox_.Push(input::Connected{peer}, 1);
}

Status ReplicaImpl::OnDisconnected(const std::string& peer) {
  RETURN_IF_ERROR(CheckPeer(peer, options_.member));
  return inbox_.Push(input::Disconnected{peer}, 1);
}

Status ReplicaImpl::OnBlocksFetched(const std::string& from, uint64_t first_height,
                                    std::vector<std::string> blocks, std::string finalization) {
  RETURN_IF_ERROR(CheckPeer(from, options_.member));
  input::Fetched in;
  in.from = from;
  in.event.first = consensus::Height{first_height};
  Status bad;
  for (std::string& bytes : blocks) {
    StatusOr<consensus::Block> block =
        LedgerApp::IsLink(bytes) ? app_.ParseLink(bytes) : app_.Parse(std::move(bytes));
    bad.Update(block.status());
    if (!bad.ok()) break;
    in.event.blocks.push_back(std::move(*block));
  }
  if (bad.ok()) {
    auto certificate = consensus::DecodeCertificate(founding_.ledger_id(), AsBytes(finalization));
    bad.Update(certificate.status());
    if (bad.ok()) in.event.finalization = std::move(*certificate);
  }
  // The core has asked and must hear of the end in any case.
  if (bad.ok()) {
    inbox_.PushAnswer(std::move(in));
  } else {
    inbox_.PushAnswer(input::FetchFailed{from});
  }
  return bad;
}

Status ReplicaImpl::OnFetchFailed(const std::string& from) {
  RETURN_IF_ERROR(CheckPeer(from, options_.member));
  inbox_.PushAnswer(input::FetchFailed{from});
  return absl::OkStatus();
}

std::shared_ptr<const Published> ReplicaImpl::Latest() const {
  const MutexLock lock(&mu_);
  return published_;
}

ReplicaStatus ReplicaImpl::GetStatus() const {
  ReplicaStatus out;
  {
    const MutexLock lock(&mu_);
    out = status_;
  }
  // What it says is from before the turn that is under way.
  const uint64_t began = turn_began_ms_;
  const uint64_t now = ToInt(clock_.Steady());
  if (began != 0 && now >= began + kLongTurnMs)
    out.notices.push_back(fmt::format(
        "this node has been busy with one step for {} s; the rest of this status is from before",
        (now - began) / 1'000));
  return out;
}

Status ReplicaImpl::Health() const {
  if (!failed()) return absl::OkStatus();
  const MutexLock lock(&mu_);
  // Between the failure and its description.
  return health_.ok() ? Unavailable("this node has stopped itself") : health_;
}

StatusOr<std::pair<uint64_t, RecordId>> ReplicaImpl::AuthorHead(const KeyId& key) const {
  for (;;) {
    const std::shared_ptr<const Published> seen = Latest();
    ASSIGN_OR_RETURN(const v1::KeyState state,
                     rules::GetKey(store::StoredState(seen->snapshot), key));
    const auto pending = pending_.Head(key, state.sequence() + 1);
    // A block in between may have taken records out of pending that `seen` does not have.
    if (Latest() != seen) continue;
    if (pending.has_value()) return *pending;
    RecordId last;
    if (!state.previous().empty()) {
      ASSIGN_OR_RETURN(last, RecordId::FromBytes(state.previous()));
    }
    return std::make_pair(state.sequence(), last);
  }
}

StatusOr<std::string> ReplicaImpl::PendingRecord(const RecordId& id) const {
  return pending_.Envelope(id);
}

uint64_t ReplicaImpl::AddListener(Listener listener) {
  const MutexLock lock(&listeners_mu_);
  listeners_.emplace(next_listener_, std::move(listener));
  return next_listener_++;
}

void ReplicaImpl::RemoveListener(uint64_t id) {
  const MutexLock lock(&listeners_mu_);
  listeners_.erase(id);
}

}  // namespace parley::replica
