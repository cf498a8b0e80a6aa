#pragma once

// A node's database with a cosigned ledger in it, as a node would have written it, and its audit.

#include <filesystem>
#include <string>

#include "crypto/encoding.h"
#include "ledger/archive/audit.h"
#include "ledger/store/store_source.h"
#include "node/consensus/codec.h"
#include "tests/archive/cosigned_ledger.h"
#include "tests/store/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tools/parley/consensus_check.h"

namespace parley::testing {

using store::BindIdentity;
using store::BlockWriter;
using store::CheckpointKey;
using store::Family;
using store::OpenStoreSource;
using store::Store;

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger_.GrowTo(300, 30);
    Write();
  }
  // The ledger as a node would have written it.
  void Write() {
    ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(db(), Store::Mode::kReadWrite));
    ASSERT_OK(BindIdentity(*store, ledger_.charter().ledger_id(), "med-a"));
    ASSERT_OK_AND_ASSIGN(BlockWriter writer, BlockWriter::Create(*store));
    for (const rules::ExecutedBlock& block : ledger_.blocks()) {
      const bool skip =
          block.header.height % 3 == 0 && !block.header.seal && &block != &ledger_.blocks().back();
      Store::Batch batch;
      ASSERT_OK(writer.Append(block, Block(block).Encode(ledger_.charter().ledger_id()),
                              skip ? "" : Finalization(block), &batch));
      const auto note = ledger_.checkpoints().find(block.tip.size);
      if (note != ledger_.checkpoints().end())
        batch.Put(Family::kCheckpoints, CheckpointKey(note->first), note->second);
      ASSERT_OK(store->Commit(std::move(batch)));
    }
  }
  // Final by the first members, as many as a quorum of the block's epoch.
  std::string Finalization(const rules::ExecutedBlock& block) const {
    const LedgerId& ledger = ledger_.charter().ledger_id();
    const rules::Charter& charter =
        block.header.epoch == 1 ? ledger_.charter() : ledger_.in_force();
    consensus::Certificate out;
    out.vote = {consensus::VoteKind::kFinalize,
                static_cast<consensus::Epoch>(block.header.epoch),
                static_cast<consensus::View>(block.header.height),
                consensus::SlotId(),
                static_cast<consensus::Height>(block.header.height),
                block.header.Id(ledger)};
    for (uint8_t m = 0; m < charter.quorum(); ++m)
      out.signers.push_back({static_cast<consensus::MemberIndex>(m),
                             TestAccord::KeyOf(charter.members()[m].name, "node")
                                 .Sign(consensus::VoteBytes(ledger, out.vote))});
    return consensus::EncodeCertificate(ledger, out);
  }
  static rules::RawBlock Block(const rules::ExecutedBlock& block) {
    rules::RawBlock out{block.header, {}};
    for (const auto& r : block.records) out.envelopes.push_back(r.envelope());
    return out;
  }
  std::string db() const { return dir_ / "db"; }
  void Put(Family family, std::string_view key, std::string_view value) {
    ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(db(), Store::Mode::kReadWrite));
    Store::Batch batch;
    batch.Put(family, key, value);
    ASSERT_OK(store->Commit(std::move(batch)));
  }
  archive::AuditReport Run() {
    auto source = OpenStoreSource(db());
    EXPECT_OK(source);
    cli::NodeConsensusCheck consensus;
    archive::AuditOptions options;
    options.consensus = &consensus;
    auto report = archive::Audit(**source, options);
    EXPECT_OK(report);
    return *report;
  }

  CosignedLedger ledger_;
  TempDir dir_;
};

}  // namespace parley::testing
