#pragma once

// What tests of certificates take for granted: an accord, keys from small seeds, a year.

#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/sign.h"

namespace parley::testing {

inline constexpr const char* kOrigin = "parley.example/istanbul-2025";

inline TimeMs At(const char* text) { return ParseTime(text).value(); }
inline SecretKey Key(uint8_t seed) { return SecretKey::FromSeed(Bytes(32, seed)).value(); }
inline const Validity kYear = {At("2025-06-01T00:00:00Z"), At("2026-06-01T00:00:00Z")};

}  // namespace parley::testing
