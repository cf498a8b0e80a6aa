#pragma once

// Notices that the database is not the one this member ran last: a copy restored from a backup, or
// an empty one after a loss. Such a node may have signed votes that it does not know, so the keys
// it had must not vote again (docs/consensus.md, D16); a new key may.
//
// The database counts its starts, and every stretch of kVotesPerCount votes; the same count stands
// in a small file beside its directory ("<dir>.generation"). A database behind its file is an older
// copy, also one that was taken in the midst of a long run. A file restored together with the
// database cannot be noticed, nor can the loss of both; and of the last stretch the others tell
// (docs/consensus.md, "Asking before voting").

#include <string>
#include <vector>

#include "crypto/sign.h"
#include "ledger/store/store.h"

namespace parley::replica {

// Compares and counts this start. When something was lost, every key of `node_keys` is forbidden to
// vote, for ever as far as this database is concerned.
Status CountStart(store::Store& store, bool new_database, const std::vector<SecretKey>& node_keys);

inline constexpr uint64_t kVotesPerCount = 64;

// Counts one stretch more: in the batch, and, when that is committed, in the file.
StatusOr<uint64_t> CountStretch(const store::Store& store, store::Store::Batch* batch);
Status NoteStretch(const store::Store& store, uint64_t count);

// Why this key must not vote; empty when it may.
StatusOr<std::string> WhyNoVotes(const store::Store& store, const PublicKey& key);

// Makes it so once the batch is committed.
void ForbidVotes(const PublicKey& key, const std::string& why, store::Store::Batch* batch);

// Makes the next start of the database in `dir` find that it is an older copy: what a restored
// backup must be, whatever lies beside it. Writes the file only; a higher count stays in it.
Status MarkRestored(const std::string& dir, uint64_t count_in_database);
// The count in the database.
StatusOr<uint64_t> StartsOf(const store::Store& store);

}  // namespace parley::replica
