#pragma once

// What other members sent and this node did not take: one line in the log for each member and
// second, whatever they send, and the numbers for `parley status`. Thread-safe.

#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/time.h"

namespace parley::replica {

class Refusals {
 public:
  // `why` is the reason of this one; those that came since the last line are counted in the next.
  void Note(const std::string& peer, const std::string& why, SteadyMs now, uint64_t count = 1);

  // In words, of members of whom something was refused within the last minute.
  std::vector<std::string> Describe(SteadyMs now) const;

 private:
  struct OfPeer {
    uint64_t total = 0;
    uint64_t since_line = 0;
    std::string why;  // of the newest one
    SteadyMs last{};
    SteadyMs line_at{};
  };
  mutable Mutex mu_;
  std::map<std::string, OfPeer> peers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::replica
