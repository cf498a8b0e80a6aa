#pragma once

// What an errno value means, in words. std::strerror may share one buffer among threads; this does
// not.

#include <string>
#include <system_error>

namespace parley {

inline std::string ErrnoText(int error) { return std::generic_category().message(error); }

}  // namespace parley
