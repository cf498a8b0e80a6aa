#pragma once

// Executes the ledger's blocks again and compares what comes out with what is held.
//
// After a difference the replay goes on with what is sound: the tip is taken from the held entries,
// and an author whose record could not be executed is put forward to the next one. From then on the
// state may differ from the members', so further differences are counted and reported once, under
// the first cause.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/archive/audit_run.h"
#include "ledger/archive/replay_items.h"
#include "ledger/archive/replayed.h"
#include "ledger/merkle/frontier.h"
#include "ledger/rules/executor.h"

namespace parley::archive {

struct BlockItem {
  ReplayItem item;
  bool executable = false;  // a record whose signature and number are good
};

// The proofs of misbehaviour among them.
std::vector<std::string> ProofsOf(const std::vector<BlockItem>& items);

class BlockReplay {
 public:
  BlockReplay(AuditRun& run, rules::SignatureCheck check);

  // The entries of one block, in order of their numbers.
  void Run(uint64_t height, uint64_t time_ms, std::vector<BlockItem> items);
  // Reports what was counted, lists suspect records, and hands over what came out.
  Replayed Finish();

 private:
  struct Refusal {
    RecordId id;
    Status status;
  };
  void RunGenesis(const std::vector<BlockItem>& items);
  rules::LedgerTip Parent(uint64_t height, uint64_t time_ms, uint64_t first) const;
  void PutForwardAuthors(const std::vector<record::ParsedRecord>& records);
  void PutForwardCases(const std::vector<BlockItem>& items);
  void Diagnose(std::vector<BlockItem> items, const rules::LedgerTip& parent, uint64_t time_ms);
  void EndAt(const ReplayItem& last, uint64_t time_ms);
  void CompareEvents(const std::vector<BlockItem>& items, const std::vector<v1::Entry>& executed,
                     const std::function<Status(const std::string&)>& check_proof);
  void CompareRecords(const std::vector<BlockItem>& items, const std::vector<v1::Entry>& executed,
                      const std::vector<Refusal>& refused);
  void Differs(const std::string& kind, const std::string& what, const BlockItem& at);
  void Count(const BlockItem& item);
  // Notes what the database must hold of the block, whatever executing it gives.
  void Note(uint64_t height, uint64_t time_ms, const std::vector<BlockItem>& items);
  bool AfterDamage(const ReplayItem& item) const;
  void SetDigest(uint64_t height, const StateDigest& digest);
  void ListSuspects();
  void ReportConsequences();

  AuditRun& run_;
  rules::Executor executor_;
  Replayed out_;
  rules::MemoryState& state_ = out_.state;
  rules::LedgerTip tip_;
  merkle::Frontier tree_;  // of the leaf hashes that count
  bool executes_ = true;
  std::optional<uint64_t> cause_;  // the first entry after which the state may differ
  uint64_t consequences_ = 0;      // differences after it
  uint64_t reported_ = 0;          // differences before it
  std::optional<uint64_t> first_consequence_;
  struct Written {
    uint64_t number;
    uint64_t time_ms;
  };
  std::map<KeyId, std::vector<Written>> by_key_;
};

}  // namespace parley::archive
