#include "base/status.h"

#include <memory>

#include "base/check.h"
#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using testing::IsOk;
using testing::StatusIs;

Status Check(bool ok) { return ok ? absl::OkStatus() : NotFound("no such thing"); }
StatusOr<std::unique_ptr<int>> Make(bool ok) {
  if (!ok) return DataLoss("gone");
  return std::make_unique<int>(7);
}

Status Bare(bool ok) {
  RETURN_IF_ERROR(Check(ok));
  return absl::OkStatus();
}
Status WithContext(bool ok) {
  RETURN_IF_ERROR(Check(ok), "entry {} of {}", 3, "north");
  return absl::OkStatus();
}
StatusOr<int> Assigned(bool ok) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> value, Make(ok), "step {}", 2);
  ASSIGN_OR_RETURN(const std::unique_ptr<int> again, Make(true));
  return *value + *again;
}

TEST(StatusMacrosTest, OkPasses) {
  EXPECT_THAT(Bare(true), IsOk());
  EXPECT_THAT(WithContext(true), IsOk());
  EXPECT_EQ(Assigned(true).value(), 14);
}

TEST(StatusMacrosTest, FailureReturnsWithItsCodeAndContext) {
  EXPECT_THAT(Bare(false), StatusIs(absl::StatusCode::kNotFound, "no such thing"));
  EXPECT_THAT(WithContext(false),
              StatusIs(absl::StatusCode::kNotFound, "entry 3 of north: no such thing"));
  EXPECT_THAT(Assigned(false), StatusIs(absl::StatusCode::kDataLoss, "step 2: gone"));
}

TEST(StatusMacrosTest, ExpressionIsEvaluatedOnce) {
  int calls = 0;
  const auto run = [&calls]() -> Status {
    RETURN_IF_ERROR((++calls, Check(true)), "call {}", calls);
    return absl::OkStatus();
  };
  EXPECT_THAT(run(), IsOk());
  EXPECT_EQ(calls, 1);
}

TEST(AnnotateTest, OkStaysOk) { EXPECT_THAT(Annotate(absl::OkStatus(), "context"), IsOk()); }

TEST(AnnotateTest, BracesInMessagesAreText) {
  EXPECT_THAT(Annotate(InvalidArgument("{} {0}"), "{}"),
              StatusIs(absl::StatusCode::kInvalidArgument, "{}: {} {0}"));
}

TEST(CheckDeathTest, FailedCheckAborts) {
  EXPECT_DEATH(PARLEY_CHECK(1 + 1 == 3), "1 \\+ 1 == 3");
  PARLEY_CHECK(1 + 1 == 2);
}

}  // namespace
}  // namespace parley
