#pragma once

// The rules::ProofCheck of a ledger: proofs about votes (E1 to E6, node/consensus/evidence.h) and
// about cosignatures (C1, C2, cosigner_proof.h). Nodes, audits and whoever checks a single proof
// run this very code.

#include <string>
#include <string_view>

#include "ledger/rules/proof.h"

namespace parley::proofs {

StatusOr<rules::Misbehaviour> CheckProof(const LedgerId& ledger, std::string_view bytes,
                                         const rules::EpochLookup& epochs);

// What a proof says of itself; nothing is verified.
struct ProofClaim {
  uint64_t epoch = 0;
  uint8_t member = 0;   // its number in the charter of that epoch
  uint8_t kind = 0;     // 1 to 6 for E1 to E6, 0x11 and 0x12 for C1 and C2
  uint64_t number = 0;  // the view; 0 for C1 and C2

  // Its key in Family::kVotes: 'e', then epoch, member, kind, number; integers big-endian. C1 and
  // C2 are kept once for a member and epoch, as on the ledger.
  std::string StoreKey() const;
};
StatusOr<ProofClaim> ReadClaim(const LedgerId& ledger, std::string_view bytes);

// "E1", ... for a claim's kind.
std::string KindName(uint8_t kind);
// Position of the kind's byte in a store key.
inline constexpr size_t kStoreKeyKindAt = 10;
inline constexpr uint8_t kCosignerKinds = 0x10;  // kinds above are about cosignatures

}  // namespace parley::proofs
