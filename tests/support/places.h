#pragma once

// Where a test finds the tree that it was built from and the programs built beside it. The one
// source that knows the tree's path is places.cc: every other compiles to the same object in every
// checkout, so that ccache serves them all.

#include <filesystem>
#include <string_view>

namespace parley::testing {

// A file of the source tree, by its path from the root: SourceFile("data/ucdp-mapping.json").
std::filesystem::path SourceFile(std::string_view path);

// A program in the folder that this test's own program lies in: BuiltProgram("parleyd").
std::filesystem::path BuiltProgram(std::string_view name);

}  // namespace parley::testing
