#pragma once

// The consensus core: Simplex (Chan and Pass, "Simplex Consensus", TCC 2023, eprint 2023/463) with
// the changes listed in docs/consensus.md. Sans-IO: events and the time go in, effects come out. No
// clock, thread, disk, network, randomness or unordered iteration. Same events, same effects.
//
// Contract with the host, for the effects of one Step, in this order:
//   1. `persist` and the blocks of `deliver` are written in ONE synced batch. A failed write is
//      fatal: the host stops and signs nothing more in this process.
//   2. only then `sends`, `fetches`, `alarms` and the rest are performed.
// Steps may be group-committed (several steps' persists in one batch) but never reordered.
//
// Not thread-safe: one thread owns it.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "node/consensus/application.h"
#include "node/consensus/core_status.h"
#include "node/consensus/messages.h"
#include "node/consensus/persist.h"
#include "node/consensus/signer.h"
#include "node/consensus/types.h"

namespace parley::consensus {

struct CoreConfig {
  LedgerId ledger_id;
  Epoch epoch{1};
  std::vector<PublicKey> members;  // node keys, by member index
  MemberIndex self{};              // kObserver: follows an epoch that it is no member of
  // Nodes that are no members of this epoch and may serve its blocks: numbered after the members.
  size_t helpers = 0;
  Block first_block;           // the epoch's first block (genesis, later a seal): slot of view 0
  bool voting_enabled = true;  // false: follows, serves and catches up, signs nothing
  // Sign nothing before q - 1 others have answered: the database may be an older copy.
  bool ask_before_voting = true;
  // Stop voting when a vote of our own key turns up that is not in our log. Only tests that play a
  // member with two copies of one key switch it off.
  bool watch_own_key = true;

  // Durations in milliseconds.
  uint64_t view_timeout_ms = 1'000;    // T0; doubles per consecutive nullified view, up to 2^6
  uint64_t retry_ms = 1'000;           // t_r: repeat stored messages while stuck
  uint64_t finality_grace_ms = 1'000;  // a notarized tip older than this is work
  uint64_t skip_after_ms = 60'000;     // a leader silent for this long is skipped at once
  uint64_t status_interval_ms = 30'000;
  uint64_t ask_patience_ms = 3'000;    // how long all others are waited for; then q - 1 are enough
  uint64_t fetch_patience_ms = 5'000;  // a peer that sends no blocks for so long: ask the next
};

// --- Events -------------------------------------------------------------------------------------

namespace event {
struct Received {
  MemberIndex from{};
  Message message;
};                      // `from`: the authenticated peer
struct Tick {};         // the time of the last WakeAt has come, or any other time
struct WorkChanged {};  // a record became pending
struct Connected {
  MemberIndex peer{};
};
// A helper says that it is in a later epoch.
struct Ahead {
  MemberIndex helper{};
};
// Answer to effect::FetchBlocks: consecutive blocks and the finalization of the last one.
struct BlocksFetched {
  MemberIndex from{};
  Height first{};
  // As the application parsed them: whole ones, then, when none of those is final by itself, the
  // headers (blocks without bytes) of those that follow, up to one that is.
  std::vector<Block> blocks;
  std::optional<Certificate> finalization;
};
struct FetchFailed {
  MemberIndex from{};
};
}  // namespace event
using Event = std::variant<event::Received, event::Tick, event::WorkChanged, event::Connected,
                           event::Ahead, event::BlocksFetched, event::FetchFailed>;

// --- Effects ------------------------------------------------------------------------------------

struct Send {
  std::optional<MemberIndex> to;  // nothing: to every other member
  Message message;
};

// A final block, in height order, exactly once. `finalization` is present when the block itself was
// finalized and absent when it is final through a descendant, whose own block may come later: its
// certificate has been persisted by then.
struct Deliver {
  Block block;
  std::optional<Certificate> finalization;
};

// Asks a peer for blocks from `first` on; the answer comes back as event::BlocksFetched or
// FetchFailed. One is waited for at a time; those that were given up may still be answered.
struct FetchBlocks {
  MemberIndex from{};
  Height first{};
};

// Hand pending records to one member, or to all: the leader when half of a view's time is gone,
// everyone when it is all gone. The first gossip of a new record is the host's.
struct ForwardRecords {
  std::optional<MemberIndex> to;
};

enum class AlarmKind { kFork, kDivergence, kBadPeer, kSkipRun };
struct Alarm {
  AlarmKind kind = AlarmKind::kFork;
  std::string text;
  std::optional<MemberIndex> about = std::nullopt;  // kBadPeer: who
};

struct Effects {
  std::vector<Persist> persist;
  std::vector<Deliver> deliver;
  std::vector<Send> sends;
  std::vector<FetchBlocks> fetches;
  std::vector<ForwardRecords> forwards;
  std::vector<Alarm> alarms;
  std::optional<SteadyMs> wake_at;  // when the next Tick is wanted; nothing: no timer runs
};

// --- Restart ------------------------------------------------------------------------------------

// What the host read back from disk for this epoch, in any order.
struct Restored {
  Block tip;                                    // last delivered block
  std::optional<Certificate> tip_finalization;  // of the tip, when it has one
  std::vector<SignedVote> my_votes;
  std::vector<Certificate> certificates;
  std::vector<persist::StoredSlot> slots;  // at least those of views >= the last final one
  std::vector<Block> blocks;               // stored and not delivered
  std::vector<Evidence> evidence;
};

// One epoch. When a seal was delivered it has ended: the host starts the next epoch's core from
// that block, in the same batch in which the block became durable; who has left keeps this one,
// which goes on to help the others to the end of the epoch.
class Core {
 public:
  // All references are borrowed and must outlive the core. FAILED_PRECONDITION when what was
  // restored contradicts itself (the host must then disable voting and say so).
  static StatusOr<std::unique_ptr<Core>> Create(const CoreConfig& config, Application& application,
                                                Signer& signer, Verifier& verifier,
                                                Restored restored);
  virtual ~Core() = default;

  // Handles one event. `now` never decreases. After Create the host steps a Tick, which re-sends
  // what was stored before a restart and starts the timers.
  [[nodiscard]] virtual Effects Step(const Event& event, SteadyMs now) = 0;
  virtual CoreStatus Status() const = 0;
  virtual const std::vector<Evidence>& evidence() const = 0;
};

}  // namespace parley::consensus
