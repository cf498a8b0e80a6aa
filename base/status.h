#pragma once

// Errors across the whole project. Functions return absl::Status or absl::StatusOr and never throw.
// Each code has one meaning:
//   INVALID_ARGUMENT     bad input (file, flag, message)
//   NOT_FOUND            no such thing
//   ALREADY_EXISTS       it is there and will not be replaced
//   FAILED_PRECONDITION  right input, wrong state (an act that is not legal now)
//   UNAUTHENTICATED      a signature or certificate does not verify
//   PERMISSION_DENIED    policy says no
//   DATA_LOSS            our own stored bytes are wrong
//   RESOURCE_EXHAUSTED   a limit of base/limits.h was hit
//   UNAVAILABLE          try again later
//   DEADLINE_EXCEEDED    it took too long
//   INTERNAL             a bug of ours
// Messages say what was wanted, what was got and where; never secrets or narratives.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parley {

using absl::Status;
using absl::StatusOr;

// Debian's Abseil has its own string_view; these take fmt's strings so that no caller has to care.
inline Status InvalidArgument(const std::string& m) { return absl::InvalidArgumentError(m); }
inline Status NotFound(const std::string& m) { return absl::NotFoundError(m); }
inline Status AlreadyExists(const std::string& m) { return absl::AlreadyExistsError(m); }
inline Status FailedPrecondition(const std::string& m) { return absl::FailedPreconditionError(m); }
inline Status Unauthenticated(const std::string& m) { return absl::UnauthenticatedError(m); }
inline Status PermissionDenied(const std::string& m) { return absl::PermissionDeniedError(m); }
inline Status DataLoss(const std::string& m) { return absl::DataLossError(m); }
inline Status ResourceExhausted(const std::string& m) { return absl::ResourceExhaustedError(m); }
inline Status Unavailable(const std::string& m) { return absl::UnavailableError(m); }
inline Status Internal(const std::string& m) { return absl::InternalError(m); }

// The message as a std::string (absl::Status::message() is not a std::string_view here).
inline std::string MessageOf(const Status& s) { return std::string(s.message()); }

// The same status with "context: " in front of its message; OK stays OK.
Status Annotate(const Status& status, const std::string& context);

namespace internal {
inline Status Contextualize(Status s) { return s; }
template <typename... Args>
Status Contextualize(const Status& s, fmt::format_string<Args...> format, Args&&... args) {
  return Annotate(s, fmt::format(format, std::forward<Args>(args)...));
}
}  // namespace internal

#define PARLEY_STATUS_CONCAT_(a, b) a##b
#define PARLEY_STATUS_CONCAT(a, b) PARLEY_STATUS_CONCAT_(a, b)

// RETURN_IF_ERROR(expr) or RETURN_IF_ERROR(expr, "entry {}", index): returns a failed status, with
// the context in front.
#define RETURN_IF_ERROR(expr, ...)                                                         \
  do {                                                                                     \
    ::absl::Status parley_status_ = (expr);                                                \
    if (!parley_status_.ok())                                                              \
      return ::parley::internal::Contextualize(parley_status_ __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)

// ASSIGN_OR_RETURN(const Foo foo, MakeFoo(), "foo {}", name)
#define ASSIGN_OR_RETURN(lhs, expr, ...)                                    \
  PARLEY_ASSIGN_OR_RETURN_(PARLEY_STATUS_CONCAT(parley_or_, __LINE__), lhs, \
                           expr __VA_OPT__(, ) __VA_ARGS__)
#define PARLEY_ASSIGN_OR_RETURN_(tmp, lhs, expr, ...)                                  \
  auto tmp = (expr);                                                                   \
  if (!tmp.ok())                                                                       \
    return ::parley::internal::Contextualize(tmp.status() __VA_OPT__(, ) __VA_ARGS__); \
  lhs = std::move(*tmp)

}  // namespace parley
