#pragma once

// A real ledger of a few entries in a real store, made by the rules themselves: genesis, then
// reports of north's officer anna, one block each.

#include <memory>
#include <string>
#include <vector>

#include "ledger/note/cosignature.h"
#include "ledger/rules/executor.h"
#include "ledger/store/ledger_store.h"
#include "node/replica/replica.h"
#include "tests/rpc/test_accord.h"
#include "tests/support/temp_dir.h"

namespace parley::rpc::testing {

class SmallLedger {
 public:
  explicit SmallLedger(const TestAccord& accord);

  // A signed report of anna's that is not on the ledger yet; advances her chain.
  std::string NextReport();
  // Puts the records into a new final block.
  void Append(const std::vector<std::string>& envelopes);
  // Publishes a checkpoint of the ledger as it is, cosigned by all members.
  void PublishCheckpoint();

  replica::Published published() const;
  uint64_t size() const { return tip_.size; }
  note::QuorumRule Rule() const;

 private:
  void Store(const rules::ExecutedBlock& block);

  const TestAccord& accord_;
  parley::testing::TempDir dir_;
  rules::Executor executor_;
  std::unique_ptr<store::Store> store_;
  rules::MemoryState state_;
  rules::LedgerTip tip_;
  uint64_t sequence_ = 0;
  RecordId previous_;
  uint64_t checkpoint_size_ = 0;
};

}  // namespace parley::rpc::testing
