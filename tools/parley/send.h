#pragma once

// From an act to an entry: build the record, sign it, keep it in the outbox, send it, wait.

#include <string>
#include <vector>

#include "node/rpc/client.h"
#include "tools/parley/outbox.h"
#include "tools/parley/output.h"
#include "tools/parley/session.h"

namespace parley::cli {

// Who signs, under which officer name ("root" for a member's root key).
struct Author {
  const SecretKey* key;  // borrowed
  std::string officer;
};

// A record of this author that continues its chain; everything but the act and what the form set.
// An empty nonce is filled with random bytes.
void CompleteRecord(const Session& session, const Author& author, const AuthorHead& head,
                    v1::Record* record);

// The head to go on from: the outbox's, moved forward to the node's when `client` is given.
StatusOr<AuthorHead> NextHead(Outbox& outbox, const KeyId& key, rpc::Client* client);

struct Sent {
  record::ParsedRecord record;
  v1::SubmitResult result;
};

struct SendReport {
  std::vector<Sent> sent;  // in order; the last one may be a refusal
  Status refusal;          // OK unless the node refused a record; the rest was not sent then
  bool all_final = true;
};

// Sends records in order, in messages of at most kSubmitRecordsMax. UNAVAILABLE and the like are
// returned as they are: records may or may not have arrived, and sending again is safe.
// `progress` may be null.
StatusOr<SendReport> SendRecords(rpc::Client& client,
                                 const std::vector<record::ParsedRecord>& records, bool wait_final,
                                 std::chrono::milliseconds timeout, ProgressBar* progress);

// Sends what waits in the outbox (of one key, or all when null) and forgets what is final.
StatusOr<SendReport> SendQueued(Session& session, Outbox& outbox, const KeyId* key, bool wait_final,
                                ProgressBar* progress);

// A refusal that may pass (the node is full or stopping): the record stays where it is.
bool IsTemporary(const Status& refusal);

// {"record_id", "sequence", "act", "state": "final"|"pending", "index", "time_ms", ...}.
Json SentJson(const Sent& sent);

}  // namespace parley::cli
