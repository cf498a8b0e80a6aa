#pragma once

// What a fuzz target is: a function that is given any bytes at all and must neither crash nor trap.
// Each file *_fuzz.cc defines one under the name of its corpus folder (tests/fuzz/corpus/<name>):
//
//   FUZZ_TARGET(policy) {  // has `data` and `size`
//     parley::note::Policy::Parse(parley::AsText({data, size})).IgnoreError();
//     return 0;
//   }
//
// Two programs are made of them: fuzz_replay (replay_main.cc) has all and runs saved inputs with
// any compiler; with PARLEY_BUILD_FUZZERS each has a libFuzzer binary of its own
// (libfuzzer_main.cc). libsodium is initialised before a target is called.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

namespace parley::fuzz {

using TargetFunction = int (*)(const uint8_t* data, size_t size);

// The targets of this program by name. Filled before main() begins; read-only from then on.
std::map<std::string_view, TargetFunction>& Targets();

// Its constructor enters a target. Aborts when the name is taken.
struct Registration {
  Registration(std::string_view name, TargetFunction function);
};

}  // namespace parley::fuzz

#define FUZZ_TARGET(name)                                                                       \
  static int FuzzTarget_##name(const uint8_t* data, size_t size);                               \
  static const ::parley::fuzz::Registration fuzz_registration_##name(#name, FuzzTarget_##name); \
  static int FuzzTarget_##name(const uint8_t* data, size_t size)
