#include "crypto/key_file.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/support/places.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::kInvalid;
using testing::StatusIs;
constexpr auto kMinimal = KdfCost::kMinimal;

Passphrase Phrase(std::string_view text = "correct horse") {
  return Passphrase::FromText(text).value();
}
SecretKey Key() { return SecretKey::FromSeed(Bytes(32, 9)).value(); }
std::string Text() {
  return SealKeyText(KeyPurpose::kOfficer, "north/anna", Key(), Phrase(), kMinimal).value();
}
std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(KeyFileTest, ComesBackThroughAFile) {
  const testing::TempDir dir;
  const SecretKey key = SecretKey::Generate();
  ASSERT_OK(WriteKeyFile(dir / "k", KeyPurpose::kNode, "north", key, Phrase(), kMinimal));
  ASSERT_OK_AND_ASSIGN(const SecretKey loaded, LoadKeyFile(dir / "k", KeyPurpose::kNode, Phrase()));
  EXPECT_EQ(loaded.public_key(), key.public_key());
  EXPECT_TRUE(Verify(key.public_key(), AsBytes("m"), loaded.Sign(AsBytes("m"))));
  ASSERT_OK_AND_ASSIGN(const KeyFileInfo info, InspectKeyFile(dir / "k"));
  EXPECT_EQ(info.purpose, KeyPurpose::kNode);
  EXPECT_EQ(info.label, "north");
  EXPECT_EQ(info.public_key, key.public_key());
}

TEST(KeyFileTest, SaysWhatItIs) {
  const std::string text = Text();
  EXPECT_TRUE(text.starts_with("parley-key-file/v1\npurpose: officer\nname: north/anna\npublic: " +
                               Key().public_key().ToHex() +
                               "\nfingerprint: " + FingerprintOf(Key().public_key()) +
                               "\nkdf: argon2id opslimit=1 " + "memlimit=8192\nsalt: "))
      << text;
  EXPECT_EQ(text.find(HexEncode(Bytes(32, 9))), std::string::npos);
  EXPECT_EQ(text.find(Base64Encode(Bytes(32, 9))), std::string::npos);
}

// Made once with this format's first version; it must open for ever.
TEST(KeyFileTest, AFileOfTheFirstVersionOpens) {
  std::ifstream in(testing::SourceFile("tests/vectors/key_file_v1.txt"));
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  ASSERT_OK_AND_ASSIGN(const SecretKey key,
                       OpenKeyText(text, KeyPurpose::kOfficer, Phrase("correct horse")));
  EXPECT_EQ(key.public_key(), Key().public_key());
}

TEST(KeyFileTest, EachSealingIsFresh) { EXPECT_NE(Text(), Text()); }

TEST(KeyFileTest, EveryPurposeOpensOnlyAsItself) {
  constexpr KeyPurpose kAll[] = {KeyPurpose::kRoot,    KeyPurpose::kNode, KeyPurpose::kCosigner,
                                 KeyPurpose::kOfficer, KeyPurpose::kCa,   KeyPurpose::kTls};
  for (const KeyPurpose made : kAll) {
    const std::string text = SealKeyText(made, "north", Key(), Phrase(), kMinimal).value();
    for (const KeyPurpose want : kAll) {
      const Status status = OpenKeyText(text, want, Phrase()).status();
      EXPECT_EQ(status.code(),
                made == want ? absl::StatusCode::kOk : absl::StatusCode::kFailedPrecondition);
    }
    EXPECT_EQ(ParseKeyPurpose(KeyPurposeName(made)).value(), made);
  }
  EXPECT_THAT(OpenKeyText(Text(), KeyPurpose::kRoot, Phrase()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("its purpose is officer, want root")));
}

TEST(KeyFileTest, WrongPassphraseIsUnauthenticated) {
  for (const char* wrong : {"correct horsf", "correct horse ", "Correct horse", "x"})
    EXPECT_THAT(OpenKeyText(Text(), KeyPurpose::kOfficer, Phrase(wrong)),
                StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST(KeyFileTest, NeverOverwrites) {
  const testing::TempDir dir;
  ASSERT_OK(WriteKeyFile(dir / "k", KeyPurpose::kNode, "north", Key(), Phrase(), kMinimal));
  EXPECT_THAT(WriteKeyFile(dir / "k", KeyPurpose::kNode, "north", SecretKey::Generate(), Phrase(),
                           kMinimal),
              StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_OK_AND_ASSIGN(const KeyFileInfo info, InspectKeyFile(dir / "k"));
  EXPECT_EQ(info.public_key, Key().public_key());
}

TEST(KeyFileTest, FileOthersCanReadIsRefused) {
  const testing::TempDir dir;
  ASSERT_OK(WriteKeyFile(dir / "k", KeyPurpose::kNode, "north", Key(), Phrase(), kMinimal));
  ASSERT_EQ(::chmod((dir / "k").c_str(), 0640), 0);
  EXPECT_THAT(LoadKeyFile(dir / "k", KeyPurpose::kNode, Phrase()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("mode is 0640")));
  EXPECT_THAT(InspectKeyFile(dir / "k"), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(KeyFileTest, LabelsAreMemberOrMemberAndName) {
  for (const char* good : {"north", "north/anna", "a/b"})
    EXPECT_THAT(SealKeyText(KeyPurpose::kTls, good, Key(), Phrase(), kMinimal), IsOk());
  for (const char* bad : {"", "/", "north/", "/anna", "a/b/c", "North", "north anna", "a\nb"})
    EXPECT_THAT(SealKeyText(KeyPurpose::kTls, bad, Key(), Phrase(), kMinimal), StatusIs(kInvalid));
}

// A header that parses but was edited must not open: it is bound to the secret.
TEST(KeyFileTest, EditedHeaderDoesNotOpen) {
  const std::string text = Text();
  const auto open = [](const std::string& t, KeyPurpose want) {
    return OpenKeyText(t, want, Phrase());
  };
  EXPECT_THAT(open(Replaced(text, "officer", "root"), KeyPurpose::kRoot),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(open(Replaced(text, "north/anna", "south/anna"), KeyPurpose::kOfficer),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(open(Replaced(text, "opslimit=1", "opslimit=2"), KeyPurpose::kOfficer),
              StatusIs(absl::StatusCode::kUnauthenticated));
  const PublicKey other = SecretKey::Generate().public_key();
  const std::string swapped = Replaced(Replaced(text, Key().public_key().ToHex(), other.ToHex()),
                                       FingerprintOf(Key().public_key()), FingerprintOf(other));
  EXPECT_THAT(InspectKeyText(swapped), IsOk());  // no passphrase, no authentication
  EXPECT_THAT(open(swapped, KeyPurpose::kOfficer), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST(KeyFileTest, EveryChangedByteIsRefused) {
  const std::string text = Text();
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(OpenKeyText(changed, KeyPurpose::kOfficer, Phrase()).ok()) << i;
  }
}

TEST(KeyFileTest, EveryCutIsRefused) {
  const std::string text = Text();
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_THAT(InspectKeyText(text.substr(0, size)), StatusIs(kInvalid)) << size;
}

struct Edit {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};
class KeyFileFormTest : public ::testing::TestWithParam<Edit> {};
TEST_P(KeyFileFormTest, Refuses) {
  const std::string changed = Replaced(Text(), GetParam().from, GetParam().to);
  EXPECT_THAT(InspectKeyText(changed), StatusIs(kInvalid, HasSubstr(GetParam().message)));
  EXPECT_THAT(OpenKeyText(changed, KeyPurpose::kOfficer, Phrase()), StatusIs(kInvalid));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, KeyFileFormTest,
    ::testing::Values(
        Edit{"Version", "v1", "v2", "line 1"}, Edit{"Purpose", "officer", "chief", "purpose"},
        Edit{"PurposeCase", "officer", "Officer", "purpose"},
        Edit{"Label", "north/anna", "north anna", "name"},
        Edit{"CarriageReturn", "officer\n", "officer\r\n", "purpose"},
        Edit{"TwoSpaces", "name: ", "name:  ", "name"}, Edit{"Tab", "name: ", "name:\t", "line 3"},
        Edit{"Missing", "name: north/anna\n", "", "line 3"},
        Edit{"Doubled", "name: north/anna\n", "name: north/anna\nname: north/anna\n", "line 4"},
        Edit{"Unknown", "kdf:", "comment: x\nkdf:", "line 6"},
        Edit{"EmptyLine", "kdf:", "\nkdf:", "line 6"},
        Edit{"Fingerprint", "fingerprint: ", "fingerprint: 0", "fingerprint"},
        Edit{"PublicKey", "public: ", "public: 00", "public key"},
        Edit{"Algorithm", "argon2id", "argon2i", "kdf"},
        Edit{"PassesHuge", "opslimit=1", "opslimit=9", "over the limits"},
        Edit{"PassesZero", "opslimit=1", "opslimit=0", "kdf"},
        Edit{"PassesSigned", "opslimit=1", "opslimit=+1", "kdf"},
        Edit{"PassesLeadingZero", "opslimit=1", "opslimit=01", "kdf"},
        Edit{"MemoryHuge", "memlimit=8192", "memlimit=107374182400", "over the limits"},
        Edit{"MemoryOneOver", "memlimit=8192", "memlimit=536870913", "over the limits"},
        Edit{"MemoryOverflow", "memlimit=8192", "memlimit=18446744073709551616", "kdf"},
        Edit{"MemoryTiny", "memlimit=8192", "memlimit=8191", "kdf"},
        Edit{"MemoryMissing", " memlimit=8192", "", "kdf"},
        Edit{"Salt", "salt: ", "salt: AAAA", "salt"},
        Edit{"Nonce", "nonce: ", "nonce: AAAA", "nonce"},
        Edit{"Secret", "secret: ", "secret: AAAA", "secret"}),
    [](const auto& c) { return c.param.name; });

TEST(KeyFileTest, NothingMayFollow) {
  EXPECT_THAT(InspectKeyText(Text() + "\n"), StatusIs(kInvalid, HasSubstr("follow")));
  EXPECT_THAT(InspectKeyText(Text() + Text()), StatusIs(kInvalid, HasSubstr("follow")));
  EXPECT_THAT(InspectKeyText(std::string(5000, 'x')), StatusIs(kInvalid, HasSubstr("limit")));
}

TEST(KeyFileTest, RareKeysCostMore) {
  EXPECT_EQ(DefaultKdfCost(KeyPurpose::kRoot), KdfCost::kStrong);
  EXPECT_EQ(DefaultKdfCost(KeyPurpose::kCa), KdfCost::kStrong);
  EXPECT_EQ(DefaultKdfCost(KeyPurpose::kOfficer), KdfCost::kInteractive);
}

TEST(KeyFileTest, InteractiveAndStrongOpen) {
  for (const KdfCost cost : {KdfCost::kInteractive, KdfCost::kStrong}) {
    const auto text = SealKeyText(KeyPurpose::kCa, "north", Key(), Phrase(), cost);
    ASSERT_OK(text);
    EXPECT_OK(OpenKeyText(*text, KeyPurpose::kCa, Phrase()));
  }
}

}  // namespace
}  // namespace parley
