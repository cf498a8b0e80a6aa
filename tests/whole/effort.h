#pragma once

// What a replica's work costs, counted and not timed, so that a seed means one history on every
// machine: the linker puts counters in front of the functions that everything dear goes through
// (tests/whole/CMakeLists.txt). One thread; database threads do none of it.

#include <chrono>
#include <cstdint>

namespace parley::whole {

struct Effort {
  uint64_t verified = 0;       // Ed25519 signatures
  uint64_t signed_ = 0;        // likewise
  uint64_t hashes = 0;         // SHA-256
  uint64_t hashed_bytes = 0;   // likewise
  uint64_t executions = 0;     // of whole blocks by the rules
  uint64_t commits = 0;        // synced batches of the store
  uint64_t written_bytes = 0;  // in them

  // As long as an ordinary machine takes, but for the disk.
  std::chrono::nanoseconds Time() const;
  friend Effort operator-(const Effort& a, const Effort& b);
  friend Effort Max(const Effort& a, const Effort& b);  // of each count
  Effort& operator+=(const Effort& b);
};

// Of everything since the program began.
const Effort& TotalEffort();

}  // namespace parley::whole
