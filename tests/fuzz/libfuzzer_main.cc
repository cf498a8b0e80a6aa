// What libFuzzer calls, in a binary that has one target.

#include "base/check.h"
#include "crypto/sign.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  parley::InitCrypto();
  PARLEY_CHECK(parley::fuzz::Targets().size() == 1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return parley::fuzz::Targets().begin()->second(data, size);
}
