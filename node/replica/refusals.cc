#include "node/replica/refusals.h"

#include "node/replica/log.h"

namespace parley::replica {
namespace {

constexpr std::chrono::milliseconds kBetweenLines{1'000};
constexpr uint64_t kLately_ms = 60'000;

}  // namespace

void Refusals::Note(const std::string& peer, const std::string& why, SteadyMs now, uint64_t count) {
  uint64_t in_line = 0;
  {
    const MutexLock lock(&mu_);
    OfPeer& p = peers_[peer];
    p.total += count;
    p.since_line += count;
    p.why = why;
    p.last = now;
    if (now < p.line_at) return;
    p.line_at = now + kBetweenLines;
    in_line = std::exchange(p.since_line, 0);
  }
  Log(LogLevel::kWarn, "peer.refused",
      {{"peer", peer}, {"why", why}, {"count", std::to_string(in_line)}});
}

std::vector<std::string> Refusals::Describe(SteadyMs now) const {
  std::vector<std::string> out;
  const MutexLock lock(&mu_);
  for (const auto& [peer, p] : peers_) {
    if (ToInt(now) > ToInt(p.last) + kLately_ms) continue;
    out.push_back(fmt::format("{} sends what is refused ({} so far); the last one: {}", peer,
                              p.total, p.why));
  }
  return out;
}

}  // namespace parley::replica
