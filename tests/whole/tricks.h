#pragma once

// What a dishonest member that thinks can do, by name, and what it says to do so. Shared by the
// adversary of the simulation (adversary.h) and the one among real nodes (tests/system/attacker.h).

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/rules/executor.h"
#include "node/consensus/messages.h"

namespace parley::whole {

enum class Trick : uint8_t {
  kJunk,        // records in others' names, of nobody, and its own far ahead of their chain
  kOwnRecords,  // its own officers write as fast as they can
  kCensor,      // neither proposes nor lets pass blocks with the victim's records
  kSilent,      // proposes nothing
  kLate,        // proposes just before, or after, others lose their patience
  kEquivocate,  // two slots in its views, two votes in others'
  kSelective,   // votes and certificates for half of the others only
  kEpochs,      // replaces its node's keys as often as it can
  kAccuse,      // of voting for bad blocks, which were good
  kSelfAccuse,  // fills its own room for proofs with large ones before it contradicts itself
  kAsk,         // questions, requests for slots and blocks, again and again
  kGarbage,     // bytes that mean nothing
  kFlap,        // its links break and come back
  kFarVotes,    // votes for views and ranges far from here
  kLateVotes,   // shows its notarize votes when the view is over
  kNoBlocks,    // serves no blocks, or other ones
  kCount
};
const char* NameOf(Trick trick);
std::optional<Trick> TrickOf(std::string_view name);

using Tricks = uint32_t;  // a bit for each
constexpr Tricks Bit(Trick t) { return 1U << static_cast<unsigned>(t); }

constexpr uint64_t kSelfAccusations = 40;
// The `number`th proof against itself, large and some larger than an entry holds: a vote in the
// view after `view` for a block on the tip that breaks the rules. The vote is still to be signed.
consensus::Evidence BadBlockOfOwn(const LedgerId& ledger, const rules::LedgerTip& tip,
                                  consensus::Epoch epoch, consensus::View view, uint64_t number);

// Two votes that exclude each other, in a view that is not over: nobody keeps votes for what is.
std::array<consensus::Vote, 2> Contradiction(consensus::Epoch epoch, consensus::View view);

// Gives up the view that is so many ahead of `view`, and a range of this length, a power of four,
// so many ranges ahead.
std::array<consensus::Vote, 2> FarVotes(consensus::Epoch epoch, consensus::View view,
                                        uint64_t views, uint64_t length, uint64_t ranges);

}  // namespace parley::whole
