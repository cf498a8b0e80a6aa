#pragma once

// PARLEY_CHECK(condition): for our own bugs only, never for input, disk or network data. Always
// compiled in; prints where and aborts, because a node with a broken invariant must not sign.

namespace parley::internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}  // namespace parley::internal

#define PARLEY_CHECK(condition)                                        \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::parley::internal::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
