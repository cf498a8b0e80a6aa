#pragma once

// Records that an attacker makes: in the names of others, and its own officers', in order and as
// fast as they go.

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/record/record.h"
#include "ledger/rules/charter.h"
#include "node/config/node_config.h"
#include "node/replica/replica.h"

namespace parley::byzantine {

struct AttackKeys {
  std::vector<SecretKey> node;  // the first one is that of the configuration
  std::map<std::string, SecretKey> officers;
  std::optional<SecretKey> root;
};

// The configured node keys and as many more as it may change to, always the same ones; the root key
// and officers' keys that lie in `folder`, which may be empty.
StatusOr<AttackKeys> LoadAttackKeys(const NodeConfig& config, const std::string& folder);
// The same further node keys, for its replica.
std::vector<SecretKey> FurtherNodeKeys(const std::string& member);

// Signed by its own officer, of an officer of the victim, of a member that does not exist, and of
// its own officer far ahead. Not thread-safe.
class Junk {
 public:
  // Borrows the charter.
  Junk(const rules::Charter& charter, std::string member, std::string victim)
      : charter_(charter), member_(std::move(member)), victim_(std::move(victim)) {}

  void SetSigner(std::string officer, const SecretKey& key);
  // A tenth of them are new each time: signing costs the attacker, too.
  std::vector<std::string> Some(size_t count);

 private:
  std::string Next();

  const rules::Charter& charter_;
  const std::string member_;
  const std::string victim_;
  std::string officer_;
  const SecretKey* key_ = nullptr;
  uint64_t made_ = 0;
  size_t at_ = 0;
  std::vector<std::string> kept_;
};

// The records of one officer, ahead of the ledger as far as nodes take them, with gaps that are
// filled later. Not thread-safe.
class OwnChain {
 public:
  // Borrows charter and key.
  OwnChain(const rules::Charter& charter, std::string member, std::string officer,
           const SecretKey& key)
      : charter_(charter), member_(std::move(member)), officer_(std::move(officer)), key_(key) {}

  // What is to be sent now.
  void AddReports(const replica::Replica& replica, std::vector<std::string>* batch);
  void Add(const replica::Replica& replica, v1::Record body, std::vector<std::string>* batch);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Sent {
    uint64_t sequence;
    RecordId id;
    std::string envelope;
  };
  // Forgets what the ledger has; says again, or drops, what does not get there.
  void Follow(const replica::Replica& replica, std::vector<std::string>* batch);
  std::string Next(v1::Record body);

  const rules::Charter& charter_;
  const std::string member_;
  const std::string officer_;
  const SecretKey& key_;
  uint64_t head_ = 0;
  RecordId head_id_;
  std::deque<Sent> ahead_;
  Time moved_{};
  Time repeated_{};
};

}  // namespace parley::byzantine
