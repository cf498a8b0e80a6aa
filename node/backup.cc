#include "node/backup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "ledger/store/ledger_store.h"
#include "node/config/node_files.h"
#include "node/replica/generation.h"
#include "node/rpc/log.h"
#include "node/write_file.h"

namespace parley {
namespace {

namespace fs = std::filesystem;
using store::Store;

constexpr std::chrono::seconds kTakenWithin{10};
constexpr std::chrono::seconds kDoneWithin{600};  // a large ledger on another disk is copied
constexpr std::chrono::milliseconds kLookEvery{50};

fs::path RequestFile(const fs::path& data_dir) { return data_dir / "backup.request"; }
fs::path ResultFile(const fs::path& data_dir) { return data_dir / "backup.result"; }

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

void Remove(const fs::path& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

// One backup at a time; ends with this process, whatever becomes of it.
class BackupLock {
 public:
  explicit BackupLock(const fs::path& data_dir)
      : fd_(::open((data_dir / "backup.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~BackupLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  BackupLock(const BackupLock&) = delete;
  BackupLock& operator=(const BackupLock&) = delete;
  bool Take() const { return fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int fd_;
};

// Waits until `path` is there, or not there.
bool Await(const fs::path& path, bool there, std::chrono::seconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (Exists(path) != there) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLookEvery);
  }
  return true;
}

Status AskNode(const fs::path& data_dir, const fs::path& out) {
  const BackupLock lock(data_dir);
  if (!lock.Take())
    return Unavailable(fmt::format("{}: another backup is under way", data_dir.string()));
  const fs::path request = RequestFile(data_dir);
  const fs::path result = ResultFile(data_dir);
  Remove(result);  // of one that was broken off
  RETURN_IF_ERROR(WriteFileAtomically(request, out.string() + "\n"));
  if (!Await(request, false, kTakenWithin)) {
    Remove(request);
    return Unavailable(fmt::format("the database in {} is in use, but not by a node that answers",
                                   data_dir.string()));
  }
  if (!Await(result, true, kDoneWithin))
    return Unavailable(fmt::format("the node did not finish the copy within {} s: see its log",
                                   kDoneWithin.count()));
  StatusOr<std::string> answer = ReadTextFile(result, limits::kConfigBytesMax);
  Remove(result);
  RETURN_IF_ERROR(answer.status());
  if (answer->empty()) return absl::OkStatus();
  if (answer->back() == '\n') answer->pop_back();
  return Unavailable(*answer);
}

// Copies a flat folder of files; every file is on disk when this returns OK.
Status CopyDurably(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directory(to, error);
  if (error) return Unavailable(fmt::format("cannot create {}: {}", to.string(), error.message()));
  fs::permissions(to, fs::perms::owner_all, error);
  for (fs::directory_iterator it(from, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    if (it->path().filename() == "LOCK") continue;
    const fs::path copy = to / it->path().filename();
    fs::copy_file(it->path(), copy, error);
    if (!error) RETURN_IF_ERROR(SyncPath(copy));
    if (error) break;
  }
  if (error)
    return Unavailable(
        fmt::format("cannot copy {} to {}: {}", from.string(), to.string(), error.message()));
  return SyncPath(to);
}

struct Copied {
  Restored what;
  uint64_t starts = 0;
};

// Reads every file of the copy, and whose it is.
StatusOr<Copied> CheckCopy(const fs::path& dir, const NodeConfig& config, const LedgerId& ledger) {
  ASSIGN_OR_RETURN(std::shared_ptr<Store> store, Store::Open(dir, Store::Mode::kReadOnly));
  const std::vector<std::string> damaged = store->DamagedFiles();
  if (!damaged.empty()) return DataLoss(damaged.front());
  const store::LedgerReader reader(store->TakeSnapshot());
  ASSIGN_OR_RETURN(const LedgerId held, reader.Ledger());
  ASSIGN_OR_RETURN(const std::string member, reader.Member());
  if (held != ledger || member != config.member)
    return FailedPrecondition(
        fmt::format("the backup is of member {} on ledger {}, this configuration of member {} on "
                    "ledger {}",
                    member, held.ToHex(), config.member, ledger.ToHex()));
  ASSIGN_OR_RETURN(const auto tip, reader.Tip());
  if (!tip) return DataLoss("the backup holds no block");
  ASSIGN_OR_RETURN(const uint64_t starts, replica::StartsOf(*store));
  return Copied{{tip->height, tip->size}, starts};
}

}  // namespace

BackupRequests::BackupRequests(const fs::path& data_dir, const Store& store)
    : request_(RequestFile(data_dir)), result_(ResultFile(data_dir)), store_(store) {
  Remove(request_);
  Remove(result_);
}

void BackupRequests::Poll() {
  if (!copy_.valid()) {
    StatusOr<std::string> out = ReadTextFile(request_, limits::kConfigBytesMax);
    if (!out.ok()) return;  // none
    Remove(request_);
    if (!out->empty() && out->back() == '\n') out->pop_back();
    copy_ = std::async(std::launch::async,
                       [this, dir = *std::move(out)] { return store_.SaveCopy(dir); });
    return;
  }
  if (copy_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  Answer(copy_.get());
}

BackupRequests::~BackupRequests() {
  if (copy_.valid()) Answer(copy_.get());
}

void BackupRequests::Answer(const Status& copied) const {
  const Status answered = WriteFileAtomically(result_, copied.ok() ? "" : MessageOf(copied) + "\n");
  for (const Status& status : {copied, answered}) {
    if (!status.ok())
      rpc::Log(rpc::LogLevel::kWarn, "backup.failed", {{"reason", MessageOf(status)}});
  }
  if (copied.ok()) rpc::Log(rpc::LogLevel::kInfo, "backup.written", {});
}

Status BackUp(const NodeConfig& config, const fs::path& out) {
  if (Exists(out))
    return AlreadyExists(fmt::format("{} exists; a backup is never written over", out.string()));
  const fs::path db = config.data_dir / "db";
  if (!Exists(db / "CURRENT")) return NotFound(fmt::format("no database in {}", db.string()));
  {
    const auto store = Store::Open(db, Store::Mode::kReadWrite);
    if (store.ok()) return (*store)->SaveCopy(out);
    if (!absl::IsUnavailable(store.status())) return store.status();
  }
  return AskNode(config.data_dir, fs::absolute(out));
}

StatusOr<Restored> Restore(const NodeConfig& config, const LedgerId& ledger, const fs::path& from) {
  const fs::path db = config.data_dir / "db";
  const fs::path copy = config.data_dir / "db.restoring";
  if (Exists(db))
    return AlreadyExists(fmt::format(
        "{} exists; a database is never written over: move it away first", db.string()));
  if (!Exists(from / "CURRENT")) return NotFound(fmt::format("no backup in {}", from.string()));
  RETURN_IF_ERROR(PrepareDataDir(config.data_dir));
  std::error_code error;
  fs::remove_all(copy, error);  // of a restore that was broken off
  const Status copied = CopyDurably(from, copy);
  StatusOr<Copied> checked = copied.ok() ? CheckCopy(copy, config, ledger) : copied;
  if (!checked.ok()) {
    fs::remove_all(copy, error);
    return Annotate(checked.status(), from.string());
  }
  // Before the database can be started.
  RETURN_IF_ERROR(replica::MarkRestored(db.string(), checked->starts));
  RETURN_IF_ERROR(SyncPath(config.data_dir));
  fs::rename(copy, db, error);
  if (error)
    return Unavailable(fmt::format("cannot rename to {}: {}", db.string(), error.message()));
  RETURN_IF_ERROR(SyncPath(config.data_dir));
  return checked->what;
}

}  // namespace parley
