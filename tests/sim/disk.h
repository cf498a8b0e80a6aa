#pragma once

// What one simulated node has on disk. A batch is applied whole, when its sync completes.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "node/consensus/core.h"

namespace parley::sim {

struct Batch {  // of one Step: writes first, then what may leave the node
  consensus::Effects effects;
};

class Disk {
 public:
  void Apply(const Batch& batch);
  consensus::Restored Restore(const consensus::Block& first) const;

  // The vote, if this node has it durably.
  bool HasVote(const consensus::SignedVote& vote) const;

  std::map<std::pair<consensus::View, consensus::VoteKind>, consensus::SignedVote> votes;
  std::map<std::pair<consensus::View, consensus::VoteKind>, consensus::Certificate> certificates;
  std::map<std::string, consensus::persist::StoredSlot> slots;  // by slot id bytes
  std::map<BlockId, consensus::Block> blocks;                   // not delivered
  std::vector<consensus::Deliver> ledger;                       // heights 1, 2, ...
  std::vector<consensus::Evidence> evidence;
  std::set<std::string> pending;  // accepted records that are not final
  consensus::View pruned{};

 private:
  void Write(const consensus::persist::MyVote& p);
  void Write(const consensus::persist::StoredSlot& p);
  void Write(const consensus::persist::StoredBlock& p);
  void Write(const consensus::persist::StoredCertificate& p);
  void Write(const consensus::persist::StoredEvidence& p);
  void Write(const consensus::persist::Prune& p);
};

}  // namespace parley::sim
