// Handing pending records to other members: all of them know the work before their timers run.

#include "base/limits.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

constexpr size_t kMessageRecordsMax = 500;
constexpr size_t kMessageBytesMax = 1 << 20;
constexpr size_t kForwardRecordsMax = 5'000;
constexpr size_t kForwardBytesMax = 8 << 20;

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

void ReplicaImpl::Gossip(std::vector<std::string> envelopes) {
  std::vector<std::string> part;
  size_t bytes = 0;
  for (std::string& e : envelopes) {
    if (part.size() >= kMessageRecordsMax || bytes + e.size() > kMessageBytesMax) {
      SendEnvelopes(std::nullopt, std::exchange(part, {}));
      bytes = 0;
    }
    bytes += e.size();
    part.push_back(std::move(e));
  }
  if (!part.empty()) SendEnvelopes(std::nullopt, std::move(part));
}

void ReplicaImpl::Forward(const std::optional<std::string>& to, TimeMs now,
                          uint64_t not_sent_for_ms) {
  std::vector<std::string> part;
  size_t bytes = 0;
  size_t total_bytes = 0;
  size_t total = 0;
  for (const auto& [arrival, p] : pending_.by_arrival()) {
    if (ToInt(now) < ToInt(std::max(p->sent_at, p->received_at)) + not_sent_for_ms) continue;
    const std::string& e = p->record.envelope();
    if (++total > kForwardRecordsMax || (total_bytes += e.size()) > kForwardBytesMax) break;
    if (!to.has_value()) p->sent_at = now;
    if (part.size() >= kMessageRecordsMax || bytes + e.size() > kMessageBytesMax) {
      SendEnvelopes(to, std::exchange(part, {}));
      bytes = 0;
    }
    bytes += e.size();
    part.push_back(e);
  }
  if (!part.empty()) SendEnvelopes(to, std::move(part));
}

}  // namespace parley::replica
