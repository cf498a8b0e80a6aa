#pragma once

// Small words that the tests of a Store share.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/store/store.h"
#include "tests/store/files.h"
#include "tests/support/places.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::store {

// A store, or a failed test and nothing.
inline std::unique_ptr<Store> MustOpen(const std::string& dir,
                                       Store::Mode mode = Store::Mode::kReadWrite) {
  auto store = Store::Open(dir, mode);
  EXPECT_OK(store);
  return store.ok() ? std::move(*store) : nullptr;
}

inline Status PutOne(Store& store, std::string_view key, std::string_view value) {
  Store::Batch batch;
  batch.Put(Family::kEntries, key, value);
  return store.Commit(std::move(batch));
}

// The files of a folder whose names hold `part`, sorted.
inline std::vector<std::string> FilesWith(const std::string& dir, const std::string& part) {
  std::vector<std::string> out;
  for (const auto& e : std::filesystem::directory_iterator(dir)) {
    if (e.path().filename().string().find(part) != std::string::npos)
      out.push_back(e.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Runs store_child.cc's program; it inherits open file descriptors.
inline pid_t StartChild(std::vector<std::string> arguments) {
  const std::string program = testing::BuiltProgram("store_child");
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  EXPECT_EQ(::posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ), 0);
  return child;
}
// Its status as wait(2) has it.
inline int WaitForChild(pid_t child) {
  int result = 0;
  EXPECT_EQ(::waitpid(child, &result, 0), child);
  return result;
}

// Copies a database while its store is open: what a crash (SIGKILL) would leave.
inline void CrashCopy(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  std::filesystem::remove(to + "/LOCK");
}

}  // namespace parley::store
