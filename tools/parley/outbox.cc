#include "tools/parley/outbox.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "base/errno_text.h"
#include "tools/parley/files.h"

namespace parley::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHeadBytesMax = 256;

Status Remove(const fs::path& path) {
  std::error_code error;
  if (!fs::remove(path, error) || error)
    return Unavailable(fmt::format("remove '{}': {}", path.string(), error.message()));
  return absl::OkStatus();
}

}  // namespace

void SortForOutbox(std::vector<record::ParsedRecord>* records) {
  std::sort(records->begin(), records->end(), [](const auto& a, const auto& b) {
    return std::tuple(a.key_id(), a.sequence()) < std::tuple(b.key_id(), b.sequence());
  });
}

StatusOr<Outbox> Outbox::Open(const fs::path& dir, const LedgerId& ledger) {
  RETURN_IF_ERROR(MakePrivateDirectory(dir), "outbox");
  const fs::path path = dir / "lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Unavailable(fmt::format("outbox '{}': {}", path.string(), ErrnoText(errno)));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return Unavailable(fmt::format("outbox '{}' is in use by another parley", dir.string()));
  }
  return Outbox(dir, ledger, fd);
}

Outbox::Outbox(Outbox&& other) noexcept
    : dir_(std::move(other.dir_)), ledger_(other.ledger_), lock_(std::exchange(other.lock_, -1)) {}

Outbox::~Outbox() {
  if (lock_ >= 0) ::close(lock_);
}

fs::path Outbox::HeadPath(const KeyId& key) const { return dir_ / (key.ToHex() + ".head"); }

fs::path Outbox::RunPath(const record::ParsedRecord& first) const {
  return dir_ / fmt::format("{}-{:020}.outbox", first.key_id().ToHex(), first.sequence());
}

StatusOr<std::vector<fs::path>> Outbox::Runs() const {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(dir_, error)) {
    if (item.path().extension() == ".outbox") out.push_back(item.path());
  }
  if (error) return Unavailable(fmt::format("outbox '{}': {}", dir_.string(), error.message()));
  std::sort(out.begin(), out.end());
  return out;
}

StatusOr<std::vector<record::ParsedRecord>> Outbox::ReadRun(const fs::path& path) const {
  ASSIGN_OR_RETURN(const std::string bytes, ReadInput(path.string(), kOutboxBytesMax, "outbox"));
  auto records = ParseOutboxFile(bytes);
  if (!records.ok())
    return DataLoss(fmt::format("'{}': {}", path.string(), MessageOf(records.status())));
  if (records->front().ledger_id() != ledger_)
    return FailedPrecondition(fmt::format("'{}' holds records of another ledger ({})",
                                          path.string(), records->front().ledger_id()));
  return records;
}

StatusOr<std::vector<record::ParsedRecord>> Outbox::Queued() const {
  std::vector<record::ParsedRecord> out;
  ASSIGN_OR_RETURN(const std::vector<fs::path> runs, Runs());
  for (const fs::path& path : runs) {
    ASSIGN_OR_RETURN(std::vector<record::ParsedRecord> records, ReadRun(path));
    for (record::ParsedRecord& record : records) out.push_back(std::move(record));
  }
  SortForOutbox(&out);
  return out;
}

StatusOr<AuthorHead> Outbox::Head(const KeyId& key) const {
  AuthorHead head{ledger_, key, 0, RecordId()};
  auto bytes = ReadInput(HeadPath(key).string(), kHeadBytesMax, "author head");
  if (bytes.ok()) {
    auto parsed = ParseAuthorHead(*bytes);
    if (!parsed.ok() || parsed->key != key)
      return DataLoss(
          fmt::format("'{}' is damaged: {}", HeadPath(key).string(), MessageOf(parsed.status())));
    if (parsed->ledger == ledger_) head = *parsed;
  } else if (!absl::IsNotFound(bytes.status())) {
    return bytes.status();
  }
  // A crash between the two writes of Add leaves a run that the head does not know yet.
  ASSIGN_OR_RETURN(const std::vector<record::ParsedRecord> queued, Queued());
  for (const record::ParsedRecord& record : queued) {
    if (record.key_id() == key && record.sequence() > head.sequence) {
      head.sequence = record.sequence();
      head.previous = record.id();
    }
  }
  return head;
}

Status Outbox::WriteHead(const AuthorHead& head) {
  return ReplaceFile(HeadPath(head.key), SerializeAuthorHead(head));
}

Status Outbox::Advance(const AuthorHead& node_head) {
  ASSIGN_OR_RETURN(const AuthorHead local, Head(node_head.key));
  if (node_head.sequence == local.sequence && node_head.previous != local.previous)
    return DataLoss(fmt::format(
        "the node knows record {} as number {} of this key, this outbox knows {}: has the key been "
        "used elsewhere?",
        node_head.previous, node_head.sequence, local.previous));
  if (node_head.sequence <= local.sequence) return absl::OkStatus();
  return WriteHead(node_head);
}

Status Outbox::Add(const std::vector<record::ParsedRecord>& records) {
  if (records.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(AuthorHead head, Head(records.front().key_id()));
  for (const record::ParsedRecord& record : records) {
    if (record.key_id() != head.key || record.ledger_id() != ledger_ ||
        record.sequence() != head.sequence + 1 || record.previous() != head.previous)
      return FailedPrecondition(
          fmt::format("record {} (number {}) does not continue its author's chain, which stands at "
                      "number {}",
                      record.id(), record.sequence(), head.sequence));
    head.sequence = record.sequence();
    head.previous = record.id();
  }
  RETURN_IF_ERROR(WriteNewFile(RunPath(records.front()), SerializeOutboxFile(records)));
  return WriteHead(head);
}

Status Outbox::Forget(const KeyId& key, uint64_t sequence) {
  ASSIGN_OR_RETURN(const std::vector<fs::path> runs, Runs());
  for (const fs::path& path : runs) {
    ASSIGN_OR_RETURN(const std::vector<record::ParsedRecord> records, ReadRun(path));
    if (records.back().key_id() == key && records.back().sequence() <= sequence)
      RETURN_IF_ERROR(Remove(path));
  }
  return absl::OkStatus();
}

Status Outbox::DropFrom(const KeyId& key, uint64_t sequence) {
  ASSIGN_OR_RETURN(AuthorHead head, Head(key));
  ASSIGN_OR_RETURN(const std::vector<fs::path> runs, Runs());
  for (const fs::path& path : runs) {
    ASSIGN_OR_RETURN(std::vector<record::ParsedRecord> records, ReadRun(path));
    if (records.front().key_id() != key || records.back().sequence() < sequence) continue;
    for (const record::ParsedRecord& record : records) {
      if (record.sequence() != sequence) continue;
      head.sequence = sequence - 1;
      head.previous = record.previous();
    }
    std::erase_if(records, [&](const auto& r) { return r.sequence() >= sequence; });
    if (records.empty()) {
      RETURN_IF_ERROR(Remove(path));
    } else {
      RETURN_IF_ERROR(ReplaceFile(path, SerializeOutboxFile(records)));
    }
  }
  return WriteHead(head);
}

}  // namespace parley::cli
