#pragma once

// Words of the policy grammar. Included by .cc files of this folder only.

#include <algorithm>
#include <string_view>

namespace parley::note {

inline constexpr std::string_view kPolicyNone = "none";

// Words with a meaning somewhere in the grammar, and numbers.
inline bool IsPolicyKeyword(std::string_view name) {
  for (const std::string_view word : {"log", "witness", "group", "quorum", "all", "any"})
    if (name == word) return true;
  return name == kPolicyNone ||
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace parley::note
