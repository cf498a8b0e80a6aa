#pragma once

// What the core asks its host to keep (core.h), before anything else of the same step happens.

#include <variant>

#include "node/consensus/messages.h"
#include "node/consensus/types.h"

namespace parley::consensus {

namespace persist {
struct MyVote {
  SignedVote vote;
};
struct StoredSlot {
  Slot slot;
  Justification justification;
  Signature proposer_signature;
};
struct StoredBlock {
  Block block;
};
struct StoredCertificate {
  Certificate certificate;
};
struct StoredEvidence {
  Evidence evidence;
};
// An undelivered block whose view was given up: it is kept no longer. The vote for it stays.
struct DroppedBlock {
  Height height{};
  BlockId id;
};
// Votes and certificates of views <= `through` are not needed any more (what was delivered keeps
// its own proof), nor are undelivered blocks at or below the height of the last delivered one.
// Slots and justifications are kept for ever.
struct Prune {
  Epoch epoch{};
  View through{};
};
}  // namespace persist
using Persist =
    std::variant<persist::MyVote, persist::StoredSlot, persist::StoredBlock, persist::DroppedBlock,
                 persist::StoredCertificate, persist::StoredEvidence, persist::Prune>;

}  // namespace parley::consensus
