#include "crypto/passphrase.h"

#include <sys/stat.h>

#include <optional>
#include <type_traits>

#include "base/limits.h"
#include "crypto/private_file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

static_assert(!std::is_copy_constructible_v<Passphrase>);
static_assert(!std::is_copy_assignable_v<Passphrase>);
static_assert(std::is_nothrow_move_constructible_v<Passphrase>);
static_assert(!std::is_convertible_v<Passphrase, std::string>);
static_assert(!std::is_convertible_v<std::string, Passphrase>);
static_assert(!std::equality_comparable<Passphrase>);
static_assert(!fmt::is_formattable<Passphrase>::value);

TEST(PassphraseTest, KeepsTextAsItIs) {
  for (const char* text : {"x", " two words ", "şifre", "كلمة السر"}) {
    ASSERT_OK_AND_ASSIGN(const Passphrase p, Passphrase::FromText(text));
    EXPECT_EQ(AsText(p.InsecureBytes()), text);
  }
}

TEST(PassphraseTest, Refuses) {
  EXPECT_THAT(Passphrase::FromText(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Passphrase::FromText("a\nb"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("byte 2")));
  EXPECT_THAT(Passphrase::FromText("a\r"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Passphrase::FromText(std::string("a\0", 2)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Passphrase::FromText("a\x7f"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(Passphrase::FromText(std::string(limits::kPassphraseBytesMax, 'p')));
  EXPECT_THAT(Passphrase::FromText(std::string(limits::kPassphraseBytesMax + 1, 'p')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PassphraseTest, ErrorsNeverHoldTheText) {
  const Status status = Passphrase::FromText("hunter2\n").status();
  EXPECT_THAT(MessageOf(status), ::testing::Not(HasSubstr("hunter2")));
}

struct FileCase {
  const char* name;
  std::string content;
  std::optional<std::string> want;  // nothing: refused
};
class PassphraseFileTest : public ::testing::TestWithParam<FileCase> {};
TEST_P(PassphraseFileTest, StripsOneNewline) {
  const testing::TempDir dir;
  ASSERT_OK(WritePrivateFile(dir / "p", GetParam().content));
  const auto p = Passphrase::FromFile(dir / "p");
  if (!GetParam().want) {
    EXPECT_FALSE(p.ok());
    EXPECT_THAT(MessageOf(p.status()), HasSubstr(dir.path().string()));
  } else {
    ASSERT_OK(p);
    EXPECT_EQ(AsText(p->InsecureBytes()), *GetParam().want);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Cases, PassphraseFileTest,
    ::testing::Values(FileCase{"Plain", "secret", "secret"},
                      FileCase{"Newline", "secret\n", "secret"},
                      FileCase{"SpacesStay", " s \n", " s "}, FileCase{"Empty", "", std::nullopt},
                      FileCase{"OnlyNewline", "\n", std::nullopt},
                      FileCase{"TwoNewlines", "secret\n\n", std::nullopt},
                      FileCase{"CarriageReturn", "secret\r\n", std::nullopt},
                      FileCase{"TwoLines", "one\ntwo\n", std::nullopt},
                      FileCase{"Longest", std::string(1024, 'p') + "\n", std::string(1024, 'p')},
                      FileCase{"TooLong", std::string(1025, 'p'), std::nullopt},
                      FileCase{"FarTooLong", std::string(100'000, 'p'), std::nullopt}),
    [](const auto& c) { return c.param.name; });

TEST(PassphraseTest, FileOthersCanReadIsRefused) {
  const testing::TempDir dir;
  ASSERT_OK(WritePrivateFile(dir / "p", "secret\n"));
  ASSERT_EQ(::chmod((dir / "p").c_str(), 0644), 0);
  EXPECT_THAT(Passphrase::FromFile(dir / "p"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("chmod 600")));
  EXPECT_THAT(Passphrase::FromFile(dir / "q"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace parley
