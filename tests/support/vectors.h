#pragma once

// Loads tests/vectors/<name> (see the README.md there) for parameterised tests.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "tests/support/places.h"

namespace parley::testing {

// The tests of one file. A missing or malformed file aborts the test program with what() of the
// exception; GoogleTest itself fails a suite whose list is empty.
inline std::vector<nlohmann::json> LoadVectors(const std::string& name) {
  std::ifstream in(SourceFile("tests/vectors/" + name));
  const nlohmann::json file = nlohmann::json::parse(in);
  return file.at("tests").get<std::vector<nlohmann::json>>();
}

inline std::string VectorName(const ::testing::TestParamInfo<nlohmann::json>& v) {
  return v.param.at("id");
}

// The bytes of a hex field.
inline Bytes VectorBytes(const nlohmann::json& test, const char* field) {
  return HexDecode(test.at(field).get<std::string>()).value();
}

}  // namespace parley::testing
