#pragma once

// Opening a database: directory, lock, logs, column families, format version. For store.cc only.

#include "ledger/store/rocks.h"

namespace parley::store {

// The version of everything this folder writes; raised whenever bytes of any family change, also
// those of blocks, certificates and the rules' state inside them. A program reads its own version
// only: there is no conversion, because every node can fetch the ledger again from the others.
//   1  block headers without a seal, no versions of the charter in the state
//   2  a seal in block headers; charters that were in force in the state
//   3  proofs of misbehaviour in blocks; what was proven, and where epochs began, in the state
inline constexpr uint64_t kFormatVersion = 4;

// Makes the directory (0700) and an empty database when there is none and the mode allows it;
// checks the logs; opens. See Store::Open for errors.
Status OpenRocks(Database& db);

// NOT_FOUND in a database that holds nothing yet; FAILED_PRECONDITION, with what to do, when it was
// written by an older or newer program; DATA_LOSS when unreadable, or missing though there are
// entries.
Status CheckFormat(const Store& store);
Status WriteFormat(Store& store);

}  // namespace parley::store
