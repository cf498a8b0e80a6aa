#include "ledger/record/intake.h"

#include "tests/support/status_matchers.h"

namespace parley::record {
namespace {

using ::parley::testing::StatusIs;
using ::testing::HasSubstr;
using Code = absl::StatusCode;

SecretKey KeyOf(uint8_t n) { return SecretKey::FromSeed(Bytes(32, n)).value(); }

IntakeReceipt MakeReceipt() {
  IntakeReceipt r;
  r.ledger_id = Sha256<LedgerId>(AsBytes("ledger"));
  r.record = Sha256<RecordId>(AsBytes("record"));
  r.member = "north";
  r.received_at = TimeMs{1'700'000'000'000};
  r.ledger_size = 42;
  r.deadline = TimeMs{1'700'000'600'000};
  return r;
}

TEST(IntakeReceiptTest, RoundTripsAndVerifies) {
  const SecretKey key = KeyOf(1);
  const std::string bytes = SignIntakeReceipt(MakeReceipt(), key);
  ASSERT_OK_AND_ASSIGN(const IntakeReceipt got, ParseIntakeReceipt(bytes));
  EXPECT_OK(VerifyIntakeReceipt(got, key.public_key()));
  IntakeReceipt want = MakeReceipt();
  want.signature = got.signature;
  EXPECT_EQ(got, want);
}

TEST(IntakeReceiptTest, AnotherKeyIsRefused) {
  ASSERT_OK_AND_ASSIGN(const IntakeReceipt got,
                       ParseIntakeReceipt(SignIntakeReceipt(MakeReceipt(), KeyOf(1))));
  EXPECT_THAT(VerifyIntakeReceipt(got, KeyOf(2).public_key()),
              StatusIs(Code::kUnauthenticated, HasSubstr("\"north\"")));
}

TEST(IntakeReceiptTest, EveryChangedFieldIsRefused) {
  const SecretKey key = KeyOf(1);
  ASSERT_OK_AND_ASSIGN(const IntakeReceipt got,
                       ParseIntakeReceipt(SignIntakeReceipt(MakeReceipt(), key)));
  std::vector<IntakeReceipt> changed(6, got);
  changed[0].ledger_id = Sha256<LedgerId>(AsBytes("other"));
  changed[1].record = Sha256<RecordId>(AsBytes("other"));
  changed[2].member = "south";
  changed[3].received_at = TimeMs{1'700'000'000'001};
  changed[4].ledger_size = 43;
  changed[5].deadline = TimeMs{1'700'000'600'001};
  for (const IntakeReceipt& r : changed)
    EXPECT_THAT(VerifyIntakeReceipt(r, key.public_key()), StatusIs(Code::kUnauthenticated));
}

TEST(IntakeReceiptTest, EveryFlippedByteIsRefused) {
  const SecretKey key = KeyOf(1);
  const std::string good = SignIntakeReceipt(MakeReceipt(), key);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const StatusOr<IntakeReceipt> got = ParseIntakeReceipt(bad);
    const Status s = got.ok() ? VerifyIntakeReceipt(*got, key.public_key()) : got.status();
    EXPECT_FALSE(s.ok()) << "byte " << i;
  }
}

TEST(IntakeReceiptTest, CutOrLongBytesAreRefused) {
  const std::string good = SignIntakeReceipt(MakeReceipt(), KeyOf(1));
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_THAT(ParseIntakeReceipt(good.substr(0, size)), StatusIs(Code::kInvalidArgument)) << size;
  EXPECT_THAT(ParseIntakeReceipt(good + "x"), StatusIs(Code::kInvalidArgument));
}

TEST(IntakeReceiptTest, FieldsOutOfRangeAreNamed) {
  const SecretKey key = KeyOf(1);
  IntakeReceipt r = MakeReceipt();
  r.member = "North!";
  EXPECT_THAT(ParseIntakeReceipt(SignIntakeReceipt(r, key)),
              StatusIs(Code::kInvalidArgument, HasSubstr("member")));
  r = MakeReceipt();
  r.deadline = TimeMs{ToInt(r.received_at) - 1};
  EXPECT_THAT(ParseIntakeReceipt(SignIntakeReceipt(r, key)),
              StatusIs(Code::kInvalidArgument, HasSubstr("deadline_ms")));
  r = MakeReceipt();
  r.received_at = r.deadline = TimeMs{ToInt(kTimeMax) + 1};
  EXPECT_THAT(ParseIntakeReceipt(SignIntakeReceipt(r, key)),
              StatusIs(Code::kInvalidArgument, HasSubstr("received_at_ms")));
}

// Moves when the format moves: then the version in the domain must move too.
TEST(IntakeReceiptTest, BytesAreStable) {
  const std::string bytes = SignIntakeReceipt(MakeReceipt(), KeyOf(1));
  EXPECT_EQ(Sha256(AsBytes(bytes)).ToHex(),
            "16eef146d798143bc65863fffc699d163dc0a0ac94d64eb3108b186e1c5ce48d");
}

}  // namespace
}  // namespace parley::record
