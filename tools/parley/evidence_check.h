#pragma once

// One proof of misbehaviour, checked the way a stranger does: with the charters in force at the
// time, or, where a proof says more than signatures can show, with the whole ledger.
//
//   charters alone   E1 to E4, C1, C2; E5 of the founding charter's epoch
//   the ledger       E5 of later epochs, because the epoch's first block is needed; E6, because
//                    the block has to be executed again on its parent's state

#include <optional>
#include <string>
#include <vector>

#include "ledger/archive/audit.h"
#include "ledger/rules/proof.h"
#include "parley/v1/entry.pb.h"

namespace parley::cli {

struct EvidenceFile {
  std::string proof;
  // When the file is a ledger entry: what that entry says is proven.
  std::optional<v1::Misbehaviour> entry;
};

// A proof's own bytes, or a ledger entry that holds one. INVALID_ARGUMENT when it is neither.
StatusOr<EvidenceFile> ReadEvidence(std::string bytes);

// Errors of both: INVALID_ARGUMENT when the bytes are no proof or something more has to be given,
// UNAUTHENTICATED when they prove nothing.

// `charters`: versions 1, 2, ... as rules::ParseCharterChain returns them, not empty.
StatusOr<rules::Misbehaviour> ProveByCharters(const std::vector<rules::Charter>& charters,
                                              const EvidenceFile& evidence);

// Audits the source with these options (their `proofs` and `on_block` are replaced); a ledger that
// does not hold proves nothing.
StatusOr<rules::Misbehaviour> ProveByLedger(archive::Source& source, archive::AuditOptions options,
                                            const EvidenceFile& evidence);

// "signed two blocks in one view", ... for "E1", ...
std::string KindInWords(const std::string& kind);

}  // namespace parley::cli
