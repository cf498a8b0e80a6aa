// Receipts: one encoding only, and none is valid for members without keys.

#include "ledger/note/receipt.h"
#include "tests/fuzz/fuzz_target.h"

using parley::note::Receipt;

FUZZ_TARGET(receipt) {
  const std::string_view in = parley::AsText({data, size});
  const auto receipt = Receipt::Parse(in);
  if (!receipt.ok()) return 0;
  if (receipt->Serialize() != in) __builtin_trap();
  const parley::note::QuorumRule rule = {
      "ledger.example/incidents", {}, {{"org-a.example/node", parley::PublicKey()}}, 1};
  if (parley::note::VerifyReceipt(*receipt, parley::AsBytes("three"), rule).ok()) __builtin_trap();
  return 0;
}
