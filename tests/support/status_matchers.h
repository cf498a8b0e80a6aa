#pragma once

// IsOk() and StatusIs(code, message matcher) for GoogleTest: Debian's Abseil ships none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/status.h"

namespace parley::testing {

inline const Status& GetStatus(const Status& s) { return s; }
template <typename T>
const Status& GetStatus(const StatusOr<T>& s) {
  return s.status();
}

// The codes that tests name most: bad input, and what does not verify.
inline constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
inline constexpr auto kRefused = absl::StatusCode::kUnauthenticated;

MATCHER(IsOk, "is OK") {
  *result_listener << GetStatus(arg).ToString();
  return GetStatus(arg).ok();
}

MATCHER_P(StatusIs, code, "has the status code " + absl::StatusCodeToString(code)) {
  *result_listener << GetStatus(arg).ToString();
  return GetStatus(arg).code() == code;
}

MATCHER_P2(StatusIs, code, message, "has the status code and message") {
  *result_listener << GetStatus(arg).ToString();
  return GetStatus(arg).code() == code &&
         ::testing::ExplainMatchResult(message, MessageOf(GetStatus(arg)), result_listener);
}

}  // namespace parley::testing

#define EXPECT_OK(expr) EXPECT_THAT((expr), ::parley::testing::IsOk())
#define ASSERT_OK(expr) ASSERT_THAT((expr), ::parley::testing::IsOk())
// ASSERT_OK_AND_ASSIGN(auto x, MakeX());
#define ASSERT_OK_AND_ASSIGN(lhs, expr) \
  PARLEY_ASSERT_OK_AND_ASSIGN_(PARLEY_STATUS_CONCAT(parley_or_, __LINE__), lhs, expr)
#define PARLEY_ASSERT_OK_AND_ASSIGN_(tmp, lhs, expr) \
  auto tmp = (expr);                                 \
  ASSERT_OK(tmp);                                    \
  lhs = std::move(*tmp)
