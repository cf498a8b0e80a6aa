#pragma once

// Notices that nothing becomes final although there is work, for the log and for `parley status`.
// One thread (the replica's).

#include <optional>
#include <string>

#include "base/time.h"
#include "node/consensus/core_status.h"

namespace parley::replica {

class StallMeter {
 public:
  // After each turn. Logs the beginning of a stall, a line every few seconds while it lasts, with
  // `why` in words, and its end.
  void Update(const consensus::CoreStatus& core, const std::string& why, SteadyMs now);

  // In words; empty while all is well.
  std::string Describe(SteadyMs now) const;

 private:
  std::optional<SteadyMs> since_;  // there is work, and the ledger has this height
  consensus::Height height_{};
  bool stalled_ = false;
  SteadyMs line_at_{};
};

}  // namespace parley::replica
