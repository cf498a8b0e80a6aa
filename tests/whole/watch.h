#pragma once

// Watches all honest nodes at once and says which promise was broken: one ledger for all, nothing
// lost, every acknowledged record in within the stated time whatever f members do, nobody held to
// more work or room than is due to whoever causes it, and a node that waits says so.

#include <map>
#include <set>
#include <string>

#include "tests/whole/machine.h"

namespace parley::whole {

class Watch {
 public:
  // Borrows the world. `honest` machines keep every rule; what becomes of others' records is
  // their affair.
  Watch(World& world, std::set<size_t> honest);

  // After each start of a machine.
  void Attach(size_t machine);
  // A client has the node's word that it holds the record.
  void Acknowledged(size_t home, const RecordId& id, size_t bytes);
  // Everybody's trouble: times of waiting begin anew when it ends.
  void Trouble(uint64_t until_ms);
  // Machines that have a bad day promise no time.
  void Excuse(size_t machine) { excused_.insert(machine); }
  // It is no member from now on: nothing is promised to it, nothing expected of it.
  void Leaves(size_t machine);
  bool HasLeft(size_t machine) const { return left_.contains(machine); }
  // From now on looks at everything some times a second.
  void Begin();
  // All in the ledger of every honest node, in the same order. Called when everything is over.
  void ExpectAllEqual();
  // The ledger names these members, and no honest one.
  void ExpectProofs(const std::set<size_t>& guilty);
  void ExpectFairWork();

  void Violation(const std::string& text);
  const std::string& violation() const { return violation_; }
  bool AllFinal() const { return waiting_.empty(); }
  uint64_t longest_wait_ms() const { return longest_wait_ms_; }
  size_t blocks() const { return chain_.size(); }
  size_t final_records() const { return final_.size(); }

 private:
  struct Waiting {
    size_t home;
    uint64_t since_ms;
    size_t bytes;
    uint64_t allowed_ms;  // from then on
  };
  uint64_t StoredBytes(const store::Snapshot& snapshot, store::Family family);
  void OnPublished(size_t machine, const replica::Published& published);
  void Check();
  void CheckWaiting();
  void CheckNode(size_t machine);

  World& world_;
  std::set<size_t> honest_;
  std::set<size_t> excused_, left_;
  std::string violation_;
  std::map<uint64_t, BlockId> chain_;  // by height, as far as somebody published it
  std::map<size_t, uint64_t> sizes_;   // of each machine's ledger
  std::map<RecordId, Waiting> waiting_;
  std::map<RecordId, size_t> final_;
  uint64_t calm_since_ms_ = 0;
  uint64_t longest_wait_ms_ = 0;
};

}  // namespace parley::whole
