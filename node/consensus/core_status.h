#pragma once

// How a core stands, for people. Apart from core.h, so that who shows it does not depend on the
// core.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/consensus/types.h"

namespace parley::consensus {

struct CoreStatus {  // for `parley status` and metrics
  Epoch epoch{};
  View view{};
  View last_final{};
  Height tip_height{};
  BlockId tip;
  MemberIndex leader{};
  bool voting = true;         // false after an alarm or when voting is disabled
  bool behind = false;        // blocks that are final elsewhere are being fetched
  Height certified_height{};  // the highest that a verified finalization names
  std::optional<MemberIndex> fetching_from;
  bool asking = false;  // signs nothing until enough others have said where they are
  bool ended = false;   // its seal is final: the next epoch has begun
  bool work_pending = false;
  std::vector<SteadyMs> seen_at;     // per member: when a verified vote of it last arrived; 0 never
  std::vector<Height> peer_heights;  // per member: as claimed in its last Status or voted since
  size_t evidence_count = 0;
  std::string waiting_for;  // plain words, empty when idle
  // What is held in memory, for metrics and for tests of the bounds.
  size_t held_votes = 0;
  size_t held_certificates = 0;
  size_t held_slots = 0;
  size_t held_blocks = 0;
  uint64_t ignored_messages = 0;  // of other epochs
};

}  // namespace parley::consensus
