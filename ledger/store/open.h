#pragma once

// Opening a database: directory, lock, logs, column families, format version. For store.cc only.

#include "ledger/store/rocks.h"

namespace parley::store {

// The version of everything this folder writes.
inline constexpr uint64_t kFormatVersion = 1;

// Makes the directory (0700) and an empty database when there is none and the mode allows it;
// checks the logs; opens. See Store::Open for errors.
Status OpenRocks(Database& db);

// NOT_FOUND in a database that holds nothing yet; FAILED_PRECONDITION when newer than this program;
// DATA_LOSS when unreadable, or missing though there are entries.
Status CheckFormat(const Store& store);
Status WriteFormat(Store& store);

}  // namespace parley::store
