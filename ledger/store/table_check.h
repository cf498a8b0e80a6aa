#pragma once

// The footers of table files. They say how a file is to be read and have no checksum of their own:
// RocksDB would read a good file by the wrong rules, and may abort the process over it.

#include <string>

#include "base/status.h"

namespace parley::store {

// DATA_LOSS names a file that says to be a table, but of another kind than this program writes
// (options.cc: XXH3, format 5), or holds data where a footer is padded. OK for one that is no table
// at all: RocksDB finds that by itself, and only what lies in that file cannot be read then.
// NOT_FOUND when there is no such file, UNAVAILABLE when it cannot be read.
Status CheckTableFooter(const std::string& path);

}  // namespace parley::store
