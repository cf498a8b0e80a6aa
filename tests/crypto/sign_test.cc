#include "crypto/sign.h"

#include <ostream>
#include <type_traits>

#include "crypto/hash.h"
#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using testing::StatusIs;

// A secret key is never copied, printed, compared, or taken from or turned into other bytes.
template <class T>
concept Printable = requires(std::ostream& out, const T& t) {
  out << t;
};
template <class T>
concept HasEquality = requires(const T& a, const T& b) {
  a == b;
};
static_assert(!std::is_copy_constructible_v<SecretKey>);
static_assert(!std::is_copy_assignable_v<SecretKey>);
static_assert(std::is_nothrow_move_constructible_v<SecretKey>);
static_assert(!std::is_default_constructible_v<SecretKey>);
static_assert(!std::is_constructible_v<SecretKey, Bytes>);
static_assert(!std::is_constructible_v<SecretKey, std::array<uint8_t, 32>>);
static_assert(!std::is_convertible_v<SecretKey, PublicKey>);
static_assert(!std::is_convertible_v<SecretKey, ByteSpan>);
static_assert(!std::is_convertible_v<SecretKey, std::string>);
static_assert(!HasEquality<SecretKey>);
static_assert(!Printable<SecretKey>);
static_assert(!fmt::is_formattable<SecretKey>::value);
static_assert(!std::is_convertible_v<PublicKey, Hash>);

TEST(SecretKeyTest, SignsForItsPublicKeyOnly) {
  const SecretKey key = SecretKey::Generate();
  const SecretKey other = SecretKey::Generate();
  const Signature signature = key.Sign(AsBytes("message"));
  EXPECT_TRUE(Verify(key.public_key(), AsBytes("message"), signature));
  EXPECT_FALSE(Verify(other.public_key(), AsBytes("message"), signature));
  EXPECT_FALSE(Verify(key.public_key(), AsBytes("message "), signature));
  EXPECT_FALSE(Verify(key.public_key(), {}, signature));
  EXPECT_FALSE(Verify(PublicKey(), AsBytes("message"), signature));
  EXPECT_FALSE(Verify(key.public_key(), AsBytes("message"), Signature()));
}

TEST(SecretKeyTest, EveryFlippedBitIsRefused) {
  const SecretKey key = SecretKey::FromSeed(Bytes(32, 3)).value();
  const Signature signature = key.Sign(AsBytes("m"));
  for (size_t bit = 0; bit < 512; ++bit) {
    std::array<uint8_t, 64> changed{};
    std::copy(signature.bytes().begin(), signature.bytes().end(), changed.begin());
    changed[bit / 8] = static_cast<uint8_t>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(Verify(key.public_key(), AsBytes("m"), Signature(changed))) << bit;
  }
}

TEST(SecretKeyTest, GeneratedKeysDiffer) {
  EXPECT_NE(SecretKey::Generate().public_key(), SecretKey::Generate().public_key());
}

TEST(SecretKeyTest, MovingKeepsTheKey) {
  SecretKey key = SecretKey::FromSeed(Bytes(32, 3)).value();
  const Signature before = key.Sign(AsBytes("m"));
  const SecretKey moved = std::move(key);
  EXPECT_EQ(moved.Sign(AsBytes("m")), before);
  EXPECT_EQ(Bytes(moved.InsecureSeed().begin(), moved.InsecureSeed().end()), Bytes(32, 3));
}

TEST(SecretKeyTest, SeedHasItsSize) {
  EXPECT_THAT(SecretKey::FromSeed(Bytes(31)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SecretKey::FromSeed(Bytes(33)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SecretKey::FromSeed({}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SecretKeyDeathTest, MemoryIsReadOnly) {
  const SecretKey key = SecretKey::FromSeed(Bytes(32, 3)).value();
  EXPECT_DEATH(*const_cast<uint8_t*>(key.InsecureSeed().data()) = 1, "");
}

TEST(KeyIdTest, IsTheStartOfTheDigest) {
  const PublicKey key = SecretKey::FromSeed(Bytes(32, 0xa0)).value().public_key();
  EXPECT_EQ(KeyIdOf(key).ToHex(), Sha256(key.bytes()).ToHex().substr(0, 16));
}

TEST(FingerprintTest, IsEightGroupsOfTheDigest) {
  EXPECT_EQ(FingerprintOf(AsBytes("abc")), "ba78-16bf-8f01-cfea-4141-40de-5dae-2223");
  const PublicKey key;
  EXPECT_EQ(FingerprintOf(key), FingerprintOf(ByteSpan(key.bytes())));
}

TEST(RandomBytesTest, HaveTheirSizeAndDiffer) {
  EXPECT_EQ(RandomBytes(0).size(), 0u);
  EXPECT_EQ(RandomBytes(33).size(), 33u);
  EXPECT_NE(RandomBytes(32), RandomBytes(32));
}

}  // namespace
}  // namespace parley
