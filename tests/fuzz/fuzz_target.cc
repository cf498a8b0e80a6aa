// The list of fuzz targets that a program has.

#include "tests/fuzz/fuzz_target.h"

#include "base/check.h"

namespace parley::fuzz {

std::map<std::string_view, TargetFunction>& Targets() {
  static std::map<std::string_view, TargetFunction> targets;  // before its first user, wherever
  return targets;
}

Registration::Registration(std::string_view name, TargetFunction function) {
  PARLEY_CHECK(Targets().emplace(name, function).second);
}

}  // namespace parley::fuzz
