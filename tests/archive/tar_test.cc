#include "ledger/archive/tar.h"

#include <filesystem>

#include "ledger/archive/file_set.h"
#include "ledger/archive/sink.h"
#include "tests/store/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::archive {
namespace {

using ::parley::testing::IsOk;
using ::parley::testing::ReadAll;
using ::parley::testing::StatusIs;
using ::parley::testing::TempDir;
using ::parley::testing::WriteAll;
using ::testing::HasSubstr;

std::string MakeTar(const TempDir& dir) {
  auto sink = MakeTarSink(dir / "a.tar", 1'735'689'600);
  EXPECT_OK(sink);
  EXPECT_OK((*sink)->Add("README.txt", "hello\n"));
  EXPECT_OK((*sink)->Add("tile/0/000", std::string(1'000, 'x')));
  EXPECT_OK((*sink)->Finish("checkpoint", ""));
  return ReadAll(dir / "a.tar");
}

TEST(Tar, RoundTrip) {
  const TempDir dir;
  const std::string bytes = MakeTar(dir);
  EXPECT_EQ(bytes.size(), 512u * (2 + 3 + 1 + 2));
  ASSERT_OK_AND_ASSIGN(const auto files, OpenTar(dir / "a.tar"));
  EXPECT_TRUE(files->problems().empty());
  EXPECT_EQ(files->files().size(), 3u);
  EXPECT_EQ(files->Read("README.txt").value(), "hello\n");
  EXPECT_EQ(files->Read("tile/0/000").value(), std::string(1'000, 'x'));
  EXPECT_EQ(files->Read("checkpoint").value(), "");
  EXPECT_THAT(files->Read("other"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(Tar, OtherToolsReadIt) {
  const TempDir dir;
  MakeTar(dir);
  const std::string command = fmt::format("tar -C {0} -xf {0}/a.tar", dir.path().string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(ReadAll(dir / "tile/0/000"), std::string(1'000, 'x'));
}

// Apart from the members' bytes, which others check.
TEST(Tar, EveryFlippedByteOutsideMembersIsNoticed) {
  const TempDir dir;
  const std::string good = MakeTar(dir);
  for (size_t i = 0; i < good.size(); ++i) {
    const bool in_member = (i >= 512 && i < 518) || (i >= 1536 && i < 2536);
    if (in_member) continue;
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    WriteAll(dir / "bad.tar", bad);
    const auto files = OpenTar(dir / "bad.tar");
    EXPECT_FALSE(files.ok() && (*files)->problems().empty()) << "offset " << i;
  }
}

TEST(Tar, DamageInOneHeaderCostsOneMember) {
  const TempDir dir;
  std::string bytes = MakeTar(dir);
  bytes[512 * 2] = 'T';  // the second header
  WriteAll(dir / "bad.tar", bytes);
  ASSERT_OK_AND_ASSIGN(const auto files, OpenTar(dir / "bad.tar"));
  EXPECT_EQ(files->problems().size(), 1u);
  EXPECT_OK(files->Read("checkpoint"));
  EXPECT_OK(files->Read("README.txt"));
}

TEST(Tar, CutFilesAreNoticedAtEveryLength) {
  const TempDir dir;
  const std::string good = MakeTar(dir);
  for (size_t size = 0; size < good.size(); size += 100) {
    WriteAll(dir / "bad.tar", good.substr(0, size));
    const auto files = OpenTar(dir / "bad.tar");
    EXPECT_FALSE(files.ok() && (*files)->problems().empty()) << size;
  }
  WriteAll(dir / "bad.tar", good + std::string(512, '\0'));
  ASSERT_OK_AND_ASSIGN(const auto files, OpenTar(dir / "bad.tar"));
  EXPECT_FALSE(files->problems().empty());
}

TEST(Tar, DuplicatesAreNoticedAndTheFirstCounts) {
  const TempDir dir;
  {
    auto sink = MakeTarSink(dir / "a.tar", 0);
    ASSERT_OK(sink);
    ASSERT_OK((*sink)->Add("checkpoint", "1"));
    ASSERT_OK((*sink)->Finish("checkpoint", "2"));
  }
  ASSERT_OK_AND_ASSIGN(const auto files, OpenTar(dir / "a.tar"));
  EXPECT_THAT(files->problems(), ::testing::ElementsAre(HasSubstr("twice")));
  EXPECT_EQ(files->Read("checkpoint").value(), "1");
}

TEST(Tar, NamesThatLeaveTheFolderAreRefused) {
  for (const std::string& name :
       {std::string("../x"), std::string("/etc/passwd"), std::string("a/../b"), std::string("a//b"),
        std::string("./a"), std::string(""), std::string("a/"), std::string("a b"),
        std::string("a\\b"), std::string(100, 'a'), std::string("a\n"), std::string("a/./b")}) {
    EXPECT_THAT(CheckFileName(name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
    EXPECT_FALSE(TarHeader(name, 0, 0).ok()) << name;
  }
  EXPECT_OK(CheckFileName("tile/entries/x001/x234/067.p/255"));
}

TEST(Tar, LinksAndForeignHeadersAreRefused) {
  ASSERT_OK_AND_ASSIGN(const std::string good, TarHeader("checkpoint", 5, 7));
  EXPECT_OK(ParseTarHeader(good));
  for (const char type : {'1', '2', '3', '5', 'x', 'g', 'L', '\0'}) {
    std::string bad = good;
    bad[156] = type;
    EXPECT_FALSE(ParseTarHeader(bad).ok()) << type;
  }
  EXPECT_FALSE(ParseTarHeader(good.substr(1)).ok());
}

// The header of a file of five bytes with one field changed and the checksum made right again.
std::string Forged(size_t at, std::string_view bytes) {
  std::string header = TarHeader("checkpoint", 5, 7).value();
  header.replace(at, bytes.size(), bytes);
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return header;
}

TEST(Tar, ForeignHeadersWithARightChecksum) {
  for (const char type : {'1', '2', '3', '4', '6', 'x', 'g', 'L', 'K', 'S'})
    EXPECT_FALSE(ParseTarHeader(Forged(156, std::string(1, type))).ok()) << type;
  EXPECT_FALSE(ParseTarHeader(Forged(0, "../heckpoin")).ok());
  EXPECT_FALSE(ParseTarHeader(Forged(0, "/tmp/heckpo")).ok());
  EXPECT_FALSE(ParseTarHeader(Forged(345, "../..")).ok());
  EXPECT_FALSE(ParseTarHeader(Forged(157, "/etc/passwd")).ok());
  EXPECT_FALSE(ParseTarHeader(Forged(505, "x")).ok());
  EXPECT_FALSE(ParseTarHeader(Forged(257, "ustax")).ok());
  EXPECT_OK(ParseTarHeader(Forged(265, "anna")));     // an owner's name
  EXPECT_OK(ParseTarHeader(Forged(100, "0000600")));  // a mode
  EXPECT_EQ(ParseTarHeader(Forged(0, "./eckpoint")).value().name, "eckpoint");
  EXPECT_EQ(ParseTarHeader(Forged(345, "folder")).value().name, "folder/checkpoint");
}

// Made by the tools that people have.
TEST(Tar, OtherToolsMakeOnesThatAreRead) {
  const TempDir dir;
  MakeTar(dir);
  const std::string root = dir.path().string();
  const auto run = [](const std::string& command) {
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  };
  run(fmt::format("mkdir {0}/ledger && tar -C {0}/ledger -xf {0}/a.tar", root));
  run(fmt::format("tar -C {0}/ledger -cf {0}/dot.tar .", root));
  run(fmt::format("tar -C {0}/ledger -cf {0}/bare.tar README.txt checkpoint tile", root));
  run(fmt::format("tar -C {0} -cf {0}/folder.tar ledger", root));
  run(fmt::format("tar -C {0} --format=ustar -cf {0}/ustar.tar ledger", root));
  for (const char* name : {"dot.tar", "bare.tar", "folder.tar", "ustar.tar"}) {
    const auto files = OpenTar(dir / name);
    ASSERT_OK(files) << name;
    EXPECT_TRUE((*files)->problems().empty()) << name << ": " << (*files)->problems().front();
    EXPECT_EQ((*files)->files().size(), 3u) << name;
    EXPECT_EQ((*files)->Read("tile/0/000").value(), std::string(1'000, 'x')) << name;
    // Cut, and filled up with something else.
    const std::string good = ReadAll(dir / name);
    WriteAll(dir / "bad.tar", good.substr(0, good.size() - 512));
    EXPECT_FALSE((*OpenTar(dir / "bad.tar"))->problems().empty());
    std::string bad = good;
    bad.back() = 'x';
    WriteAll(dir / "bad.tar", bad);
    EXPECT_FALSE((*OpenTar(dir / "bad.tar"))->problems().empty());
  }
  run(fmt::format("ln -s /etc/passwd {0}/ledger/link && tar -C {0} -cf {0}/link.tar ledger", root));
  EXPECT_FALSE((*OpenTar(dir / "link.tar"))->problems().empty());
  run(fmt::format("tar -C {0}/ledger -cPf {0}/up.tar ../ledger/checkpoint", root));
  const auto up = OpenTar(dir / "up.tar");
  EXPECT_FALSE(up.ok() && (*up)->problems().empty());
}

TEST(Tar, NothingIsLeftWithoutFinish) {
  const TempDir dir;
  { ASSERT_OK((*MakeTarSink(dir / "a.tar", 0))->Add("checkpoint", "1")); }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  WriteAll(dir / "a.tar", "mine");
  EXPECT_THAT(MakeTarSink(dir / "a.tar", 0), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST(DirectorySink, WantsAnEmptyPlace) {
  const TempDir dir;
  EXPECT_OK(MakeDirectorySink(dir / "new"));
  EXPECT_OK(MakeDirectorySink(dir / "new"));
  WriteAll(dir / "new/file", "x");
  EXPECT_THAT(MakeDirectorySink(dir / "new"), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST(Directory, LinksAreNotFollowed) {
  const TempDir dir;
  WriteAll(dir / "secret", "x");
  std::filesystem::create_directory(dir / "a");
  std::filesystem::create_symlink(dir / "secret", dir / "a/checkpoint");
  ASSERT_OK_AND_ASSIGN(const auto files, OpenDirectory(dir / "a"));
  EXPECT_TRUE(files->files().empty());
  EXPECT_THAT(files->problems(), ::testing::ElementsAre(HasSubstr("checkpoint")));
}

}  // namespace
}  // namespace parley::archive
