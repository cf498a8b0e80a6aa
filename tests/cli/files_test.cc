#include "tools/parley/files.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <functional>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::cli {
namespace {

using ::parley::testing::IsOk;
using ::parley::testing::StatusIs;
using ::parley::testing::TempDir;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

#ifdef SYS_link
constexpr uint32_t kLinkCall = SYS_link;
#else
constexpr uint32_t kLinkCall = SYS_linkat;  // younger processors have this one only
#endif

// From here on this process is refused one system call, as by a file system that does not know it.
bool Forbid(uint32_t call, uint32_t error) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// The exit code of `body` in a process of its own.
int InChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// 0 when a new file can be written and none is overwritten.
int WritesNewFilesOnly(const std::string& path) {
  if (!WriteNewFile(path, "first").ok()) return 1;
  if (WriteNewFile(path, "second").code() != absl::StatusCode::kAlreadyExists) return 2;
  return ReadInput(path, 100, "file").value_or("") == "first" ? 0 : 3;
}

TEST(WriteNewFileTest, NothingIsOverwrittenAndNothingElseIsLeft) {
  const TempDir dir;
  EXPECT_EQ(WritesNewFilesOnly(dir / "a"), 0);
  EXPECT_THAT(WriteNewFile(dir / "no/a", "x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no/a")));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
}

// Memory sticks: FAT and exFAT have no links, and that is where files are carried to.
TEST(WriteNewFileTest, NeedsNoLinks) {
  const TempDir dir;
  EXPECT_EQ(InChild([&] {
              if (!Forbid(kLinkCall, EPERM)) return 10;
              return WritesNewFilesOnly(dir / "a");
            }),
            0);
}

TEST(WriteNewFileTest, NeedsNoRenameWithoutReplacing) {
  const TempDir dir;
  EXPECT_EQ(InChild([&] {
              if (!Forbid(SYS_renameat2, EINVAL)) return 10;
              return WritesNewFilesOnly(dir / "a");
            }),
            0);
}

}  // namespace
}  // namespace parley::cli
