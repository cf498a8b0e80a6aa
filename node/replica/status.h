#pragma once

// How a replica stands, for people. Apart from replica.h, so that who only submits and reads does
// not depend on consensus.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/consensus/core_status.h"

namespace parley::replica {

struct PeerView {
  std::string member;
  bool connected = false;
  TimeMs last_voted{};
  TimeMs last_cosigned{};
  uint64_t cosigned_size = 0;
  uint64_t height = 0;
};

// A node that fetches what others have made final.
struct CatchUp {
  uint64_t height = 0;
  uint64_t certified_height = 0;  // the highest that a quorum's certificate names
  uint64_t blocks_left = 0;       // 0: only that others are in a later epoch is known
  uint64_t blocks_done = 0;       // since it began
  uint64_t entries_done = 0;
  uint64_t elapsed_ms = 0;
  uint64_t seconds_left = 0;  // at the pace of the last seconds; 0: not known
  std::string from;           // the member whose blocks are waited for; may be empty
};

struct ReplicaStatus {
  consensus::CoreStatus core;
  std::string leader;
  uint64_t pending_records = 0;
  uint64_t checkpoint_size = 0;
  std::vector<PeerView> peers;
  std::vector<std::string> alarms;  // newest last, bounded
  // What is not as it should be at this moment, in words: shares that are full, members whose
  // messages are refused or dropped, clocks that differ, a ledger that stands still.
  std::vector<std::string> notices;
  std::optional<CatchUp> catch_up;  // while it catches up
};

}  // namespace parley::replica
