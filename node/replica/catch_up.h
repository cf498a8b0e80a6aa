#pragma once

// How far a node is behind and how fast it catches up, for its status and its log. What counts is
// what verified certificates say, never what a peer claims. Not thread-safe.

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "node/replica/status.h"

namespace parley::replica {

class CatchUpMeter {
 public:
  enum class News { kNone, kBegun, kGoesOn, kDone };

  // After each turn: where the core is, how many entries there are, and whose blocks are waited
  // for. Says what is worth a line in the log: the beginning, the end, and every few seconds in
  // between.
  News Update(const consensus::CoreStatus& core, uint64_t entries, const std::string& from,
              SteadyMs now);

  // While it catches up.
  const std::optional<CatchUp>& progress() const { return progress_; }
  // Of the present or the last time.
  const CatchUp& figures() const { return figures_; }

 private:
  bool HasBegun(const consensus::CoreStatus& core, SteadyMs now);
  uint64_t SecondsLeft(const CatchUp& c, SteadyMs now);

  std::optional<CatchUp> progress_;
  CatchUp figures_;
  std::optional<SteadyMs> behind_since_;
  SteadyMs began_at_{};
  uint64_t began_height_ = 0;
  uint64_t began_entries_ = 0;
  SteadyMs line_at_{};                                    // the next line not before
  std::deque<std::pair<SteadyMs, uint64_t>> milestones_;  // when it had which height, lately
};

void LogCatchUp(CatchUpMeter::News news, const CatchUp& figures);

}  // namespace parley::replica
