// tests/vectors of the note formats: note, verifier_key, checkpoint, receipt, policy,
// identification.

#include "ledger/merkle/proof.h"
#include "ledger/note/policy.h"
#include "ledger/note/receipt.h"
#include "tests/support/status_matchers.h"
#include "tests/support/vectors.h"

namespace parley::note {
namespace {

using nlohmann::json;
using testing::LoadVectors;
using testing::VectorName;

std::string Text(const json& v, const char* field) { return v.at(field).get<std::string>(); }

class NoteVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(NoteVectorTest, ParsesAndVerifies) {
  const json& v = GetParam();
  const auto note = SignedNote::Parse(Text(v, "note"));
  ASSERT_EQ(note.ok(), v.at("parses").get<bool>()) << v.at("comment") << note.status();
  if (!note.ok()) return;
  EXPECT_EQ(note->Serialize(), Text(v, "note"));
  ASSERT_OK_AND_ASSIGN(const VerifierKey key, VerifierKey::Parse(Text(v, "key")));
  EXPECT_EQ(VerifySignature(*note, key).ok(), v.at("valid").get<bool>()) << v.at("comment");
}
INSTANTIATE_TEST_SUITE_P(File, NoteVectorTest, ::testing::ValuesIn(LoadVectors("note.json")),
                         VectorName);

class VerifierKeyVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(VerifierKeyVectorTest, Parses) {
  const json& v = GetParam();
  const auto key = VerifierKey::Parse(Text(v, "key"));
  ASSERT_EQ(key.ok(), v.at("valid").get<bool>()) << v.at("comment") << key.status();
  if (key.ok()) {
    EXPECT_EQ(key->ToString(), Text(v, "key"));
  }
}
INSTANTIATE_TEST_SUITE_P(File, VerifierKeyVectorTest,
                         ::testing::ValuesIn(LoadVectors("verifier_key.json")), VectorName);

class CheckpointVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(CheckpointVectorTest, Parses) {
  const json& v = GetParam();
  const auto checkpoint = Checkpoint::Parse(Text(v, "text"));
  ASSERT_EQ(checkpoint.ok(), v.at("valid").get<bool>()) << v.at("comment") << checkpoint.status();
  if (!checkpoint.ok()) {
    EXPECT_EQ(checkpoint.status().code(), absl::StatusCode::kInvalidArgument);
    return;
  }
  EXPECT_EQ(checkpoint->origin, v.at("origin"));
  EXPECT_EQ(checkpoint->size, v.at("size"));
  EXPECT_EQ(checkpoint->root.ToHex(), v.at("root"));
  EXPECT_EQ(checkpoint->Serialize(), Text(v, "text"));
}
INSTANTIATE_TEST_SUITE_P(File, CheckpointVectorTest,
                         ::testing::ValuesIn(LoadVectors("checkpoint.json")), VectorName);

// As VerifyReceipt, but judged by a policy: the log key of these vectors is no identification key.
Status VerifyByPolicy(const Receipt& receipt, const std::string& entry, const Policy& policy) {
  ASSIGN_OR_RETURN(const CosignedCheckpoint cosigned,
                   CosignedCheckpoint::Parse(receipt.checkpoint_note));
  RETURN_IF_ERROR(policy.Evaluate(cosigned));
  return merkle::VerifyInclusion(receipt.index, cosigned.checkpoint.size,
                                 merkle::LeafHash(AsBytes(entry)), receipt.hashes,
                                 cosigned.checkpoint.root);
}

class ReceiptVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(ReceiptVectorTest, ParsesAndVerifies) {
  const json& v = GetParam();
  const auto receipt = Receipt::Parse(Text(v, "receipt"));
  ASSERT_EQ(receipt.ok(), v.at("parses").get<bool>()) << v.at("comment") << receipt.status();
  if (!receipt.ok()) return;
  EXPECT_EQ(receipt->Serialize(), Text(v, "receipt"));
  ASSERT_OK_AND_ASSIGN(const Policy policy, Policy::Parse(Text(v, "policy")));
  const Status status = VerifyByPolicy(*receipt, Text(v, "entry"), policy);
  EXPECT_EQ(status.code(),
            v.at("valid") ? absl::StatusCode::kOk : absl::StatusCode::kUnauthenticated)
      << v.at("comment") << status;
}
INSTANTIATE_TEST_SUITE_P(File, ReceiptVectorTest, ::testing::ValuesIn(LoadVectors("receipt.json")),
                         VectorName);

class PolicyVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(PolicyVectorTest, Parses) {
  const json& v = GetParam();
  const auto policy = Policy::Parse(Text(v, "policy"));
  ASSERT_EQ(policy.ok(), v.at("valid").get<bool>()) << v.at("comment") << policy.status();
  if (!policy.ok()) return;
  ASSERT_OK_AND_ASSIGN(const Policy again, Policy::Parse(policy->Serialize()));
  EXPECT_EQ(again, *policy);
}
INSTANTIATE_TEST_SUITE_P(File, PolicyVectorTest, ::testing::ValuesIn(LoadVectors("policy.json")),
                         VectorName);

class IdentificationVectorTest : public ::testing::TestWithParam<json> {};
TEST_P(IdentificationVectorTest, Line) {
  const json& v = GetParam();
  ASSERT_OK_AND_ASSIGN(const LedgerId ledger, LedgerId::FromHex(Text(v, "ledger_id")));
  const SecretKey key = IdentificationKey(ledger);
  const bool valid = v.at("valid");
  EXPECT_EQ(HexEncode(key.InsecureSeed()) == Text(v, "seed"), valid);
  EXPECT_EQ(IdentificationVerifierKey(Text(v, "origin"), ledger).ToString() == Text(v, "key"),
            valid);
  ASSERT_OK_AND_ASSIGN(const SignatureLine line, SignText(Text(v, "text"), Text(v, "origin"), key));
  EXPECT_EQ(line.Serialize() == Text(v, "line"), valid);
}
INSTANTIATE_TEST_SUITE_P(File, IdentificationVectorTest,
                         ::testing::ValuesIn(LoadVectors("identification.json")), VectorName);

}  // namespace
}  // namespace parley::note
