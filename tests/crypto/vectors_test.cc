// The files of tests/vectors that this folder answers for.

#include "tests/support/vectors.h"

#include "crypto/dsse.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using nlohmann::json;
using testing::LoadVectors;
using testing::VectorBytes;
using testing::VectorName;

// Keys and signatures of the wrong size are refused before they can be verified.
bool VerifyRaw(ByteSpan key, ByteSpan message, ByteSpan signature) {
  const auto k = PublicKey::FromBytes(key);
  const auto s = Signature::FromBytes(signature);
  return k.ok() && s.ok() && Verify(*k, message, *s);
}

class Ed25519VectorTest : public ::testing::TestWithParam<json> {};
class Ed25519SigningTest : public ::testing::TestWithParam<json> {};

// Those that come with their secret key.
std::vector<json> SigningVectors() {
  std::vector<json> out = LoadVectors("ed25519.json");
  std::erase_if(out, [](const json& v) { return v.at("seed") == ""; });
  return out;
}

TEST_P(Ed25519VectorTest, VerifiesExactlyTheValid) {
  const json& v = GetParam();
  EXPECT_EQ(VerifyRaw(VectorBytes(v, "public_key"), VectorBytes(v, "message"),
                      VectorBytes(v, "signature")),
            v.at("valid").get<bool>())
      << v.at("comment");
}

TEST_P(Ed25519SigningTest, GivesTheSameBytes) {
  const json& v = GetParam();
  ASSERT_OK_AND_ASSIGN(const SecretKey key, SecretKey::FromSeed(VectorBytes(v, "seed")));
  EXPECT_EQ(key.public_key().ToHex(), v.at("public_key"));
  EXPECT_EQ(key.Sign(VectorBytes(v, "message")).ToHex(), v.at("signature"));
}

INSTANTIATE_TEST_SUITE_P(Vectors, Ed25519VectorTest,
                         ::testing::ValuesIn(LoadVectors("ed25519.json")), VectorName);
INSTANTIATE_TEST_SUITE_P(Vectors, Ed25519SigningTest, ::testing::ValuesIn(SigningVectors()),
                         VectorName);

class Sha256VectorTest : public ::testing::TestWithParam<json> {};

TEST_P(Sha256VectorTest, DigestIsTheStatedOneExactlyWhenValid) {
  const json& v = GetParam();
  const Bytes input = VectorBytes(v, "input");
  EXPECT_EQ(Sha256(input).ToHex() == v.at("digest"), v.at("valid").get<bool>());
  // The same in parts.
  Sha256Stream stream;
  for (const uint8_t b : input) stream.Update({&b, 1});
  EXPECT_EQ(stream.Finish(), Sha256(input));
}

INSTANTIATE_TEST_SUITE_P(Vectors, Sha256VectorTest, ::testing::ValuesIn(LoadVectors("sha256.json")),
                         VectorName);

TEST(Sha256Test, AMillionLetters) {  // FIPS 180-4
  const Bytes thousand(1000, 'a');
  Sha256Stream stream;
  for (int i = 0; i < 1000; ++i) stream.Update(thousand);
  EXPECT_EQ(stream.Finish().ToHex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

class DsseVectorTest : public ::testing::TestWithParam<json> {};

TEST_P(DsseVectorTest, EncodesAndSigns) {
  const json& v = GetParam();
  const Bytes pae = PreAuthEncoding(v.at("type").get<std::string>(), VectorBytes(v, "body"));
  EXPECT_EQ(HexEncode(pae), v.at("pae"));
  if (v.at("seed") == "") return;
  ASSERT_OK_AND_ASSIGN(const SecretKey key, SecretKey::FromSeed(VectorBytes(v, "seed")));
  EXPECT_EQ(key.Sign(pae).ToHex(), v.at("signature"));
}

INSTANTIATE_TEST_SUITE_P(Vectors, DsseVectorTest, ::testing::ValuesIn(LoadVectors("dsse.json")),
                         VectorName);

TEST(PreAuthEncodingTest, TypeAndBodyCannotTradeBytes) {
  EXPECT_NE(PreAuthEncoding("a 1", AsBytes("b")), PreAuthEncoding("a", AsBytes("1 b")));
  EXPECT_NE(PreAuthEncoding("", AsBytes(" ")), PreAuthEncoding(" ", AsBytes("")));
}

}  // namespace
}  // namespace parley
