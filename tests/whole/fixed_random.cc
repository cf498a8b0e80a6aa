// Takes the place of libsodium's random bytes (--wrap), of which certificates have their numbers: a
// seed must mean one history to the byte.

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" {

void __wrap_randombytes_buf(void* out, size_t size);
void __wrap_randombytes_buf(void* out, size_t size) {
  std::fill_n(static_cast<uint8_t*>(out), size, uint8_t{0x5a});
}

}  // extern "C"
