// main() of every GoogleTest binary: libsodium must be initialised before guarded memory is used.

#include <gtest/gtest.h>

#include "crypto/sign.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  parley::InitCrypto();
  return RUN_ALL_TESTS();
}
