// Intake receipts as files and as answers.

#include "tools/parley/intake_file.h"

#include <gtest/gtest.h>

#include "crypto/sign.h"
#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using parley::testing::IsOk;
using parley::testing::StatusIs;
using ::testing::HasSubstr;

record::IntakeReceipt Example() {
  record::IntakeReceipt r;
  r.ledger_id = Sha256<LedgerId>(AsBytes("ledger"));
  r.record = Sha256<RecordId>(AsBytes("record"));
  r.member = "north";
  r.received_at = TimeMs{1'000};
  r.ledger_size = 7;
  r.deadline = TimeMs{61'000};
  return r;
}

class IntakeFileTest : public ::testing::Test {
 protected:
  const std::string bytes_ = record::SignIntakeReceipt(Example(), SecretKey::Generate());
};

TEST_F(IntakeFileTest, BytesAndHexAreTheSame) {
  const auto plain = ParseIntakeFile(bytes_);
  ASSERT_OK(plain);
  EXPECT_EQ(plain->record, Example().record);
  EXPECT_EQ(ParseIntakeFile(HexEncode(AsBytes(bytes_))).value(), *plain);
  EXPECT_EQ(ParseIntakeFile(HexEncode(AsBytes(bytes_)) + "\n").value(), *plain);
}

TEST_F(IntakeFileTest, AnythingElseIsRefused) {
  const std::string hex = HexEncode(AsBytes(bytes_));
  for (const std::string& bad :
       {std::string(), std::string("\n"), bytes_ + "\n", bytes_.substr(1), hex.substr(1),
        hex + "00", std::string("report.intake"), std::string(1'024, 'f')}) {
    EXPECT_THAT(ParseIntakeFile(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

TEST_F(IntakeFileTest, ANodesAnswerMustBeOfThisRecord) {
  const record::IntakeReceipt r = Example();
  EXPECT_THAT(CheckIntake(bytes_, r.ledger_id, r.record, "north"), IsOk());
  const auto wrong = StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("wanted one of"));
  EXPECT_THAT(CheckIntake(bytes_, r.ledger_id, r.record, "south"), wrong);
  EXPECT_THAT(CheckIntake(bytes_, r.ledger_id, RecordId(), "north"), wrong);
  EXPECT_THAT(CheckIntake(bytes_, LedgerId(), r.record, "north"), wrong);
  EXPECT_THAT(CheckIntake("", r.ledger_id, r.record, "north"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace parley::cli
