#include "ledger/store/open.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/errno_text.h"
#include "crypto/encoding.h"
#include "ledger/store/log_check.h"
#include "ledger/store/table_check.h"

namespace parley::store {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kFormatKey = "format";
constexpr int kReadOnlyTries = 5;  // a running node may replace files under a reader's hands
constexpr auto kReadOnlyPause = std::chrono::milliseconds(50);

enum class Contents { kNothing, kDatabase, kHeadless };

// kHeadless: data without the CURRENT file that leads to it. RocksDB would start an empty database
// on top of it.
StatusOr<Contents> Inspect(const std::string& dir) {
  struct stat info {};
  if (::stat(dir.c_str(), &info) != 0) {
    if (errno == ENOENT) return Contents::kNothing;
    return Unavailable(fmt::format("cannot look at {}: {}", dir, ErrnoText(errno)));
  }
  if (!S_ISDIR(info.st_mode)) return InvalidArgument(fmt::format("{} is not a directory", dir));
  std::error_code error;
  if (fs::exists(dir + "/CURRENT", error)) return Contents::kDatabase;
  fs::directory_iterator it(dir, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    const fs::path extension = it->path().extension();
    if (extension == ".sst" || extension == ".log") return Contents::kHeadless;
  }
  if (error) return PermissionDenied(fmt::format("cannot list {}: {}", dir, error.message()));
  return Contents::kNothing;
}

// Only the owner may look into a node's database.
Status PrepareDirectory(const std::string& dir) {
  if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) {
    const std::string text = fmt::format("cannot create {}: {}", dir, ErrnoText(errno));
    return errno == EACCES ? PermissionDenied(text) : Unavailable(text);
  }
  if (::chmod(dir.c_str(), 0700) != 0)
    return PermissionDenied(fmt::format("cannot protect {}: {}", dir, ErrnoText(errno)));
  return absl::OkStatus();
}

std::vector<rocksdb::ColumnFamilyDescriptor> Descriptors() {
  const std::shared_ptr<rocksdb::Cache> cache = MakeCache();
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  out.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    out.emplace_back(std::string(FamilyName(family)), MakeFamilyOptions(family, cache));
  }
  return out;
}

// Tables, or records in a log.
bool HoldsData(const std::string& dir) {
  std::error_code error;
  fs::directory_iterator it(dir, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    const fs::path extension = it->path().extension();
    if (extension == ".sst" || (extension == ".log" && it->file_size(error) > 0)) return true;
  }
  return false;
}

// A column family we do not know was made by a newer program. One that is missing was not made yet
// when the very first start was interrupted; with data beside it the manifest was cut, and RocksDB
// would make an empty family and remove the tables that it does not know any more.
Status CheckFamilies(const std::string& dir, const rocksdb::DBOptions& options) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(FromRocks(rocksdb::DB::ListColumnFamilies(options, dir, &names),
                            fmt::format("database {}", dir)));
  for (const std::string& name : names) {
    bool known = name == rocksdb::kDefaultColumnFamilyName;
    for (size_t i = 0; i < kFamilies; ++i) known |= name == FamilyName(static_cast<Family>(i));
    if (!known)
      return FailedPrecondition(fmt::format(
          "database {} has a column family \"{}\" that this program does not know: it was written "
          "by a newer version",
          dir, name));
  }
  if (names.size() <= kFamilies && HoldsData(dir))
    return DataLoss(
        fmt::format("database {}: its MANIFEST names {} of {} column families, though there is "
                    "data: it was cut",
                    dir, names.size(), kFamilies + 1));
  return absl::OkStatus();
}

// Before anything is read by the rules that the files state.
Status CheckTables(const std::string& dir) {
  std::error_code error;
  fs::directory_iterator it(dir, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    if (it->path().extension() != ".sst") continue;
    const Status footer = CheckTableFooter(it->path());
    // A running node removes files under a reader's hands.
    if (!footer.ok() && !absl::IsNotFound(footer)) return footer;
  }
  if (error) return Unavailable(fmt::format("cannot list {}: {}", dir, error.message()));
  return absl::OkStatus();
}

Status TryOpen(Database& db, bool create) {
  rocksdb::DBOptions options = MakeDbOptions(db.mode, db.failure);
  options.create_if_missing = create;
  if (!create) RETURN_IF_ERROR(CheckFamilies(db.dir, options));
  const auto descriptors = Descriptors();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status s =
      db.mode == Store::Mode::kReadOnly
          ? rocksdb::DB::OpenForReadOnly(options, db.dir, descriptors, &handles, &opened)
          : rocksdb::DB::Open(options, db.dir, descriptors, &handles, &opened);
  RETURN_IF_ERROR(FromRocks(s, fmt::format("database {}", db.dir)));
  db.db.reset(opened);
  db.default_handle = handles[0];
  std::copy(handles.begin() + 1, handles.end(), db.handles.begin());
  return absl::OkStatus();
}

// A file that must be there is not.
Status AbsentFile(const Status& s) { return absl::IsNotFound(s) ? DataLoss(MessageOf(s)) : s; }

}  // namespace

Status OpenRocks(Database& db) {
  ASSIGN_OR_RETURN(const Contents contents, Inspect(db.dir));
  if (contents == Contents::kHeadless)
    return DataLoss(fmt::format("{}/CURRENT is missing, but there is data beside it", db.dir));
  const bool create = contents == Contents::kNothing;
  if (db.mode == Store::Mode::kReadWrite) {
    RETURN_IF_ERROR(PrepareDirectory(db.dir));
    if (!create) RETURN_IF_ERROR(AbsentFile(CheckLogs(db.dir)));
    RETURN_IF_ERROR(CheckTables(db.dir));
    return TryOpen(db, create);
  }
  if (create) return NotFound(fmt::format("no database in {}", db.dir));
  RETURN_IF_ERROR(CheckTables(db.dir));
  Status last;
  for (int i = 0; i < kReadOnlyTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(kReadOnlyPause);
    last = CheckLogs(db.dir);
    if (absl::IsDataLoss(last)) break;
    if (last.ok()) last = TryOpen(db, false);
    if (last.ok() || absl::IsFailedPrecondition(last)) break;
  }
  return AbsentFile(last);
}

Status CheckFormat(const Store& store) {
  const StatusOr<std::string> stored = store.Get(Family::kMeta, kFormatKey);
  if (absl::IsNotFound(stored.status())) {
    bool any = false;
    RETURN_IF_ERROR(store.TakeSnapshot()->ForEach(
        Family::kEntries, "", "", [&](std::string_view, std::string_view) -> StatusOr<bool> {
          any = true;
          return false;
        }));
    if (any) return DataLoss(fmt::format("database {}: the format version is gone", store.dir()));
    return stored.status();
  }
  RETURN_IF_ERROR(stored.status());
  const StatusOr<uint64_t> version = ParseBigEndian64(*stored);
  if (!version.ok() || *version == 0)
    return DataLoss(fmt::format("database {}: the format version is damaged", store.dir()));
  if (*version > kFormatVersion)
    return FailedPrecondition(
        fmt::format("database {} has format {}, this program reads {} only: use a newer version",
                    store.dir(), *version, kFormatVersion));
  if (*version < kFormatVersion)
    return FailedPrecondition(fmt::format(
        "database {} has format {}, written by an older version; this program reads {} only: keep "
        "it for the version that wrote it, and let the node fetch the ledger again into an empty "
        "data_dir, with a new node key (docs/operations.md, \"Backups and lost disks\")",
        store.dir(), *version, kFormatVersion));
  return absl::OkStatus();
}

Status WriteFormat(Store& store) {
  Store::Batch batch;
  batch.Put(Family::kMeta, kFormatKey, BigEndian64(kFormatVersion));
  return store.Commit(std::move(batch));
}

}  // namespace parley::store
