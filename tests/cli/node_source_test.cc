// A node's ledger read through its client interface while it grows.

#include "tools/parley/node_source.h"

#include "ledger/note/cosignature.h"
#include "tests/rpc/ledger_service_fixture.h"
#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using parley::rpc::testing::LedgerServiceTest;

TEST_F(LedgerServiceTest, NoCheckpointIsOfMoreThanWhatIsRead) {
  // An entry and a checkpoint more whenever somebody has just read.
  int more = 8;
  north_.replica().after_latest = [&] {
    if (more == 0) return;
    --more;
    ledger_.Append({ledger_.NextReport()});
    ledger_.PublishCheckpoint();
    Publish();
  };
  ledger_.PublishCheckpoint();
  Publish();
  ASSERT_OK_AND_ASSIGN(const auto source, NodeSource::Open(*client_));
  ASSERT_LT(more, 8) << "the ledger did not grow";
  ASSERT_OK_AND_ASSIGN(const uint64_t count, source->EntryCount());
  ASSERT_OK_AND_ASSIGN(const std::vector<uint64_t> sizes, source->CheckpointSizes());
  for (const uint64_t size : sizes) EXPECT_LE(size, count);
  ASSERT_OK_AND_ASSIGN(const std::string newest, source->LatestCheckpoint());
  ASSERT_OK_AND_ASSIGN(const auto parsed, note::CosignedCheckpoint::Parse(newest));
  EXPECT_LE(parsed.checkpoint.size, count);
  EXPECT_OK(source->Entry(count - 1));
}

}  // namespace
}  // namespace parley::cli
