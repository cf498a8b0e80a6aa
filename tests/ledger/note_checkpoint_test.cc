// Checkpoints, cosignatures and the quorum.

#include "tests/ledger/note_fixture.h"
#include "tests/support/status_matchers.h"

namespace parley::note {
namespace {

using ::parley::testing::StatusIs;
using ::testing::HasSubstr;

using testing::kInvalid;
using testing::kRefused;

// The note of the tree of size 5 as the accord of Rule() publishes it, by these members.
CosignedCheckpoint Note(std::vector<size_t> signers) {
  const Checkpoint checkpoint = CheckpointAt(5);
  std::vector<SignatureLine> lines;
  for (const size_t i : signers) lines.push_back(CosignatureOf(i, checkpoint));
  return {AssembleCheckpoint(checkpoint, Rule().ledger, lines).value(), checkpoint};
}

// The same note with one line more.
CosignedCheckpoint With(CosignedCheckpoint note, SignatureLine line) {
  EXPECT_OK(note.note.Add(std::move(line)));
  return note;
}

TEST(CheckpointTest, OnlyValidOnesAreSigned) {
  const SecretKey key = MemberKey(0);
  const auto sign = [&](const Checkpoint& c, std::string_view name, uint64_t seconds) {
    return Cosign(c, name, static_cast<UnixSeconds>(seconds), key);
  };
  EXPECT_OK(sign(CheckpointAt(5), "a/b", 1));
  EXPECT_OK(sign(CheckpointAt(0), "a/b", (1ULL << 63) - 1));
  EXPECT_THAT(sign(CheckpointAt(5), "a b", 1), StatusIs(kInvalid));
  EXPECT_THAT(sign(CheckpointAt(5), "a/b", 0), StatusIs(kInvalid));
  EXPECT_THAT(sign(CheckpointAt(5), "a/b", 1ULL << 63), StatusIs(kInvalid));
  EXPECT_THAT(sign({kOrigin, 0, Hash()}, "a/b", 1), StatusIs(kInvalid));
  EXPECT_THAT(sign({kOrigin, 1ULL << 63, Hash()}, "a/b", 1), StatusIs(kInvalid));
  EXPECT_THAT(sign({"a\nb", 1, Hash()}, "a/b", 1), StatusIs(kInvalid));
  EXPECT_THAT(AssembleCheckpoint({"", 1, Hash()}, LedgerId(), {}), StatusIs(kInvalid));
}

TEST(CosignatureTest, SignedBytesAreThoseOfTheSpecification) {
  const std::string message =
      CosignedMessage(CheckpointAt(5).Serialize(), static_cast<UnixSeconds>(kFirstTime));
  EXPECT_EQ(message,
            "cosignature/v1\ntime 1790000000\nledger.example/incidents\n5\n"
            "gy5gl3aksFyiCO95a/1vLXz88A3dRq+0l9Sxte8ZqZQ=\n");
  EXPECT_EQ(message.size(), 103u);
}

TEST(CosignatureTest, IsRefusedForOtherTextKeyTimeOrLength) {
  const std::string text = CheckpointAt(5).Serialize();
  const SignatureLine line = CosignatureOf(0, CheckpointAt(5));
  const VerifierKey key{MemberName(0), KeyType::kCosignature, MemberKey(0).public_key()};
  ASSERT_OK_AND_ASSIGN(const UnixSeconds time, VerifyCosignature(line, text, key));
  EXPECT_EQ(ToInt(time), kFirstTime);
  EXPECT_THAT(VerifyCosignature(line, CheckpointAt(4).Serialize(), key), StatusIs(kRefused));
  for (size_t at = 0; at < line.bytes.size(); ++at) {
    SignatureLine wrong = line;
    wrong.bytes[at] ^= 0x80;
    EXPECT_THAT(VerifyCosignature(wrong, text, key), StatusIs(kRefused)) << at;
  }
  SignatureLine cut = line;
  cut.bytes.pop_back();
  EXPECT_THAT(VerifyCosignature(cut, text, key), StatusIs(kRefused, HasSubstr("got 71")));
  SignatureLine longer = line;
  longer.bytes.push_back(0);
  EXPECT_THAT(VerifyCosignature(longer, text, key), StatusIs(kRefused, HasSubstr("got 73")));
  VerifierKey other = key;
  other.key = MemberKey(1).public_key();
  EXPECT_THAT(VerifyCosignature(line, text, other), StatusIs(kRefused, HasSubstr("another key")));
  VerifierKey plain = key;
  plain.type = KeyType::kEd25519;
  EXPECT_THAT(VerifyCosignature(line, text, plain), StatusIs(kRefused, HasSubstr("0x04")));
}

TEST(AssembleTest, SortsAndKeepsTheLatestOfAKey) {
  const Checkpoint checkpoint = CheckpointAt(5);
  std::vector<SignatureLine> lines = {CosignatureOf(2, checkpoint), CosignatureOf(0, checkpoint),
                                      CosignatureOf(1, checkpoint), CosignatureOf(0, checkpoint)};
  ASSERT_OK_AND_ASSIGN(
      const SignatureLine later,
      Cosign(checkpoint, MemberName(1), static_cast<UnixSeconds>(kFirstTime + 99), MemberKey(1)));
  lines.insert(lines.begin(), later);
  ASSERT_OK_AND_ASSIGN(const SignedNote note, AssembleCheckpoint(checkpoint, Rule().ledger, lines));
  ASSERT_EQ(note.signatures().size(), 4u);
  EXPECT_EQ(note.signatures()[0].name, kOrigin);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(note.signatures()[i + 1].name, MemberName(i));
  EXPECT_EQ(note.signatures()[2], later);
  ASSERT_OK_AND_ASSIGN(const CosignedCheckpoint parsed,
                       CosignedCheckpoint::Parse(note.Serialize()));
  EXPECT_EQ(parsed.note, note);
  EXPECT_EQ(parsed.checkpoint, checkpoint);
}

TEST(QuorumTest, CountsDistinctMembers) {
  ASSERT_OK_AND_ASSIGN(const QuorumResult result, VerifyCheckpoint(Note({3, 0, 2}), Rule()));
  ASSERT_EQ(result.signers.size(), 3u);
  EXPECT_EQ(result.signers[0].member, 0u);
  EXPECT_EQ(result.signers[1].key_name, MemberName(2));
  EXPECT_EQ(ToInt(result.signers[2].time), kFirstTime + 3);
  EXPECT_THAT(VerifyCheckpoint(Note({0, 1}), Rule()),
              StatusIs(kRefused, HasSubstr("3 signature lines, 2 valid cosignatures of members, "
                                           "3 needed")));
  EXPECT_THAT(VerifyCheckpoint(Note({}), Rule()), StatusIs(kRefused));
}

TEST(QuorumTest, IgnoresLinesOfOthers) {
  const Checkpoint checkpoint = CheckpointAt(5);
  const auto cosign = [&](std::string_view name, uint8_t seed) {
    return Cosign(checkpoint, name, static_cast<UnixSeconds>(1), KeyOf(seed)).value();
  };
  // A stranger, a stranger who uses a member's name, a member under a stranger's name.
  for (const SignatureLine& line :
       {cosign("w/w", 0x77), cosign(MemberName(3), 0x77), cosign("w/w", 0xa3)}) {
    EXPECT_OK(VerifyCheckpoint(With(Note({0, 1, 2}), line), Rule()));
    EXPECT_THAT(VerifyCheckpoint(With(Note({0, 1}), line), Rule()), StatusIs(kRefused));
  }
}

TEST(QuorumTest, FailingLineOfAMemberSpoilsTheNote) {
  SignatureLine forged = CosignatureOf(3, CheckpointAt(4));
  EXPECT_THAT(VerifyCheckpoint(With(Note({0, 1, 2}), forged), Rule()),
              StatusIs(kRefused, HasSubstr("org-d.example/node: the signature does not verify")));
}

TEST(QuorumTest, IdentificationLineMustBeTheAccords) {
  QuorumRule other = Rule();
  other.ledger = Sha256<LedgerId>(AsBytes("another charter"));
  EXPECT_THAT(
      VerifyCheckpoint(Note({0, 1, 2}), other),
      StatusIs(kRefused, HasSubstr("of another ledger than the charter's (identification")));
  EXPECT_OK(VerifyQuorum(Note({0, 1, 2}), Members(), 3));
  QuorumRule renamed = Rule();
  renamed.origin = "other.example/incidents";
  EXPECT_THAT(VerifyCheckpoint(Note({0, 1, 2}), renamed),
              StatusIs(kRefused, HasSubstr("the origin is ledger.example/incidents")));
}

TEST(QuorumTest, ImpossibleRulesAreRefused) {
  const CosignedCheckpoint note = Note({0, 1, 2, 3});
  EXPECT_THAT(VerifyQuorum(note, Members(), 0), StatusIs(kInvalid));
  EXPECT_THAT(VerifyQuorum(note, Members(), 5), StatusIs(kInvalid));
  std::vector<Cosigner> same_key = Members();
  same_key[3].key = same_key[0].key;
  EXPECT_THAT(VerifyQuorum(note, same_key, 3), StatusIs(kInvalid, HasSubstr("stands twice")));
  std::vector<Cosigner> same_name = Members();
  same_name[3].key_name = same_name[0].key_name;
  EXPECT_THAT(VerifyQuorum(note, same_name, 3), StatusIs(kInvalid));
}

}  // namespace
}  // namespace parley::note
