#pragma once

// Outbox files: signed records on their way to a node, in a folder or on a stick. One format for
// both (domain "parley/outbox/v1", crypto/encoding.h):
//
//   Var("parley/outbox/v1")  ledger_id[32]  U32 count (1..kOutboxRecordsMax)  count x Var(envelope)
//
// Every envelope is a well-formed record of that ledger. Records of one key stand together, keys
// ascending, each key's records in sequence without a gap, each naming the one before it. What
// reads so is still not verified: whoever receives a record checks its signature.
//
// Beside it the head of an author's chain (domain "parley/outbox-head/v1"):
//
//   Var("parley/outbox-head/v1")  ledger_id[32]  key_id[8]  U64 sequence  record_id[32]

#include <string>
#include <string_view>
#include <vector>

#include "ledger/record/record.h"

namespace parley::cli {

inline constexpr size_t kOutboxRecordsMax = 10'000;
inline constexpr size_t kOutboxBytesMax = 64 << 20;

// INVALID_ARGUMENT names the record (from 1) and what is wrong; RESOURCE_EXHAUSTED for the limits.
StatusOr<std::vector<record::ParsedRecord>> ParseOutboxFile(std::string_view bytes);
// Records sorted as above (by key id, sequence); at least one, all of one ledger.
std::string SerializeOutboxFile(const std::vector<record::ParsedRecord>& records);

// Where an author's chain stands: the last record that was signed here or is known to a node.
struct AuthorHead {
  LedgerId ledger;
  KeyId key;
  uint64_t sequence = 0;  // 0: none yet, and previous is zero
  RecordId previous;
};
StatusOr<AuthorHead> ParseAuthorHead(std::string_view bytes);
std::string SerializeAuthorHead(const AuthorHead& head);

}  // namespace parley::cli
