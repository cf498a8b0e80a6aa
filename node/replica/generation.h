#pragma once

// Notices that the database is not the one this member ran last: a copy restored from a backup, or
// an empty one after a loss. Such a node may have signed votes that it does not know, so it must
// not vote (docs/consensus.md, D16).
//
// The database counts its starts; the same count stands in a small file beside its directory
// ("<dir>.generation"). A database behind its file is an older copy. A file restored together with
// the database cannot be noticed, nor can the loss of both.

#include <string>

#include "ledger/store/store.h"

namespace parley::replica {

// Compares, counts this start, and returns why the node must not vote; empty when it may. What was
// found once holds for ever for this database.
StatusOr<std::string> CountStart(store::Store& store, bool new_database);

}  // namespace parley::replica
