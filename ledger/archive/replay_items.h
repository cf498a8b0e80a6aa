#pragma once

// Entries on their way through an audit's replay: read, decoded and verified in windows on all
// processors, so that the executor, which goes one by one, finds the signatures checked.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "ledger/archive/audit_run.h"
#include "ledger/record/record.h"
#include "ledger/rules/executor.h"
#include "parley/v1/entry.pb.h"

namespace parley::archive {

struct ReplayItem {
  uint64_t number = 0;
  bool present = false;  // bytes could be read
  bool damaged = false;  // proven to be other bytes than the members cosigned, and reported
  std::string bytes;
  EntryHash hash;
  std::optional<v1::Entry> entry;              // in canonical form
  std::optional<record::ParsedRecord> record;  // well formed
  bool known_key = false;
  bool signature_holds = false;
  Status status;  // why entry or record is absent
};

// Reads items in order. Keys are learnt from the charters and from EnrolKey records as they pass.
class ReplayReader {
 public:
  explicit ReplayReader(AuditRun& run);

  // Items [first, first + count), verified.
  std::vector<ReplayItem> Read(uint64_t first, size_t count);
  // What the executor asks: answered from what was verified, or verified now. Says yes to records
  // that are known to be damaged and were reported.
  rules::SignatureCheck Check() const;

 private:
  void Decode(ReplayItem* item) const;
  void LearnKey(const ReplayItem& item);

  AuditRun& run_;
  std::map<KeyId, PublicKey> keys_;
  std::unordered_set<std::string> verified_;  // of the newest window: id, signature, key
};

// The author's chain as the entries show it: numbers without a gap, each naming the one before.
class AuthorChains {
 public:
  explicit AuthorChains(AuditRun& run) : run_(run) {}
  // False when the record cannot be executed: its number was used before.
  bool Follow(const ReplayItem& item);

 private:
  struct Last {
    uint64_t sequence = 0;
    RecordId id;
    bool id_known = true;
  };
  AuditRun& run_;
  std::map<KeyId, Last> last_;
};

}  // namespace parley::archive
