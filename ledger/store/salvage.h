#pragma once

// Reading rows of a damaged database without the checksums of its files. RocksDB does not expect
// that: on bytes that are no block it may abort the process (Debian builds it with assertions). So
// the reading happens in a child process, which hands over what it reads until it ends or dies; an
// attacker who damages a file can make rows unreadable, not an audit crash.
//
// The child is made by fork(): it uses the open database, starts no threads and ends with _exit.
// A child that hangs on a lock that another thread held at that moment is ended after 10 s without
// a row. Included by .cc files of this folder only.

#include <functional>
#include <string_view>

#include "ledger/store/store.h"

namespace parley::store {

// False when nobody wants more.
using Emit = std::function<bool(std::string_view key, std::string_view value)>;

// Runs `read` in a child and `fn` here for every row that it emits. Returns the status of either,
// or DATA_LOSS when the child died.
Status ReadInChild(const std::function<Status(const Emit&)>& read, const Snapshot::Visitor& fn);

}  // namespace parley::store
