// The one source that is told, by a definition, where the source tree lies.

#include "tests/support/places.h"

namespace parley::testing {

std::filesystem::path SourceFile(std::string_view path) {
  return std::filesystem::path(PARLEY_SOURCE_DIR) / path;
}

std::filesystem::path BuiltProgram(std::string_view name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace parley::testing
