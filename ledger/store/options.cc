#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include "ledger/store/rocks.h"

namespace parley::store {
namespace {

constexpr size_t kCacheBytes = 16 << 20;
constexpr uint64_t kWalBytesMax = 32 << 20;  // bounds the time to reopen after a crash
constexpr int kOpenFilesMax = 256;

// RocksDB's own log file is not kept. It tells nothing that is not in a returned status; a reader
// must leave no trace in a directory that may be a running node's, or evidence; and on a full disk
// a second write to it ends the process by an assertion in Debian's build of RocksDB 7.8.
class SilentLogger final : public rocksdb::Logger {
 public:
  SilentLogger() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* /*format*/, va_list /*args*/) override {}
};

// Remembers errors of background work, so that the next Commit fails even if RocksDB recovers.
class FailureListener final : public rocksdb::EventListener {
 public:
  explicit FailureListener(std::shared_ptr<Failure> failure) : failure_(std::move(failure)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* error) override {
    failure_->Set(FromRocks(*error, "background work"));
  }

 private:
  std::shared_ptr<Failure> failure_;
};

size_t WriteBufferBytes(Family family) {
  switch (family) {
    case Family::kEntries:
    case Family::kTiles:
    case Family::kState:
      return 8 << 20;
    case Family::kBlocks:
    case Family::kIndex:
    case Family::kPending:
      return 4 << 20;
    case Family::kMeta:
    case Family::kVotes:
    case Family::kCheckpoints:
    case Family::kCount:
      break;
  }
  return 1 << 20;
}

}  // namespace

void Failure::Set(const Status& status) {
  const MutexLock lock(&mutex_);
  if (status_.ok()) status_ = status;
}

Status Failure::Get() const {
  const MutexLock lock(&mutex_);
  return status_;
}

std::string_view FamilyName(Family family) {
  switch (family) {
    case Family::kMeta:
      return "meta";
    case Family::kEntries:
      return "entries";
    case Family::kTiles:
      return "tiles";
    case Family::kBlocks:
      return "blocks";
    case Family::kVotes:
      return "votes";
    case Family::kState:
      return "state";
    case Family::kIndex:
      return "index";
    case Family::kPending:
      return "pending";
    case Family::kCheckpoints:
      return "checkpoints";
    case Family::kCount:
      break;
  }
  return "?";
}

rocksdb::DBOptions MakeDbOptions(Store::Mode mode, std::shared_ptr<Failure> failure) {
  rocksdb::DBOptions o;
  // What is missing is created by Open on purpose or refused, never made up in passing.
  o.create_if_missing = false;
  o.create_missing_column_families = mode == Store::Mode::kReadWrite;
  // Stop at damage; log_check.h tells damage from a torn tail before this.
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  o.track_and_verify_wals_in_manifest = true;
  // A node must not run on damage; a reader must see what is left, and each read is checked.
  o.paranoid_checks = mode == Store::Mode::kReadWrite;
  o.max_bgerror_resume_count = 0;  // what failed stays failed
  o.max_total_wal_size = kWalBytesMax;
  o.max_open_files = kOpenFilesMax;
  o.skip_stats_update_on_db_open = true;  // restart cost must not grow with the ledger
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.max_background_jobs = 2;
  o.allow_concurrent_memtable_write = false;  // one writer
  o.max_manifest_file_size = 4 << 20;
  o.info_log = std::make_shared<SilentLogger>();
  o.listeners = {std::make_shared<FailureListener>(std::move(failure))};
  return o;
}

std::shared_ptr<rocksdb::Cache> MakeCache() { return rocksdb::NewLRUCache(kCacheBytes); }

rocksdb::ColumnFamilyOptions MakeFamilyOptions(Family family,
                                               const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions o;
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  o.write_buffer_size = WriteBufferBytes(family);
  o.paranoid_file_checks = true;  // each new file is read back once
  const bool hashes = family == Family::kTiles || family == Family::kVotes;
  o.compression = hashes ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;
  return o;
}

rocksdb::ReadOptions MakeReadOptions(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions o(/*cksum=*/true, /*cache=*/true);
  o.snapshot = snapshot;
  return o;
}

rocksdb::ReadOptions MakeUncheckedReadOptions(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions o(/*cksum=*/false, /*cache=*/false);
  o.snapshot = snapshot;
  return o;
}

}  // namespace parley::store
