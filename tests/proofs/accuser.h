#pragma once

// Makes proofs of misbehaviour against members of a charter by signing with their test keys.

#include <functional>
#include <string>
#include <vector>

#include "ledger/rules/charter.h"
#include "ledger/rules/executor.h"
#include "node/consensus/codec.h"
#include "node/consensus/committee.h"
#include "node/proofs/cosigner_proof.h"
#include "tests/support/accord.h"

namespace parley::testing {

class Accuser {
 public:
  // The secret key of a member for "node" or "cosigner".
  using Keys = std::function<SecretKey(std::string_view member, std::string_view purpose)>;

  // `first_block`: what the charter's epoch follows. Borrows the charter.
  explicit Accuser(const rules::Charter& charter, const BlockId& first_block = BlockId(),
                   uint64_t first_height = 0, Keys keys = TestAccord::KeyOf);

  consensus::SignedVote Sign(size_t member, const consensus::Vote& vote) const;
  // A slot for a block that nobody has, on the epoch's first slot, in `view`, with this
  // justification.
  consensus::Slot SlotIn(uint64_t view, const std::string& block,
                         const consensus::Justification& justification = {}) const;

  // E1 to E4.
  std::string Votes(consensus::EvidenceKind kind, size_t member, uint64_t view) const;
  // E5: a vote for a slot in view 2 that nothing justifies; with `legal` one in view 1.
  std::string BadJustification(size_t member, bool legal = false) const;
  // E6: a vote for this block.
  std::string BadBlock(size_t member, const rules::RawBlock& block, uint64_t view = 1) const;

  // A checkpoint with the member's line alone.
  std::string Note(size_t member, uint64_t size, const Hash& root) const;
  // C1: two roots at this size.
  std::string TwoRoots(size_t member, uint64_t size, const Hash& a, const Hash& b) const;
  // C2: another root than the tree of these entries has at `older`, and this tree's own at `newer`.
  std::string OtherHistory(size_t member, const std::vector<std::string>& entries, uint64_t older,
                           uint64_t newer, const Hash& root_at_older) const;

 private:
  std::string Encode(const consensus::Evidence& evidence) const;

  const rules::Charter& charter_;
  const Keys keys_;
  consensus::Committee committee_;
};

// The root of the first `size` of these entries.
Hash RootOf(const std::vector<std::string>& entries, uint64_t size);

}  // namespace parley::testing
