#pragma once

// A whole accord for tests: fixed-seed keys, a signed charter, one officer for each member, and the
// records that they sign. The same options always give the same bytes.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crypto/sign.h"
#include "ledger/record/record.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/executor.h"

namespace parley::testing {

struct AccordOptions {
  std::string origin = "parley.example/test";
  std::string founded_at = "2025-10-19T00:00:00Z";
  bool verdict_without_verification = true;
  std::string deadlines;                               // text format inside "deadlines { ... }"
  std::string policies;                                // text format inside "policies { ... }"
  std::string timing;                                  // text format inside "timing { ... }"
  std::map<std::string, std::string> ca_certificates;  // DER by member; absent: a placeholder
  std::map<std::string, std::string> urls;
};

// An officer's (or root) key and its author chain.
class TestAuthor {
 public:
  TestAuthor(std::string member, std::string officer, SecretKey key)
      : member_(std::move(member)), officer_(std::move(officer)), key_(std::move(key)) {}

  const std::string& member() const { return member_; }
  const std::string& officer() const { return officer_; }
  const SecretKey& key() const { return key_; }
  KeyId key_id() const { return KeyIdOf(key_.public_key()); }
  uint64_t sequence = 0;  // of the last record
  RecordId previous;      // its id

 private:
  std::string member_;
  std::string officer_;
  SecretKey key_;
};

class TestAccord {
 public:
  // Parties are named "party-a", "party-b", ... and mediators "med-a", "med-b", ... (sorted, the
  // mediators come first); display names are in Arabic, Urdu and Turkish script. Every member has
  // one officer, "desk". Aborts when the options give no valid charter.
  static std::unique_ptr<TestAccord> Create(size_t parties, size_t mediators,
                                            const AccordOptions& options = {});

  const rules::Charter& charter() const { return *charter_; }
  std::vector<std::string> parties() const { return charter_->MembersOfRole(v1::PARTY); }
  std::vector<std::string> mediators() const { return charter_->MembersOfRole(v1::MEDIATOR); }
  // The key of one purpose: "root", "node", "cosigner" or an officer's name.
  static SecretKey KeyOf(std::string_view member, std::string_view purpose);

  // The author of a member; made when first asked for, with nothing written.
  TestAuthor& Author(const std::string& member, const std::string& officer = "desk");
  TestAuthor& Root(const std::string& member) { return Author(member, "root"); }

  // Fills in everything but act, case and references, signs, and moves the author's chain on.
  record::ParsedRecord Sign(TestAuthor& author, v1::Record body);
  // The same without moving the chain on: for records that will be refused.
  record::ParsedRecord SignOnly(const TestAuthor& author, v1::Record body) const;
  // Puts an author's chain back to where the ledger has it.
  static void Rewind(TestAuthor& author, const rules::StateView& state);

  // The text of the charter that `options` describe.
  static std::string CharterText(size_t parties, size_t mediators, const AccordOptions& options);

 private:
  TestAccord() = default;
  std::unique_ptr<rules::Charter> charter_;
  std::map<std::string, std::unique_ptr<TestAuthor>> authors_;
};

// Facts that every charter with the default catalogue takes: an incident that ended at `to`.
v1::IncidentFacts Facts(TimeMs to, const std::vector<std::string>& alleged_members);

// A ledger in memory: executes blocks on a flat state and remembers the entries.
class TestLedger {
 public:
  // Without a ProofCheck every proof of misbehaviour is refused.
  explicit TestLedger(const rules::Charter& charter, rules::ProofCheck proofs = nullptr);

  const rules::Executor& executor() const { return executor_; }
  const rules::MemoryState& state() const { return state_; }
  const rules::LedgerTip& tip() const { return tip_; }
  const std::vector<std::string>& entries() const { return entries_; }

  // One block of these records at `time`; OK, or why not (nothing is changed then).
  Status Add(TimeMs time, std::vector<record::ParsedRecord> records);
  Status AddBlock(TimeMs time, rules::BlockInput input);
  // A block of lapses alone.
  Status Lapse(TimeMs time) { return Add(time, {}); }
  const rules::ExecutedBlock& last() const { return last_; }

 private:
  rules::Executor executor_;
  rules::MemoryState state_;
  rules::LedgerTip tip_;
  std::vector<std::string> entries_;
  rules::ExecutedBlock last_;
};

}  // namespace parley::testing
