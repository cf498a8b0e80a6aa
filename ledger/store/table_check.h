#pragma once

// The footers of table files. They say how a file is to be read and have no checksum of their own:
// RocksDB would read a good file by the wrong rules, and may abort the process over it.

#include <string>

#include "base/status.h"

namespace parley::store {

// OK when the file ends as those do that this program writes (options.cc: block-based, XXH3, format
// 5). DATA_LOSS names the file; NOT_FOUND when there is none, UNAVAILABLE when it cannot be read.
Status CheckTableFooter(const std::string& path);

}  // namespace parley::store
