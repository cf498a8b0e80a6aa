#include "crypto/bytes.h"

#include <random>
#include <type_traits>

#include "crypto/hash.h"
#include "crypto/sign.h"
#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using testing::StatusIs;

// Kinds of bytes never stand for one another, and raw bytes are never taken by accident.
static_assert(!std::is_convertible_v<PublicKey, BlockId>);
static_assert(!std::is_convertible_v<RecordId, BlockId>);
static_assert(!std::is_convertible_v<Hash, BlockId>);
static_assert(!std::is_constructible_v<BlockId, RecordId>);
static_assert(!std::is_assignable_v<BlockId&, RecordId>);
static_assert(!std::is_convertible_v<std::array<uint8_t, 32>, BlockId>);
static_assert(!std::equality_comparable_with<RecordId, BlockId>);
static_assert(std::totally_ordered<BlockId>);

struct TextCase {
  const char* name;
  std::string text;
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
};
constexpr auto kOk = absl::StatusCode::kOk;

class HexTest : public ::testing::TestWithParam<TextCase> {};
TEST_P(HexTest, AcceptsTheCanonicalFormOnly) {
  const auto bytes = HexDecode(GetParam().text);
  EXPECT_EQ(bytes.status().code(), GetParam().code) << bytes.status();
  if (bytes.ok()) {
    EXPECT_EQ(HexEncode(*bytes), GetParam().text);
  }
}
INSTANTIATE_TEST_SUITE_P(Cases, HexTest,
                         ::testing::Values(TextCase{"Empty", "", kOk}, TextCase{"Zero", "00", kOk},
                                           TextCase{"All", "0123456789abcdef", kOk},
                                           TextCase{"UpperCase", "AB"}, TextCase{"MixedCase", "aB"},
                                           TextCase{"OddLength", "abc"}, TextCase{"NotHex", "0g"},
                                           TextCase{"Space", "0 "}, TextCase{"Prefix", "0x00"},
                                           TextCase{"Newline", "00\n\n"},
                                           TextCase{"Nul", std::string("0\0", 2)},
                                           TextCase{"HighBit", "\x80\xff"}),
                         [](const auto& c) { return c.param.name; });

class Base64Test : public ::testing::TestWithParam<TextCase> {};
TEST_P(Base64Test, AcceptsTheCanonicalFormOnly) {
  const auto bytes = Base64Decode(GetParam().text);
  EXPECT_EQ(bytes.status().code(), GetParam().code) << bytes.status();
  if (bytes.ok()) {
    EXPECT_EQ(Base64Encode(*bytes), GetParam().text);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Base64Test,
    ::testing::Values(TextCase{"Empty", "", kOk}, TextCase{"OneByte", "AA==", kOk},
                      TextCase{"TwoBytes", "AAA=", kOk}, TextCase{"ThreeBytes", "AAAA", kOk},
                      TextCase{"PlusAndSlash", "+/+/", kOk}, TextCase{"NoPadding", "AA"},
                      TextCase{"HalfPadding", "AA="}, TextCase{"OnlyPadding", "===="},
                      TextCase{"ThreePads", "A==="}, TextCase{"TooMuchPadding", "AAAA===="},
                      TextCase{"PaddingInside", "AA==AAAA"}, TextCase{"PadThenDigit", "AA=A"},
                      TextCase{"PaddingBits2", "AB=="}, TextCase{"PaddingBits1", "AAB="},
                      TextCase{"UrlSafe", "-_-_"}, TextCase{"Newline", "AAAA\n"},
                      TextCase{"NewlineInside", "AA\nA"}, TextCase{"Space", "AAA "},
                      TextCase{"Nul", std::string("AAA\0", 4)}, TextCase{"HighBit", "\xc3\xa9zz"},
                      TextCase{"FiveDigits", "AAAAA"}),
    [](const auto& c) { return c.param.name; });

TEST(Base64Test, Rfc4648Section10) {
  const std::pair<const char*, const char*> kTable[] = {{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : kTable) {
    EXPECT_EQ(Base64Encode(AsBytes(plain)), text);
    ASSERT_OK_AND_ASSIGN(const Bytes bytes, Base64Decode(text));
    EXPECT_EQ(AsText(bytes), plain);
  }
}

TEST(EncodingsTest, EveryLengthAndByteComesBack) {
  std::mt19937 random(1);  // its output is the same everywhere
  for (size_t size = 0; size < 300; ++size) {
    Bytes bytes(size);
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
    EXPECT_EQ(HexDecode(HexEncode(bytes)).value(), bytes);
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)).value(), bytes);
  }
}

TEST(FixedBytesTest, WantsExactlyItsSize) {
  EXPECT_EQ(BlockId::FromHex(std::string(64, 'a')).value().ToHex(), std::string(64, 'a'));
  EXPECT_THAT(BlockId::FromBytes(Bytes(31)),
              StatusIs(absl::StatusCode::kInvalidArgument, "block id: want 32 bytes, got 31"));
  EXPECT_THAT(BlockId::FromBytes(Bytes(33)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(BlockId::FromBytes(Bytes()), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(BlockId::FromHex(std::string(64, 'A')), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(BlockId::FromHex(std::string(63, 'a')), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(FixedBytesTest, ZeroOrderAndPrinting) {
  const BlockId zero;
  ASSERT_OK_AND_ASSIGN(const BlockId one, BlockId::FromHex(std::string(62, '0') + "01"));
  EXPECT_TRUE(zero.IsZero());
  EXPECT_FALSE(one.IsZero());
  EXPECT_LT(zero, one);
  EXPECT_EQ(fmt::format("{}", one), std::string(62, '0') + "01");
  EXPECT_EQ(one.ToString().size(), 32u);
}

}  // namespace
}  // namespace parley
