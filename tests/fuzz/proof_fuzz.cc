// Proofs of misbehaviour: whatever is accepted has one encoding and names a member; the block
// inside one is judged without a fault. Signatures are those of the test keys of
// tests/support/accord.h.

#include "node/consensus/codec.h"
#include "node/proofs/cosigner_proof.h"
#include "node/proofs/proof_check.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/accord.h"
#include "tools/parley/evidence_check.h"

namespace parley::testing {
namespace {

struct Ledger {
  std::unique_ptr<TestAccord> accord = TestAccord::Create(2, 2);
  std::vector<rules::Charter> charters{accord->charter()};
  TestLedger ledger{charters.front(), proofs::CheckProof};
};

void CheckOneEncoding(const LedgerId& id, std::string_view bytes) {
  const auto evidence = consensus::DecodeEvidence(id, AsBytes(bytes));
  if (evidence.ok() && consensus::EncodeEvidence(id, *evidence) != bytes) __builtin_trap();
  const auto cosigner = proofs::DecodeCosignerProof(id, bytes);
  if (cosigner.ok() && proofs::EncodeCosignerProof(id, *cosigner) != bytes) __builtin_trap();
  const bool decoded = evidence.ok() || cosigner.ok();
  if (proofs::ReadClaim(id, bytes).ok() != decoded) __builtin_trap();
}

void CheckOneInput(const std::string& bytes) {
  static const auto* const kWorld = new Ledger();  // lives as long as the process
  const Ledger& world = *kWorld;
  CheckOneEncoding(world.charters.front().ledger_id(), bytes);
  const rules::Executor& executor = world.ledger.executor();
  const auto proven = executor.ReadProof(world.ledger.tip(), world.ledger.state(), bytes);
  if (proven.ok() && world.charters.front().FindMember(proven->member) == nullptr) __builtin_trap();
  executor.BreaksRules(world.ledger.tip(), world.ledger.state(), bytes).IgnoreError();
  const auto evidence = cli::ReadEvidence(bytes);
  if (!evidence.ok()) return;
  const auto shown = cli::ProveByCharters(world.charters, *evidence);
  if (shown.ok() && shown->kind == "E6") __builtin_trap();  // charters do not show that
}

}  // namespace
}  // namespace parley::testing

FUZZ_TARGET(proof) {
  parley::testing::CheckOneInput(std::string(parley::AsText({data, size})));
  return 0;
}
