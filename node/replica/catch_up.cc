#include "node/replica/catch_up.h"

#include <algorithm>

#include "node/replica/log.h"

namespace parley::replica {
namespace {

constexpr uint64_t kBlocksUnderWay = 8;  // so many may be missing while all is well
constexpr uint64_t kMoment_ms = 2'000;   // and for so long
constexpr uint64_t kLine_ms = 5'000;
constexpr uint64_t kMilestone_ms = 500;
constexpr size_t kMilestonesMax = 20;

uint64_t Since(SteadyMs then, SteadyMs now) { return ToInt(now) - ToInt(then); }

uint64_t BlocksLeft(const consensus::CoreStatus& core) {
  return core.certified_height > core.tip_height
             ? ToInt(core.certified_height) - ToInt(core.tip_height)
             : 0;
}

}  // namespace

bool CatchUpMeter::HasBegun(const consensus::CoreStatus& core, SteadyMs now) {
  if (!core.behind) {
    behind_since_.reset();
    return false;
  }
  if (!behind_since_.has_value()) behind_since_ = now;
  return BlocksLeft(core) > kBlocksUnderWay || Since(*behind_since_, now) >= kMoment_ms;
}

CatchUpMeter::News CatchUpMeter::Update(const consensus::CoreStatus& core, uint64_t entries,
                                        const std::string& from, SteadyMs now) {
  const uint64_t height = ToInt(core.tip_height);
  const bool begins = !progress_.has_value();
  if (begins) {
    if (!HasBegun(core, now)) return News::kNone;
    began_at_ = now;
    began_height_ = height;
    began_entries_ = entries;
    milestones_ = {{now, height}};
    line_at_ = now;
  }
  CatchUp c;
  c.height = height;
  c.certified_height = ToInt(core.certified_height);
  c.blocks_left = BlocksLeft(core);
  c.blocks_done = height - began_height_;
  c.entries_done = entries - began_entries_;
  c.elapsed_ms = Since(began_at_, now);
  c.from = from;
  if (c.blocks_left > 0) c.seconds_left = SecondsLeft(c, now);
  figures_ = c;
  if (c.blocks_left == 0 && !core.behind) {
    progress_.reset();
    behind_since_.reset();
    return News::kDone;
  }
  progress_ = std::move(c);
  if (now < line_at_) return News::kNone;
  line_at_ = static_cast<SteadyMs>(ToInt(now) + kLine_ms);
  return begins ? News::kBegun : News::kGoesOn;
}

uint64_t CatchUpMeter::SecondsLeft(const CatchUp& c, SteadyMs now) {
  if (Since(milestones_.back().first, now) >= kMilestone_ms)
    milestones_.emplace_back(now, c.height);
  if (milestones_.size() > kMilestonesMax) milestones_.pop_front();
  const auto [time, from_height] = milestones_.front();
  const uint64_t took_ms = Since(time, now);
  const uint64_t done = c.height - from_height;
  if (done == 0 || took_ms == 0) return 0;
  return std::max<uint64_t>(1, c.blocks_left * took_ms / done / 1'000);
}

void LogCatchUp(CatchUpMeter::News news, const CatchUp& c) {
  using News = CatchUpMeter::News;
  if (news == News::kNone) return;
  if (news == News::kDone)
    return Log(LogLevel::kInfo, "catchup.end",
               {{"height", std::to_string(c.height)},
                {"blocks", std::to_string(c.blocks_done)},
                {"entries", std::to_string(c.entries_done)},
                {"ms", std::to_string(c.elapsed_ms)}});
  Log(LogLevel::kInfo, news == News::kBegun ? "catchup.begin" : "catchup.progress",
      {{"height", std::to_string(c.height)},
       {"certified", std::to_string(c.certified_height)},
       {"blocks_left", std::to_string(c.blocks_left)},
       {"entries", std::to_string(c.entries_done)},
       {"seconds_left", c.seconds_left > 0 ? std::to_string(c.seconds_left) : "unknown"},
       {"from", c.from}});
}

}  // namespace parley::replica
