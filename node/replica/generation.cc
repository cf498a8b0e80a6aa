#include "node/replica/generation.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/errno_text.h"
#include "crypto/encoding.h"

namespace parley::replica {
namespace {

using store::Family;

constexpr std::string_view kGenerationKey = "generation";
constexpr std::string_view kNoVotesPrefix = "no-votes/";
constexpr size_t kFileBytesMax = 32;

std::string FileOf(const std::string& dir) { return dir + ".generation"; }

std::string NoVotesKey(const PublicKey& key) { return std::string(kNoVotesPrefix) + key.ToHex(); }

StatusOr<std::string> GetOrEmpty(const store::Store& store, std::string_view key) {
  StatusOr<std::string> value = store.Get(Family::kMeta, key);
  if (absl::IsNotFound(value.status())) return std::string();
  return value;
}

// 0 when there is no file.
StatusOr<uint64_t> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return 0;
    return PermissionDenied(fmt::format("cannot read {}: {}", path, ErrnoText(errno)));
  }
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!text.empty() && text.back() == '\n') text.pop_back();
  uint64_t out = 0;
  const bool digits =
      !text.empty() && text.size() < kFileBytesMax / 2 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits)
    return DataLoss(
        fmt::format("{}: want one number, the count of the node's starts and votes", path));
  for (const char c : text) out = 10 * out + static_cast<uint64_t>(c - '0');
  return out;
}

Status WriteFile(const std::string& path, uint64_t count) {
  const std::string temporary = path + ".new";
  const std::string text = fmt::format("{}\n", count);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool good = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  good = good && ::fsync(fd) == 0;
  if (fd >= 0) good = ::close(fd) == 0 && good;
  good = good && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (good) return absl::OkStatus();
  return Unavailable(fmt::format("cannot write {}: {}", path, ErrnoText(errno)));
}

std::string Judge(uint64_t in_store, uint64_t in_file, bool new_database) {
  if (in_file <= in_store) return "";
  if (new_database)
    return fmt::format(
        "the database is new, but this member's node has run before (its count of starts and votes "
        "is {}): votes it cast are forgotten",
        in_file);
  return fmt::format(
      "the database's count of starts and votes is {}, that of this member's node {}: an older "
      "copy "
      "was restored, and votes cast since are forgotten",
      in_store, in_file);
}

}  // namespace

StatusOr<uint64_t> StartsOf(const store::Store& store) {
  ASSIGN_OR_RETURN(const std::string held, GetOrEmpty(store, kGenerationKey));
  if (held.empty()) return uint64_t{0};
  ASSIGN_OR_RETURN(const uint64_t count, ParseBigEndian64(held), "the database's count of starts");
  return count;
}

Status CountStart(store::Store& store, bool new_database, const std::vector<SecretKey>& node_keys) {
  ASSIGN_OR_RETURN(const uint64_t in_store, StartsOf(store));
  ASSIGN_OR_RETURN(const uint64_t in_file, ReadFile(FileOf(store.dir())));
  const std::string why = Judge(in_store, in_file, new_database);
  const uint64_t now = std::max(in_store, in_file) + 1;
  store::Store::Batch batch;
  batch.Put(Family::kMeta, kGenerationKey, BigEndian64(now));
  if (!why.empty())
    for (const SecretKey& key : node_keys) ForbidVotes(key.public_key(), why, &batch);
  RETURN_IF_ERROR(store.Commit(std::move(batch)));
  // After the database: a crash in between leaves the file behind, which is harmless.
  return WriteFile(FileOf(store.dir()), now);
}

StatusOr<uint64_t> CountStretch(const store::Store& store, store::Store::Batch* batch) {
  ASSIGN_OR_RETURN(const uint64_t held, StartsOf(store));
  batch->Put(Family::kMeta, kGenerationKey, BigEndian64(held + 1));
  return held + 1;
}

Status NoteStretch(const store::Store& store, uint64_t count) {
  return WriteFile(FileOf(store.dir()), count);
}

StatusOr<std::string> WhyNoVotes(const store::Store& store, const PublicKey& key) {
  return GetOrEmpty(store, NoVotesKey(key));
}

void ForbidVotes(const PublicKey& key, const std::string& why, store::Store::Batch* batch) {
  batch->Put(Family::kMeta, NoVotesKey(key), why);
}

Status MarkRestored(const std::string& dir, uint64_t count_in_database) {
  ASSIGN_OR_RETURN(const uint64_t in_file, ReadFile(FileOf(dir)));
  return WriteFile(FileOf(dir), std::max(in_file, count_in_database + 1));
}

}  // namespace parley::replica
