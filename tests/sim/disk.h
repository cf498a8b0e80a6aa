#pragma once

// What one simulated node has on disk. A batch is applied whole, when its sync completes. When a
// seal becomes durable, the votes and certificates of its epoch go with it.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "node/consensus/core.h"
#include "tests/sim/era.h"

namespace parley::sim {

struct Batch {  // of one Step: writes first, then what may leave the node
  consensus::Effects effects;
  std::shared_ptr<const Era> era;  // that the step belongs to
};

class Disk {
 public:
  // The number is the first view of a range.
  using VoteKey = std::tuple<consensus::Epoch, consensus::View, consensus::VoteKind, uint64_t>;
  static VoteKey KeyOf(const consensus::Vote& vote) {
    return {vote.epoch, vote.view, vote.kind, ToInt(vote.first)};
  }

  void Apply(const Batch& batch);
  // What is stored of this epoch.
  consensus::Restored Restore(const Era& era) const;
  // The epoch that the ledger has reached.
  std::shared_ptr<const Era> EraNow(const std::vector<ToyMember>& first_members) const;

  // Keeps only what was delivered: the rest cannot be trusted.
  void DropUndelivered();
  // The vote, if this node has it durably.
  bool HasVote(const consensus::SignedVote& vote) const;
  bool HasRecord(const std::string& record) const { return final_records.contains(record); }

  std::map<VoteKey, consensus::SignedVote> votes;
  std::map<VoteKey, consensus::Certificate> certificates;
  std::map<std::string, consensus::persist::StoredSlot> slots;  // by slot id bytes
  std::map<BlockId, consensus::Block> blocks;                   // not delivered
  std::vector<consensus::Deliver> ledger;                       // heights 1, 2, ...
  std::vector<consensus::Evidence> evidence;
  std::set<std::string> pending;        // accepted records that are not final
  std::set<std::string> final_records;  // of the ledger
  consensus::Epoch pruned_epoch{};
  consensus::View pruned{};  // in that epoch

 private:
  void Write(const consensus::persist::MyVote& p);
  void Write(const consensus::persist::StoredSlot& p);
  void Write(const consensus::persist::StoredBlock& p);
  void Write(const consensus::persist::DroppedBlock& p) { blocks.erase(p.id); }
  void Write(const consensus::persist::StoredCertificate& p);
  void Write(const consensus::persist::StoredEvidence& p);
  void Write(const consensus::persist::Prune& p);
  void Append(const consensus::Deliver& d);
};

}  // namespace parley::sim
