#pragma once

// A ledger for tests of archives and audits: reports and lapses made by the executor, checkpoints
// cosigned by the members. Deterministic.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/archive/archive.h"
#include "ledger/note/cosignature.h"
#include "ledger/rules/executor.h"
#include "tests/support/accord.h"

namespace parley::testing {

class CosignedLedger {
 public:
  // Two parties, two mediators, genesis. Without a ProofCheck no proof of misbehaviour is legal.
  explicit CosignedLedger(rules::ProofCheck proofs = nullptr);

  // Adds blocks of one or two reports, an hour apart so that obligations lapse, until there are at
  // least `wanted` entries. Cosigns every `step` blocks and at the end.
  void GrowTo(uint64_t wanted, size_t step);
  // One block, an hour after the last. Aborts when a record is not legal.
  void Add(std::vector<record::ParsedRecord> records);
  // Likewise, of proofs of misbehaviour.
  void AddProofs(std::vector<std::string> proofs);
  // A report by the member's officer, next in the author's chain.
  record::ParsedRecord Report(const std::string& member);
  record::ParsedRecord Revoke(const std::string& member, TimeMs suspect_since);

  // A charter with so many members replaces the present one, signed by all of both; their cosigners
  // count from then on.
  void Adopt(size_t parties, size_t mediators);

  // A checkpoint of what there is now, by that many members.
  void Cosign(size_t members = 4);
  // Any checkpoint as so many members would sign it, those of the charter in force.
  std::string CosignAs(const note::Checkpoint& checkpoint, size_t members) const {
    return CosignAs(checkpoint, members, in_force());
  }
  std::string CosignAs(const note::Checkpoint& checkpoint, size_t members,
                       const rules::Charter& charter) const;

  const rules::Charter& charter() const { return accord_->charter(); }  // the founding one
  const rules::Charter& in_force() const { return later_.empty() ? charter() : later_.back(); }
  const std::vector<rules::Charter>& later() const { return later_; }
  const merkle::Frontier& tree() const { return ledger_->tip().tree; }
  const std::vector<std::string>& entries() const { return ledger_->entries(); }
  uint64_t size() const { return entries().size(); }
  TimeMs time() const { return ledger_->tip().time; }
  const std::vector<rules::ExecutedBlock>& blocks() const { return blocks_; }
  const std::map<uint64_t, std::string>& checkpoints() const { return checkpoints_; }

 private:
  void AddBlock(rules::BlockInput input);

  std::unique_ptr<TestAccord> accord_;
  std::unique_ptr<TestLedger> ledger_;
  std::vector<rules::ExecutedBlock> blocks_;
  std::map<uint64_t, std::string> checkpoints_;  // notes by size
  std::vector<rules::Charter> later_;
};

// What a CosignedLedger has, as a source.
class MemorySource final : public archive::Source {
 public:
  explicit MemorySource(const CosignedLedger& ledger);
  std::string Name() const override { return "memory"; }
  std::string EntryPlace(uint64_t) const override { return "memory"; }
  StatusOr<std::vector<std::string>> Charters() override;
  StatusOr<std::string> LatestCheckpoint() override;
  StatusOr<std::vector<uint64_t>> CheckpointSizes() override;
  StatusOr<std::string> Checkpoint(uint64_t size) override;
  StatusOr<uint64_t> EntryCount() override;
  StatusOr<std::string> Entry(uint64_t index) override;
  StatusOr<std::vector<Hash>> Tile(uint8_t level, uint64_t index, uint16_t width) override;
  std::vector<std::string> ContainerProblems() override { return {}; }

 private:
  const CosignedLedger& ledger_;
  std::map<std::pair<uint8_t, uint64_t>, std::vector<Hash>> tiles_;
};

}  // namespace parley::testing
