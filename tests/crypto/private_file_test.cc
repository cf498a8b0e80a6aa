#include "crypto/private_file.h"

#include <sys/stat.h>

#include <fstream>
#include <thread>
#include <vector>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

size_t FilesIn(const fs::path& directory) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

class PrivateFileTest : public ::testing::Test {
 protected:
  testing::TempDir dir_;
  fs::path path_ = dir_ / "key";
};

TEST_F(PrivateFileTest, WrittenFileIsOwnersOnlyAndComesBack) {
  const mode_t before = ::umask(0);  // even then
  EXPECT_THAT(WritePrivateFile(path_, "secret\n"), IsOk());
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(ReadPrivateText(path_, 7).value(), "secret\n");
  EXPECT_EQ(FilesIn(dir_.path()), 1u) << "a temporary file was left behind";
}

TEST_F(PrivateFileTest, NeverOverwrites) {
  ASSERT_OK(WritePrivateFile(path_, "first"));
  EXPECT_THAT(WritePrivateFile(path_, "second"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReadPrivateText(path_, 100).value(), "first");
  EXPECT_EQ(FilesIn(dir_.path()), 1u);
}

TEST_F(PrivateFileTest, NeverOverwritesADanglingLink) {
  fs::create_symlink(dir_ / "elsewhere", path_);
  EXPECT_THAT(WritePrivateFile(path_, "x"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_FALSE(fs::exists(dir_ / "elsewhere"));
}

TEST_F(PrivateFileTest, OneOfManyWritersWinsWhole) {
  std::vector<std::thread> writers;
  std::atomic<int> wins = 0;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([this, &wins, i] {
      if (WritePrivateFile(path_, std::string(1000, static_cast<char>('a' + i))).ok()) ++wins;
    });
  }
  for (std::thread& t : writers) t.join();
  EXPECT_EQ(wins, 1);
  const std::string text = ReadPrivateText(path_, 2000).value();
  EXPECT_EQ(text, std::string(1000, text[0]));
  EXPECT_EQ(FilesIn(dir_.path()), 1u);
}

TEST_F(PrivateFileTest, RefusesWhatOthersCanTouch) {
  ASSERT_OK(WritePrivateFile(path_, "x"));
  for (const int mode : {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666, 0777}) {
    ASSERT_EQ(::chmod(path_.c_str(), static_cast<mode_t>(mode)), 0);
    EXPECT_THAT(ReadPrivateText(path_, 10),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         AllOf(HasSubstr(fmt::format("mode is {:04o}", mode)),
                               HasSubstr("chmod 600 '" + path_.string() + "'"))));
  }
  for (const int mode : {0600, 0400, 0700}) {
    ASSERT_EQ(::chmod(path_.c_str(), static_cast<mode_t>(mode)), 0);
    EXPECT_THAT(ReadPrivateText(path_, 10), IsOk()) << mode;
  }
}

TEST_F(PrivateFileTest, ReadingHasALimit) {
  ASSERT_OK(WritePrivateFile(path_, "12345"));
  EXPECT_THAT(ReadPrivateText(path_, 5), IsOk());
  EXPECT_THAT(ReadPrivateText(path_, 4), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(PrivateFileTest, NamesWhatIsMissingOrNoFile) {
  EXPECT_THAT(ReadPrivateText(path_, 5),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(path_.string())));
  EXPECT_THAT(WritePrivateFile(dir_ / "no/such/dir/key", "x"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(WritePrivateFile("", "x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadPrivateText(dir_.path(), 5), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(ReadPrivateText(path_, 5),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a regular file")));
}

}  // namespace
}  // namespace parley
