#include <rocksdb/utilities/checkpoint.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "base/errno_text.h"
#include "ledger/store/rocks.h"

namespace parley::store {

Status Store::SaveCopy(const std::string& dir) const {
  struct stat info {};
  if (::lstat(dir.c_str(), &info) == 0) return AlreadyExists(fmt::format("{} exists", dir));
  rocksdb::Checkpoint* made = nullptr;
  RETURN_IF_ERROR(FromRocks(rocksdb::Checkpoint::Create(impl_->db.get(), &made),
                            fmt::format("database {}", impl_->dir)));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // 0: what is in memory is written to table files first, so that the copy needs no log.
  RETURN_IF_ERROR(FromRocks(checkpoint->CreateCheckpoint(dir, /*log_size_for_flush=*/0),
                            fmt::format("a copy of {} to {}", impl_->dir, dir)));
  if (::chmod(dir.c_str(), 0700) != 0)
    return Unavailable(fmt::format("cannot protect {}: {}", dir, ErrnoText(errno)));
  return absl::OkStatus();
}

}  // namespace parley::store
