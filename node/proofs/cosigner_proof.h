#pragma once

// A member's cosigner key has signed two histories. An honest cosigner signs what is final, each
// size once, and never goes back; so either of these names it:
//   C1  two checkpoints of one size with different roots
//   C2  checkpoints of sizes a < b, where b's tree has another root at a (RFC 6962, 2.1.2)
//
// A cosignature names the log by its origin, not by its ledger id. A member that uses one cosigner
// key for two ledgers of one origin makes such a proof against itself: docs/operations.md says so.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "crypto/hash.h"
#include "ledger/rules/charter.h"

namespace parley::proofs {

enum class CosignerFault : uint8_t { kTwoRoots = 1, kOtherHistory = 2 };

struct CosignerProof {
  CosignerFault kind = CosignerFault::kTwoRoots;
  uint64_t epoch = 0;  // version of the charter that names the key
  uint8_t member = 0;  // its number in that charter
  std::string older;   // the note with the member's line; C1: either of the two
  std::string newer;
  // C2: what the newer tree has at the older size, with the proof of that.
  Hash root_at_older = {};
  std::vector<Hash> consistency = {};
  friend bool operator==(const CosignerProof&, const CosignerProof&) = default;
};

// Domain parley/cosigner-proof/v1, ledger id, U8 kind, U64 epoch, U8 member, Var older, Var newer;
// C2: root[32], U8 count, hashes.
inline constexpr std::string_view kCosignerProofDomain = "parley/cosigner-proof/v1";
std::string EncodeCosignerProof(const LedgerId& ledger, const CosignerProof& proof);
StatusOr<CosignerProof> DecodeCosignerProof(const LedgerId& ledger, std::string_view bytes);

// The size of the older checkpoint. INVALID_ARGUMENT when nothing is proven, UNAUTHENTICATED when a
// line is not the member's.
StatusOr<uint64_t> VerifyCosignerProof(const rules::Charter& charter, const CosignerProof& proof);

}  // namespace parley::proofs
