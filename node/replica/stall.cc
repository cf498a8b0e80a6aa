#include "node/replica/stall.h"

#include "node/replica/log.h"

namespace parley::replica {
namespace {

constexpr uint64_t kStallAfter_ms = 5'000;
constexpr std::chrono::milliseconds kBetweenLines{10'000};

uint64_t SecondsSince(SteadyMs since, SteadyMs now) { return (ToInt(now) - ToInt(since)) / 1'000; }

}  // namespace

void StallMeter::Update(const consensus::CoreStatus& core, const std::string& why, SteadyMs now) {
  if (!core.work_pending || core.tip_height != height_ || !since_.has_value()) {
    if (stalled_ && since_.has_value())
      Log(LogLevel::kInfo, "ledger.goes_on",
          {{"stood_s", std::to_string(SecondsSince(*since_, now))},
           {"height", std::to_string(ToInt(core.tip_height))}});
    stalled_ = false;
    height_ = core.tip_height;
    since_.reset();
    if (core.work_pending) since_ = now;
    return;
  }
  if (ToInt(now) - ToInt(*since_) < kStallAfter_ms) return;
  if (stalled_ && now < line_at_) return;
  stalled_ = true;
  line_at_ = now + kBetweenLines;
  Log(LogLevel::kWarn, "ledger.stands",
      {{"for_s", std::to_string(SecondsSince(*since_, now))},
       {"height", std::to_string(ToInt(height_))},
       {"view", std::to_string(ToInt(core.view))},
       {"why", why.empty() ? "not known" : why}});
}

std::string StallMeter::Describe(SteadyMs now) const {
  if (!stalled_ || !since_.has_value()) return "";
  return fmt::format("nothing has become final for {} s although there is work",
                     SecondsSince(*since_, now));
}

}  // namespace parley::replica
