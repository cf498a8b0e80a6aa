#include "ledger/store/store.h"

#include <rocksdb/sst_file_reader.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "crypto/bytes.h"
#include "ledger/store/open.h"
#include "ledger/store/rocks.h"

namespace parley::store {

Status FromRocks(const rocksdb::Status& s, const std::string& what) {
  if (s.ok()) return absl::OkStatus();
  const std::string text = fmt::format("{}: {}", what, s.ToString());
  if (s.IsNotFound()) return NotFound(text);
  if (s.IsCorruption()) return DataLoss(text);
  // A file that the database counts on and that is not there. RocksDB looks for an older ending
  // last and names that one.
  if (s.IsPathNotFound()) {
    std::string named = text;
    if (const size_t at = named.rfind(".ldb"); at != std::string::npos)
      named.replace(at, 4, ".sst");
    return DataLoss(named);
  }
  if (s.IsNoSpace()) return ResourceExhausted(text);
  if (s.IsIOError() && s.ToString().find("lock") != std::string::npos)
    return Unavailable(fmt::format("{}: in use by another process (is a node running?)", what));
  return Unavailable(text);
}

// ---- batches -----------------------------------------------------------------------------------

// Operations are kept until Commit, because only the store knows RocksDB's handles.
struct Store::Batch::Impl {
  enum class Kind { kPut, kDelete, kDeleteRange };
  struct Operation {
    Kind kind;
    Family family;
    std::string key;
    std::string value;  // or the end of the range
  };
  std::vector<Operation> operations;
  size_t bytes = 0;

  void Add(Kind kind, Family family, std::string_view key, std::string_view value) {
    operations.push_back({kind, family, std::string(key), std::string(value)});
    bytes += key.size() + value.size();
  }
};

Store::Batch::Batch() : impl_(std::make_unique<Impl>()) {}
Store::Batch::~Batch() = default;
Store::Batch::Batch(Batch&&) noexcept = default;
Store::Batch& Store::Batch::operator=(Batch&&) noexcept = default;

void Store::Batch::Put(Family family, std::string_view key, std::string_view value) {
  impl_->Add(Impl::Kind::kPut, family, key, value);
}
void Store::Batch::Delete(Family family, std::string_view key) {
  impl_->Add(Impl::Kind::kDelete, family, key, {});
}
void Store::Batch::DeleteRange(Family family, std::string_view first, std::string_view last) {
  impl_->Add(Impl::Kind::kDeleteRange, family, first, last);
}
bool Store::Batch::empty() const { return impl_->operations.empty(); }
size_t Store::Batch::bytes() const { return impl_->bytes; }

// ---- store -------------------------------------------------------------------------------------

Database::~Database() {
  if (db == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* h : handles) {
    if (h != nullptr) db->DestroyColumnFamilyHandle(h);
  }
  if (default_handle != nullptr) db->DestroyColumnFamilyHandle(default_handle);
}

Store::Store() : impl_(std::make_unique<Impl>()) {}

// Moves what is in memory into table files, so that the next start has no log to replay and damage
// to a closed database is found entry by entry. Nothing depends on it: all of it is in the log.
Store::~Store() {
  if (impl_->db == nullptr || impl_->mode == Mode::kReadOnly || !impl_->failure->Get().ok()) return;
  const std::vector<rocksdb::ColumnFamilyHandle*> all(impl_->handles.begin(), impl_->handles.end());
  impl_->failure->Set(FromRocks(impl_->db->Flush(rocksdb::FlushOptions(), all), "flush"));
}

const std::string& Store::dir() const { return impl_->dir; }

StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& dir, Mode mode) {
  std::unique_ptr<Store> store(new Store());
  store->impl_->dir = dir;
  store->impl_->mode = mode;
  store->impl_->failure = std::make_shared<Failure>();
  RETURN_IF_ERROR(OpenRocks(*store->impl_));
  Status version = CheckFormat(*store);
  if (absl::IsNotFound(version) && mode == Mode::kReadWrite) version = WriteFormat(*store);
  if (absl::IsNotFound(version))
    return FailedPrecondition(fmt::format("database {} was never finished: it has no format", dir));
  RETURN_IF_ERROR(version);
  return store;
}

Status Store::Commit(Batch&& batch) {
  if (impl_->mode == Mode::kReadOnly)
    return FailedPrecondition(fmt::format("database {} is open for reading only", impl_->dir));
  RETURN_IF_ERROR(impl_->failure->Get(), "database {} is stopped after an earlier failure",
                  impl_->dir);
  rocksdb::WriteBatch writes(batch.bytes() + 1024);
  for (const auto& op : batch.impl_->operations) {
    rocksdb::ColumnFamilyHandle* handle = impl_->handle(op.family);
    rocksdb::Status s;
    switch (op.kind) {
      case Batch::Impl::Kind::kPut:
        s = writes.Put(handle, ToSlice(op.key), ToSlice(op.value));
        break;
      case Batch::Impl::Kind::kDelete:
        s = writes.Delete(handle, ToSlice(op.key));
        break;
      case Batch::Impl::Kind::kDeleteRange:
        s = writes.DeleteRange(handle, ToSlice(op.key), ToSlice(op.value));
        break;
    }
    RETURN_IF_ERROR(FromRocks(s, "batch"));
  }
  batch.impl_->operations.clear();
  rocksdb::WriteOptions options;
  options.sync = true;
  const Status written =
      FromRocks(impl_->db->Write(options, &writes), fmt::format("write to {}", impl_->dir));
  if (!written.ok()) impl_->failure->Set(written);
  return written;
}

StatusOr<std::string> GetValue(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle, Family family,
                               std::string_view key, const rocksdb::ReadOptions& options) {
  std::string value;
  const rocksdb::Status s = db.Get(options, handle, ToSlice(key), &value);
  if (s.ok()) return value;
  return FromRocks(s, fmt::format("{} {}", FamilyName(family), HexEncode(AsBytes(key))));
}

StatusOr<std::string> Store::Get(Family family, std::string_view key) const {
  return GetValue(*impl_->db, impl_->handle(family), family, key, MakeReadOptions(nullptr));
}

std::vector<std::string> Store::DamagedFiles() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  impl_->db->GetLiveFilesMetaData(&files);
  std::vector<std::string> out;
  for (const rocksdb::LiveFileMetaData& file : files) {
    const std::string path = file.db_path + file.name;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      out.push_back(fmt::format("{} is missing (it held {})", path, file.column_family_name));
      continue;
    }
    rocksdb::SstFileReader reader(impl_->db->GetOptions());
    rocksdb::Status s = reader.Open(path);
    if (s.ok()) s = reader.VerifyChecksum(MakeReadOptions(nullptr));
    if (!s.ok())
      out.push_back(fmt::format("{} is damaged (it holds {}): {}", path, file.column_family_name,
                                s.ToString()));
  }
  return out;
}

}  // namespace parley::store
