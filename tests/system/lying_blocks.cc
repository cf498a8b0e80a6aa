// The program's own replica::ReadBlocks, which the linker takes in place of the library's: garbage,
// blocks of another height, a wrong finalization, a long silence, or the truth. Who only hinders
// others never tells the truth, and says so in its log.

#include <condition_variable>
#include <mutex>

#include "node/replica/log.h"
#include "tests/system/liar.h"

#define ReadBlocks HonestReadBlocks
#include "node/replica/read_blocks.cc"  // NOLINT(bugprone-suspicious-include)
#undef ReadBlocks

namespace parley {
namespace {
constexpr std::chrono::seconds kSilence{90};  // longer than a peer waits
byzantine::Liar* g_liar = nullptr;

void BeSilent() {
  std::mutex mu;  // nobody ends it early: the caller hangs up
  std::unique_lock lock(mu);
  std::condition_variable().wait_for(lock, kSilence);
}
}  // namespace

void byzantine::LieAboutBlocks(Liar* liar) { g_liar = liar; }

namespace replica {

using byzantine::BlockLies;

StatusOr<BlockRange> HonestReadBlocks(const store::Snapshot& snapshot, uint64_t first_height);
StatusOr<BlockRange> ReadBlocks(const store::Snapshot& snapshot, uint64_t first_height);

StatusOr<BlockRange> ReadBlocks(const store::Snapshot& snapshot, uint64_t first_height) {
  StatusOr<BlockRange> truth = HonestReadBlocks(snapshot, first_height);
  if (!truth.ok() || g_liar == nullptr) return truth;
  const BlockLies lies = g_liar->block_lies();
  if (lies == BlockLies::kStall) {
    Log(LogLevel::kInfo, "lie.blocks", {{"how", "stall"}});
    BeSilent();
    return Unavailable("never answered");
  }
  if (lies == BlockLies::kAny && g_liar->OneIn(4)) return truth;
  if (lies == BlockLies::kGarbage) Log(LogLevel::kInfo, "lie.blocks", {{"how", "garbage"}});
  if (g_liar->OneIn(4)) return HonestReadBlocks(snapshot, first_height + 1);
  if (g_liar->OneIn(3)) {
    truth->blocks.front() = g_liar->Garbage(10'000);
  } else if (lies == BlockLies::kGarbage || g_liar->OneIn(2)) {
    truth->finalization = g_liar->Garbage(500);
  } else {
    BeSilent();
  }
  return truth;
}

}  // namespace replica
}  // namespace parley
