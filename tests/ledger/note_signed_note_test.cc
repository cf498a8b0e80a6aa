#include "base/limits.h"
#include "ledger/note/signed_note.h"
#include "tests/ledger/note_fixture.h"
#include "tests/support/status_matchers.h"

namespace parley::note {
namespace {

using ::parley::testing::StatusIs;
using ::testing::HasSubstr;

using testing::kInvalid;
constexpr auto kTooMuch = absl::StatusCode::kResourceExhausted;
const std::string kText = "# a charter\n\nmember { name: \"north\" }\n";

VerifierKey RootKey(size_t member) {
  return {MemberName(member), KeyType::kEd25519, MemberKey(member).public_key()};
}

// As a charter goes around: everybody adds a line to what came from the others.
TEST(SignedNoteTest, EverySignerAddsALine) {
  ASSERT_OK_AND_ASSIGN(SignedNote note, SignedNote::FromText(kText));
  EXPECT_THAT(SignedNote::Parse(note.Serialize()), StatusIs(kInvalid));  // nobody signed yet
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_THAT(VerifySignature(note, RootKey(i)), StatusIs(absl::StatusCode::kNotFound));
    ASSERT_OK_AND_ASSIGN(SignatureLine line, SignText(kText, MemberName(i), MemberKey(i)));
    ASSERT_OK(note.Add(std::move(line)));
    ASSERT_OK_AND_ASSIGN(note, SignedNote::Parse(note.Serialize()));
  }
  EXPECT_EQ(note.text(), kText);
  ASSERT_EQ(note.signatures().size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_OK(VerifySignature(note, RootKey(i)));
}

TEST(SignedNoteTest, TextsThatCannotBeSigned) {
  for (const std::string text : {"", "no newline", "a\r\n", "a\tb\n", "\xff\n", "\xc0\x80\n",
                                 "\xed\xa0\x80\n", "\xf4\x90\x80\x80\n", "cut \xe2\x80\n"}) {
    EXPECT_THAT(SignedNote::FromText(text), StatusIs(kInvalid)) << text;
    EXPECT_THAT(SignText(text, "a/root", MemberKey(0)), StatusIs(kInvalid)) << text;
  }
  EXPECT_OK(SignedNote::FromText("\xf4\x8f\xbf\xbf \xed\x9f\xbf \xc2\x80\n"));
}

TEST(SignedNoteTest, AnotherSignerCannotTakeAPlaceThatIsTaken) {
  ASSERT_OK_AND_ASSIGN(SignedNote note, SignedNote::FromText(kText));
  ASSERT_OK_AND_ASSIGN(const SignatureLine line, SignText(kText, "a/root", MemberKey(0)));
  ASSERT_OK(note.Add(line));
  EXPECT_THAT(note.Add(line), StatusIs(absl::StatusCode::kAlreadyExists));
  SignatureLine other = line;
  other.bytes[0] ^= 1;
  EXPECT_THAT(note.Add(other), StatusIs(absl::StatusCode::kAlreadyExists));
  other.key_hash ^= 1;
  EXPECT_OK(note.Add(other));
  EXPECT_THAT(note.Add({"a b", 1, {1}}), StatusIs(kInvalid));
  EXPECT_THAT(note.Add({"a", 1, {}}), StatusIs(kInvalid));
}

TEST(SignedNoteTest, SignatureIsOfThisTextByThisKeyAlone) {
  ASSERT_OK_AND_ASSIGN(const SignatureLine line, SignText(kText, MemberName(0), MemberKey(0)));
  using testing::kRefused;
  ASSERT_OK_AND_ASSIGN(SignedNote other, SignedNote::FromText(kText + " \n"));
  ASSERT_OK(other.Add(line));
  EXPECT_THAT(VerifySignature(other, RootKey(0)),
              StatusIs(kRefused, HasSubstr("org-a.example/node (key id")));
  for (size_t at = 0; at < line.bytes.size(); ++at) {
    SignatureLine wrong = line;
    wrong.bytes[at] ^= 0x10;
    ASSERT_OK_AND_ASSIGN(SignedNote note, SignedNote::FromText(kText));
    ASSERT_OK(note.Add(wrong));
    EXPECT_THAT(VerifySignature(note, RootKey(0)), StatusIs(kRefused)) << at;
  }
  VerifierKey cosigner = RootKey(0);
  cosigner.type = KeyType::kCosignature;
  EXPECT_THAT(VerifySignature(other, cosigner), StatusIs(kInvalid));
}

TEST(SignedNoteTest, HoldsItsLimits) {
  const std::string line = "\n\xe2\x80\x94 a AAAAAAA=\n";
  const std::string longest(limits::kNoteBytesMax - line.size() - 1, 'x');
  EXPECT_OK(SignedNote::Parse(longest + "\n" + line));
  EXPECT_THAT(SignedNote::Parse(longest + "x\n" + line), StatusIs(kTooMuch));
  EXPECT_THAT(SignatureLine::Parse(longest + longest), StatusIs(kTooMuch));
  ASSERT_OK_AND_ASSIGN(SignedNote note, SignedNote::FromText("x\n"));
  for (uint32_t i = 0; i < limits::kNoteSignaturesMax; ++i) ASSERT_OK(note.Add({"a", i, {0}}));
  EXPECT_OK(SignedNote::Parse(note.Serialize()));
  EXPECT_THAT(note.Add({"b", 0, {0}}), StatusIs(kTooMuch));
  EXPECT_THAT(SignedNote::Parse(note.Serialize() + "\xe2\x80\x94 b AAAAAAA=\n"),
              StatusIs(kTooMuch));
  ASSERT_OK_AND_ASSIGN(SignedNote full, SignedNote::FromText(longest + "\n"));
  EXPECT_THAT(full.Add({"a", 0, Bytes(64)}), StatusIs(kTooMuch));
}

TEST(SignatureLineTest, IsOneLine) {
  ASSERT_OK_AND_ASSIGN(const SignatureLine line, SignText(kText, "a/root", MemberKey(0)));
  ASSERT_OK_AND_ASSIGN(const SignatureLine parsed, SignatureLine::Parse(line.Serialize()));
  EXPECT_EQ(parsed, line);
  const std::string good = line.Serialize();
  for (const std::string& bad : {std::string(), good + good, good.substr(0, good.size() - 1),
                                 good + "\n", "\n" + good, good.substr(3)})
    EXPECT_THAT(SignatureLine::Parse(bad), StatusIs(kInvalid)) << bad;
}

TEST(KeyNameTest, HasNoSpaceAndNoPlus) {
  for (const std::string name : {"a", "parley.example/istanbul-2025/north/root", "\xc3\xa7"})
    EXPECT_TRUE(IsValidKeyName(name)) << name;
  EXPECT_TRUE(IsValidKeyName(std::string(255, 'n')));
  EXPECT_FALSE(IsValidKeyName(std::string(256, 'n')));
  for (const std::string name : {"", "a b", "a+b", "a\nb", "a\tb", "\xff", "\xc2\xa0", "\xc2\x85",
                                 "\xe2\x80\x83", "\xe2\x80\xa8", "\xe3\x80\x80", "\xe1\x9a\x80"})
    EXPECT_FALSE(IsValidKeyName(name)) << name;
}

TEST(VerifierKeyTest, NameAndTypeAreInTheKeyId) {
  const PublicKey key = MemberKey(0).public_key();
  const uint32_t id = NoteKeyId("org-a.example/node", KeyType::kCosignature, key);
  EXPECT_EQ(id, 0x27b614bau);
  EXPECT_NE(NoteKeyId("org-a.example/node", KeyType::kEd25519, key), id);
  EXPECT_NE(NoteKeyId("org-b.example/node", KeyType::kCosignature, key), id);
}

}  // namespace
}  // namespace parley::note
