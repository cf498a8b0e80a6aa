// The program's own replica::ReadBlocks, which the linker takes in place of the library's: garbage,
// blocks of another height, a wrong finalization, a long silence, or the truth.

#include <condition_variable>
#include <mutex>

#include "tests/system/liar.h"

#define ReadBlocks HonestReadBlocks
#include "node/replica/read_blocks.cc"  // NOLINT(bugprone-suspicious-include)
#undef ReadBlocks

namespace parley {
namespace {
constexpr std::chrono::seconds kSilence{20};  // longer than a peer waits
byzantine::Liar* g_liar = nullptr;
}  // namespace

void byzantine::LieAboutBlocks(Liar* liar) { g_liar = liar; }

namespace replica {

StatusOr<BlockRange> HonestReadBlocks(const store::Snapshot& snapshot, uint64_t first_height);
StatusOr<BlockRange> ReadBlocks(const store::Snapshot& snapshot, uint64_t first_height);

StatusOr<BlockRange> ReadBlocks(const store::Snapshot& snapshot, uint64_t first_height) {
  StatusOr<BlockRange> truth = HonestReadBlocks(snapshot, first_height);
  if (!truth.ok() || g_liar == nullptr || g_liar->OneIn(4)) return truth;
  if (g_liar->OneIn(4)) return HonestReadBlocks(snapshot, first_height + 1);
  if (g_liar->OneIn(3)) {
    truth->blocks.front() = g_liar->Garbage(10'000);
  } else if (g_liar->OneIn(2)) {
    truth->finalization = g_liar->Garbage(500);
  } else {
    std::mutex mu;  // nobody ends it early: the caller hangs up
    std::unique_lock lock(mu);
    std::condition_variable().wait_for(lock, kSilence);
  }
  return truth;
}

}  // namespace replica
}  // namespace parley
