// Runs a fuzz target over every file of its corpus folder, with any compiler, so that each input
// ever saved is tried in each build. Fails when the folder is missing or empty: a target without
// inputs tests nothing.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "crypto/sign.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

namespace fs = std::filesystem;

// Sorted, so that every run goes the same way. Empty when the folder cannot be read.
std::vector<fs::path> FilesOf(const char* folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file(error)) out.push_back(it->path());
  }
  if (error) std::fprintf(stderr, "%s: %s\n", folder, error.message().c_str());
  std::sort(out.begin(), out.end());
  return out;
}

bool Replay(parley::fuzz::TargetFunction target, const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    return false;
  }
  // Printed before the run, so that the last line names the file that crashed it.
  std::printf("%s (%zu bytes)\n", path.c_str(), bytes.size());
  std::fflush(stdout);
  target(bytes.data(), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s TARGET CORPUS_DIRECTORY\n", argv[0]);
    return 2;
  }
  const auto& targets = parley::fuzz::Targets();
  const auto target = targets.find(argv[1]);
  if (target == targets.end()) {
    std::fprintf(stderr, "no target %s; there are:\n", argv[1]);
    for (const auto& [name, function] : targets) std::fprintf(stderr, "  %s\n", name.data());
    return 2;
  }
  parley::InitCrypto();
  const std::vector<fs::path> files = FilesOf(argv[2]);
  if (files.empty()) {
    std::fprintf(stderr, "%s: no corpus files\n", argv[2]);
    return 1;
  }
  const auto replay = [&](const fs::path& path) { return Replay(target->second, path); };
  return std::all_of(files.begin(), files.end(), replay) ? 0 : 1;
}
