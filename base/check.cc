#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace parley::internal {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: internal check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace parley::internal
