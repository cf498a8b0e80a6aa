#pragma once

// F5: what a stranger can check with an exported chain, the first members and nothing else. Written
// from docs/formats.md and docs/consensus.md alone, sharing code with neither the core nor the
// simulator's ledger.

#include <string>
#include <vector>

#include "node/consensus/core.h"
#include "tests/sim/toy_charter.h"

namespace parley::sim {

// Empty when the chain is whole: hash links and heights from genesis on, one epoch after the other,
// each ended by its seal, each seal and the tip made final by a quorum of their own epoch.
std::string CheckChainOffline(const std::vector<ToyMember>& first_members,
                              const std::vector<consensus::Deliver>& chain);

}  // namespace parley::sim
