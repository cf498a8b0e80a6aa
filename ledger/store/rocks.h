#pragma once

// What store.cc and snapshot.cc share of RocksDB. Included by .cc files of this folder only.

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "ledger/store/store.h"

namespace parley::store {

inline constexpr size_t kFamilies = static_cast<size_t>(Family::kCount);

std::string_view FamilyName(Family family);

inline rocksdb::Slice ToSlice(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view ToView(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

// NotFound, Corruption to DATA_LOSS, NoSpace to RESOURCE_EXHAUSTED, a held lock and the rest to
// UNAVAILABLE. `what` says what was being done, and where.
Status FromRocks(const rocksdb::Status& s, const std::string& what);

// The first failure of a write or of background work; it stays. Thread-safe.
class Failure {
 public:
  void Set(const Status& status);
  Status Get() const;

 private:
  mutable Mutex mutex_;
  Status status_ ABSL_GUARDED_BY(mutex_);
};

rocksdb::DBOptions MakeDbOptions(Store::Mode mode, std::shared_ptr<Failure> failure);
// One per open database: a cache that outlived it would hide damage done to its files since.
std::shared_ptr<rocksdb::Cache> MakeCache();
rocksdb::ColumnFamilyOptions MakeFamilyOptions(Family family,
                                               const std::shared_ptr<rocksdb::Cache>& cache);
// Of any family.
rocksdb::ReadOptions MakeReadOptions(const rocksdb::Snapshot* snapshot);
// Without checksums, for salvage.h alone. What is read so must not reach the cache, from which
// strict readers are served.
rocksdb::ReadOptions MakeUncheckedReadOptions(const rocksdb::Snapshot* snapshot);

// An open RocksDB database and the handles of its column families.
struct Database {
  Database() = default;
  ~Database();  // handles go before the database
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<size_t>(family)];
  }
  std::string dir;
  Store::Mode mode = Store::Mode::kReadOnly;
  std::shared_ptr<Failure> failure;  // shared with RocksDB's listener
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* default_handle = nullptr;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles{};
};

struct Store::Impl : Database {};

StatusOr<std::string> GetValue(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle, Family family,
                               std::string_view key, const rocksdb::ReadOptions& options);

}  // namespace parley::store
