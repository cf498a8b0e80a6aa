// Handing pending records to other members: all of them know the work before their timers run.

#include <algorithm>

#include "base/limits.h"
#include "ledger/rules/queries.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

constexpr size_t kMessageRecordsMax = 500;
// What consensus says may have to wait behind one such message, on a thin line too.
constexpr size_t kMessageBytesMax = 16 << 10;
constexpr size_t kForwardRecordsMax = 5'000;
constexpr size_t kForwardBytesMax = 8 << 20;
// So long after it came a pending record is sent on once more: others may have missed it. That is
// the affair of the node it was handed to; the others see to it later, should that one be gone.
constexpr uint64_t kForwardOwnMs = 1'000;
constexpr uint64_t kForwardForeignMs = 5'000;
// Each time the next time is twice as far: what waits in long queues, or for its turn, is not sent
// over and over on lines that blocks need.
constexpr unsigned kForwardDoublingsMax = 6;

}  // namespace

void ReplicaImpl::ForOthers(const std::function<void(const std::string&)>& fn) const {
  for (const rules::CharterMember& member : epoch_.charter->members()) {
    if (member.name != options_.member) fn(member.name);
  }
}

void ReplicaImpl::SendEnvelopes(const std::optional<std::string>& to,
                                std::vector<std::string> envelopes) {
  const auto shared = std::make_shared<const std::vector<std::string>>(std::move(envelopes));
  if (to.has_value()) {
    transport_.SendRecords(*to, shared);
  } else {
    ForOthers([&](const std::string& m) { transport_.SendRecords(m, shared); });
  }
}

void ReplicaImpl::SendInParts(const std::optional<std::string>& to,
                              std::vector<std::string> envelopes) {
  std::vector<std::string> part;
  size_t bytes = 0;
  for (std::string& e : envelopes) {
    if (part.size() >= kMessageRecordsMax || bytes + e.size() > kMessageBytesMax) {
      SendEnvelopes(to, std::exchange(part, {}));
      bytes = 0;
    }
    bytes += e.size();
    part.push_back(std::move(e));
  }
  if (!part.empty()) SendEnvelopes(to, std::move(part));
}

// In turns over the officers, each chain from its beginning, and from where the last round ended:
// so nobody's records, however many, keep others' back. What waits behind a gap is not passed on.
void ReplicaImpl::Forward(const std::optional<std::string>& to, SteadyMs now, bool all) {
  struct Place {
    KeyId key;
    Pending::BySequence::const_iterator at, end;
    uint64_t next = 0;
  };
  std::vector<Place> places;
  for (const auto& [key, records] : pending_.authors()) {
    const StatusOr<v1::KeyState> state = rules::GetKey(tree_.base().state, key);
    if (IsStoreFailure(state.status())) return Fail(state.status());
    if (state.ok())
      places.push_back(
          {key, records.find(state->sequence() + 1), records.end(), state->sequence() + 1});
  }
  const auto from = std::find_if(places.begin(), places.end(),
                                 [&](const Place& p) { return p.key > forwarded_to_; });
  std::rotate(places.begin(), from, places.end());
  std::vector<std::string> part;
  size_t bytes = 0, total = 0;
  bool any = true;
  while (any && total < kForwardRecordsMax && bytes < kForwardBytesMax) {
    any = false;
    for (Place& p : places) {
      if (p.at == p.end || p.at->first != p.next) continue;
      if (total >= kForwardRecordsMax || bytes >= kForwardBytesMax) break;
      any = true;
      HeldRecord& held = *(p.at++)->second;
      ++p.next;
      const uint64_t pause = (held.local ? kForwardOwnMs : kForwardForeignMs)
                             << std::min(held.sent, kForwardDoublingsMax);
      if (!all) {
        if (ToInt(now) < ToInt(std::max(held.sent_at, held.received_at)) + pause) continue;
        held.sent_at = now;
        ++held.sent;
      }
      ++total;
      bytes += held.record.envelope().size();
      part.push_back(held.record.envelope());
      forwarded_to_ = p.key;
    }
  }
  SendInParts(to, std::move(part));
}

}  // namespace parley::replica
