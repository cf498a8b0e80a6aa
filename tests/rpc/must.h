#pragma once

// For fixtures, which have no test to fail: ends the test program, with the error, when one is not
// OK.

#include <cstdlib>
#include <iostream>
#include <utility>

#include "base/status.h"

namespace parley::rpc::testing {

inline void Must(const Status& status) {
  if (status.ok()) return;
  std::cerr << status << '\n';
  std::abort();
}
template <typename T>
T Must(StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

}  // namespace parley::rpc::testing
