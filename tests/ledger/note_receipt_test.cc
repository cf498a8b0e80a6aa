// Receipts and policies, made and judged from end to end.

#include "ledger/merkle/proof.h"
#include "ledger/note/policy.h"
#include "ledger/note/receipt.h"
#include "tests/ledger/merkle_reference.h"
#include "tests/ledger/note_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/vectors.h"

namespace parley::note {
namespace {

using ::parley::testing::StatusIs;
using ::testing::HasSubstr;

using testing::kInvalid;
using testing::kRefused;

std::vector<Hash> ProofOf(size_t index, size_t size) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < size; ++i) leaves.push_back(merkle::LeafHash(AsBytes(Entries()[i])));
  merkle::MemoryTiles tiles = merkle::TilesOf(leaves);
  return merkle::InclusionProof(tiles, index, size).value();
}

Receipt ReceiptOf(size_t index, size_t size, size_t signers = 3) {
  std::vector<SignatureLine> lines;
  for (size_t i = 0; i < signers; ++i) lines.push_back(CosignatureOf(i, CheckpointAt(size)));
  return {index, ProofOf(index, size),
          AssembleCheckpoint(CheckpointAt(size), Rule().ledger, lines)->Serialize()};
}

std::string WorkedExample(const char* file, const char* field) {
  for (const nlohmann::json& v : testing::LoadVectors(file))
    if (v.at("id") == "worked_example") return v.at(field);
  return "";
}

std::vector<PolicyMember> PolicyMembers() {
  std::vector<PolicyMember> out;
  for (size_t i = 0; i < 4; ++i) {
    out.push_back(
        {std::string(1, static_cast<char>('A' + i)), MemberName(i), MemberKey(i).public_key(), ""});
  }
  return out;
}

TEST(ReceiptTest, WorkedExampleIsMadeByteForByte) {
  const Checkpoint checkpoint = CheckpointAt(5);
  ASSERT_OK_AND_ASSIGN(SignedNote note, SignedNote::FromText(checkpoint.Serialize()));
  ASSERT_OK_AND_ASSIGN(SignatureLine log, SignText(note.text(), kOrigin, LogKey()));
  ASSERT_OK(note.Add(std::move(log)));
  for (size_t i = 0; i < 4; ++i) ASSERT_OK(note.Add(CosignatureOf(i, checkpoint)));
  EXPECT_EQ(note.Serialize().size(), 707u);
  const Receipt receipt{2, ProofOf(2, 5), note.Serialize()};
  EXPECT_EQ(receipt.Serialize(), WorkedExample("receipt.json", "receipt"));
  EXPECT_EQ(receipt.Serialize().size(), 874u);
}

TEST(ReceiptTest, EveryEntryOfEverySizeIsProven) {
  for (size_t size = 1; size <= Entries().size(); ++size) {
    for (size_t index = 0; index < size; ++index) {
      ASSERT_OK_AND_ASSIGN(const Receipt receipt,
                           Receipt::Parse(ReceiptOf(index, size).Serialize()));
      for (size_t entry = 0; entry < Entries().size(); ++entry) {
        const auto result = VerifyReceipt(receipt, AsBytes(Entries()[entry]), Rule());
        EXPECT_EQ(result.ok(), entry == index) << result.status();
        if (result.ok()) {
          EXPECT_EQ(result->checkpoint, CheckpointAt(size));
        }
      }
    }
  }
}

TEST(ReceiptTest, RefusesASmallQuorumAndAnotherAccord) {
  const ByteSpan entry = AsBytes(Entries()[2]);
  ASSERT_OK_AND_ASSIGN(const ReceiptResult result, VerifyReceipt(ReceiptOf(2, 5), entry, Rule()));
  EXPECT_EQ(result.quorum.signers.size(), 3u);
  EXPECT_THAT(VerifyReceipt(ReceiptOf(2, 5, 2), entry, Rule()),
              StatusIs(kRefused, HasSubstr("2 valid cosignatures of members, 3 needed")));
  QuorumRule other = Rule();
  other.ledger = LedgerId();
  EXPECT_THAT(VerifyReceipt(ReceiptOf(2, 5), entry, other), StatusIs(kRefused));
  Receipt no_note = ReceiptOf(2, 5);
  no_note.checkpoint_note.pop_back();
  EXPECT_THAT(VerifyReceipt(no_note, entry, Rule()), StatusIs(kInvalid));
  Receipt moved = ReceiptOf(2, 5);
  moved.index = 3;
  EXPECT_THAT(VerifyReceipt(moved, entry, Rule()), StatusIs(kRefused, HasSubstr("entry 3")));
}

TEST(ReceiptTest, RefusesExtraDataWithTheReason) {
  std::string file = ReceiptOf(2, 5).Serialize();
  file.insert(file.find("index"), "extra AAAA\n");
  EXPECT_THAT(Receipt::Parse(file), StatusIs(kInvalid, HasSubstr("'extra' line is not accepted")));
}

TEST(PolicyTest, WorkedExampleIsMadeByteForByte) {
  ASSERT_OK_AND_ASSIGN(Policy policy, PolicyOf(kOrigin, Rule().ledger, PolicyMembers(), 3));
  policy.logs[0].key.key = LogKey().public_key();
  EXPECT_EQ(policy.Serialize(), WorkedExample("policy.json", "policy"));
}

TEST(PolicyTest, AgreesWithTheQuorumRule) {
  ASSERT_OK_AND_ASSIGN(const Policy policy, PolicyOf(kOrigin, Rule().ledger, PolicyMembers(), 3));
  for (size_t signers = 0; signers <= 4; ++signers) {
    ASSERT_OK_AND_ASSIGN(const CosignedCheckpoint note,
                         CosignedCheckpoint::Parse(ReceiptOf(0, 5, signers).checkpoint_note));
    EXPECT_EQ(policy.Evaluate(note).ok(), signers >= 3);
    EXPECT_EQ(VerifyCheckpoint(note, Rule()).ok(), signers >= 3);
  }
}

TEST(PolicyTest, GroupsOfGroupsAreCounted) {
  const std::string keys = WorkedExample("policy.json", "policy");
  const std::string head = keys.substr(0, keys.find("group"));
  ASSERT_OK_AND_ASSIGN(CosignedCheckpoint note,
                       CosignedCheckpoint::Parse(ReceiptOf(0, 5, 3).checkpoint_note));
  ASSERT_OK_AND_ASSIGN(SignatureLine log, SignText(note.note.text(), kOrigin, LogKey()));
  ASSERT_OK(note.note.Add(std::move(log)));
  const std::vector<std::pair<std::string, bool>> cases = {
      {"group g any C D\nquorum g\n", true},
      {"group g all C D\nquorum g\n", false},
      {"group g any C D\ngroup h all A B g\nquorum h\n", true},
      {"group g all C D\ngroup h 3 A B g\nquorum h\n", false},
      {"group g all C D\ngroup h 2 A B g\nquorum h\n", true},
      {"quorum A\n", true},
      {"quorum D\n", false},
      {"quorum none\n", true}};
  for (const auto& [tail, satisfied] : cases) {
    ASSERT_OK_AND_ASSIGN(const Policy policy, Policy::Parse(head + tail));
    EXPECT_EQ(policy.Evaluate(note).ok(), satisfied) << tail;
  }
}

TEST(PolicyTest, LogMustSignUnderItsOrigin) {
  ASSERT_OK_AND_ASSIGN(const CosignedCheckpoint note,
                       CosignedCheckpoint::Parse(ReceiptOf(0, 5, 4).checkpoint_note));
  ASSERT_OK_AND_ASSIGN(const Policy other, PolicyOf("other", Rule().ledger, PolicyMembers(), 3));
  EXPECT_THAT(other.Evaluate(note), StatusIs(kRefused, HasSubstr("no log of the policy")));
}

TEST(PolicyTest, NamesThatAreWordsOfTheGrammarAreReplaced) {
  std::vector<PolicyMember> members = PolicyMembers();
  members[0].name = "members";
  members[1].name = "none";
  members[2].name = "2";
  for (PolicyMember& member : members) member.url = "https://node.example/";
  ASSERT_OK_AND_ASSIGN(const Policy policy, PolicyOf(kOrigin, Rule().ledger, members, 3));
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(policy.witnesses[i].name, MemberName(i));
  EXPECT_EQ(policy.witnesses[3].name, "D");
}

TEST(PolicyTest, RefusesWhatCannotBeWritten) {
  const auto with = [](auto change) {
    std::vector<PolicyMember> members = PolicyMembers();
    change(members[1]);
    return PolicyOf(kOrigin, Rule().ledger, members, 3).status();
  };
  EXPECT_OK(with([](PolicyMember&) {}));
  EXPECT_THAT(with([](PolicyMember& m) { m.url = "a b"; }), StatusIs(kInvalid));
  EXPECT_THAT(with([](PolicyMember& m) { m.url = "x\nquorum none"; }), StatusIs(kInvalid));
  EXPECT_THAT(with([](PolicyMember& m) { m.url = "https://x/#y"; }), StatusIs(kInvalid));
  EXPECT_THAT(with([](PolicyMember& m) { m.name = "A"; }), StatusIs(kInvalid));
  EXPECT_THAT(with([](PolicyMember& m) { m.name = "b c"; }), StatusIs(kInvalid));
  EXPECT_THAT(with([](PolicyMember& m) { m.key_name = "b+c"; }), StatusIs(kInvalid));
  EXPECT_THAT(with([](PolicyMember& m) { m.key = MemberKey(0).public_key(); }), StatusIs(kInvalid));
  EXPECT_THAT(PolicyOf(kOrigin, LedgerId(), PolicyMembers(), 5), StatusIs(kInvalid));
  EXPECT_THAT(PolicyOf(kOrigin, LedgerId(), PolicyMembers(), 0), StatusIs(kInvalid));
  EXPECT_THAT(PolicyOf(kOrigin, LedgerId(), {}, 1), StatusIs(kInvalid));
}

}  // namespace
}  // namespace parley::note
