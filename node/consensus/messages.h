#pragma once

// The messages of the consensus core and the proofs of misbehaviour. Byte formats: codec.h.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "node/consensus/types.h"

namespace parley::consensus {

// "This is where I am": sent on every new connection, at intervals, and when asked.
struct StatusMessage {
  Epoch epoch{};
  View view{};  // the first one that the sender has no certificate for
  View last_final{};
  Height tip_height{};
  BlockId tip;
  bool ask = false;     // a question as well: the sender signs nothing until it knows enough
  bool answer = false;  // the answer to a question; only then `yours` means anything
  // What the asker itself signed in the highest view in which the sender knows any vote of it: at
  // most one of each kind. In one message with the answer, so that it cannot arrive without it.
  std::vector<SignedVote> yours = {};
};

// Asks for a slot with its justification and block, by the id that was certified.
struct SlotRequest {
  SlotId id;
};
struct SlotAnswer {
  Slot slot;
  Justification justification;
  std::optional<Block> block;  // append only
};

// Two statements signed by one member that an honest member never signs both (or one it never signs
// at all), checkable by a stranger with the member list alone.
enum class EvidenceKind : uint8_t {
  kTwoNotarize = 1,       // E1: two notarize votes in one view for different slots
  kTwoFinalize = 2,       // E2
  kNullifyFinalize = 3,   // E3: nullify and finalize in one view
  kNotarizeFinalize = 4,  // E4: notarize one slot, finalize another, one view
  kBadJustification = 5,  // E5: a vote for a slot whose justification is invalid
  kBadBlock = 6,  // E6: a vote for a block that breaks the ledger's rules. Weaker than the others:
                  // a stranger needs the ledger up to the block's parent and executes it again
};
struct Evidence {
  EvidenceKind kind = EvidenceKind::kTwoNotarize;
  SignedVote first;
  std::optional<SignedVote> second;            // E1 to E4
  std::optional<Slot> slot;                    // E5: the slot first.vote names
  std::optional<Justification> justification;  // E5
  // E6: the bytes of the block that first.vote names.
  std::shared_ptr<const std::string> block = nullptr;
};

struct EvidenceMessage {
  Evidence evidence;
};

using Message = std::variant<SignedVote, Certificate, Proposal, StatusMessage, SlotRequest,
                             SlotAnswer, EvidenceMessage>;

// The epoch that a message speaks of; nothing for requests by id.
std::optional<Epoch> EpochOf(const Message& message);

}  // namespace parley::consensus
