#include "crypto/encoding.h"

#include "crypto/hash.h"
#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using testing::IsOk;
using testing::kInvalid;
using testing::StatusIs;

Bytes Sample() {
  return Encoder("parley/test/v1").U8(7).U32(0x01020304).U64(0x0102030405060708).Var("ab").Take();
}

// The bytes themselves: to change them is to change every signed format.
TEST(EncoderTest, BytesAreFixed) {
  EXPECT_EQ(HexEncode(Sample()),
            "0000000e"
            "7061726c65792f746573742f7631"
            "07"
            "01020304"
            "0102030405060708"
            "00000002"
            "6162");
  EXPECT_EQ(HexEncode(Encoder().Raw(Bytes{1, 2}).Fixed(BlockId()).bytes()),
            "0102" + std::string(64, '0'));
  EXPECT_EQ(HexEncode(Encoder().Var("").bytes()), "00000000");
}

TEST(DecoderTest, ReadsWhatEncoderWrote) {
  const Bytes bytes = Sample();
  Decoder in(bytes);
  EXPECT_THAT(in.Domain("parley/test/v1"), IsOk());
  EXPECT_EQ(in.U8().value(), 7);
  EXPECT_EQ(in.U32().value(), 0x01020304u);
  EXPECT_EQ(in.U64().value(), 0x0102030405060708u);
  EXPECT_THAT(in.Finish(), StatusIs(kInvalid, "6 bytes follow the end"));
  EXPECT_EQ(AsText(in.Var(2).value()), "ab");
  EXPECT_THAT(in.Finish(), IsOk());
  EXPECT_EQ(in.remaining(), 0u);
}

TEST(DecoderTest, RefusesAnotherDomain) {
  const Bytes bytes = Sample();
  EXPECT_THAT(Decoder(bytes).Domain("parley/test/v2"), StatusIs(kInvalid));
  EXPECT_THAT(Decoder(bytes).Domain("parley/test/v"), StatusIs(kInvalid));
  EXPECT_THAT(Decoder(bytes).Domain(""), StatusIs(kInvalid));
  EXPECT_THAT(Decoder({}).Domain("x"), StatusIs(kInvalid));
}

TEST(DecoderTest, EveryCutIsRefused) {
  const Bytes bytes = Sample();
  for (size_t size = 0; size < bytes.size(); ++size) {
    Decoder in(ByteSpan(bytes).first(size));
    const bool ok = in.Domain("parley/test/v1").ok() && in.U8().ok() && in.U32().ok() &&
                    in.U64().ok() && in.Var(2).ok();
    EXPECT_FALSE(ok) << size;
  }
}

TEST(DecoderTest, LengthsAreCheckedBeforeAnythingIsRead) {
  const Bytes huge = {0xff, 0xff, 0xff, 0xff, 1, 2};
  EXPECT_THAT(Decoder(huge).Var(1000), StatusIs(kInvalid));             // over the limit
  EXPECT_THAT(Decoder(huge).Var(size_t{1} << 40), StatusIs(kInvalid));  // over what is there
  const Bytes three = {0, 0, 0, 3, 1, 2, 3};
  EXPECT_THAT(Decoder(three).Var(2), StatusIs(kInvalid));
  EXPECT_EQ(Decoder(three).Var(3).value().size(), 3u);
}

TEST(DecoderTest, FixedWantsItsSize) {
  const Bytes bytes(32, 1);
  EXPECT_EQ(Decoder(bytes).Fixed<BlockId>().value().ToHex(), std::string(HexEncode(bytes)));
  EXPECT_THAT(Decoder(ByteSpan(bytes).first(31)).Fixed<BlockId>(), StatusIs(kInvalid));
}

TEST(BigEndian64Test, ByteOrderIsNumericOrder) {
  EXPECT_LT(BigEndian64(255), BigEndian64(256));
  EXPECT_LT(BigEndian64(0x7fffffffffffffff), BigEndian64(0x8000000000000000));
  for (const uint64_t v : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}})
    EXPECT_EQ(ParseBigEndian64(BigEndian64(v)).value(), v);
  EXPECT_THAT(ParseBigEndian64("1234567"), StatusIs(kInvalid));
  EXPECT_THAT(ParseBigEndian64("123456789"), StatusIs(kInvalid));
}

}  // namespace
}  // namespace parley
