// Receipts: one encoding only, and none is valid for members without keys.

#include "ledger/note/receipt.h"

using parley::note::Receipt;

// Signing and verifying need libsodium; the replay program has it already.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  parley::InitCrypto();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view in = parley::AsText({data, size});
  const auto receipt = Receipt::Parse(in);
  if (!receipt.ok()) return 0;
  if (receipt->Serialize() != in) __builtin_trap();
  const parley::note::QuorumRule rule = {
      "ledger.example/incidents", {}, {{"org-a.example/node", parley::PublicKey()}}, 1};
  if (parley::note::VerifyReceipt(*receipt, parley::AsBytes("three"), rule).ok()) __builtin_trap();
  return 0;
}
