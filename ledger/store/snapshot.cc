#include "ledger/store/rocks.h"

namespace parley::store {
namespace {

// The first key after all that start with the prefix; empty when there is none.
std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

}  // namespace

struct Snapshot::Impl {
  Impl(rocksdb::DB* database, const Database* owner, Store::Checksums how)
      : db(database), store(owner), snapshot(database->GetSnapshot()), checksums(how) {}
  ~Impl() { db->ReleaseSnapshot(snapshot); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  rocksdb::DB* db;  // the store's
  const Database* store;
  const rocksdb::Snapshot* snapshot;
  const Store::Checksums checksums;

  rocksdb::ReadOptions options() const { return MakeReadOptions(snapshot, checksums); }
};

Snapshot::Snapshot() = default;
Snapshot::~Snapshot() = default;

// Shared: readers of one answer (stream, page) hold the view as long as any of them needs it.
std::shared_ptr<const Snapshot> Store::TakeSnapshot(Checksums checksums) const {
  std::shared_ptr<Snapshot> out(new Snapshot());
  out->impl_ = std::make_unique<Snapshot::Impl>(impl_->db.get(), impl_.get(), checksums);
  return out;
}

StatusOr<std::string> Snapshot::Get(Family family, std::string_view key) const {
  return GetValue(*impl_->db, impl_->store->handle(family), family, key, impl_->options());
}

Status Snapshot::ForEach(Family family, std::string_view prefix, std::string_view from,
                         const Visitor& fn) const {
  const std::string end = PrefixEnd(prefix);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options = impl_->options();
  if (!end.empty()) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(
      impl_->db->NewIterator(options, impl_->store->handle(family)));
  for (it->Seek(ToSlice(std::max(prefix, from))); it->Valid(); it->Next()) {
    if (!it->key().starts_with(ToSlice(prefix))) break;
    ASSIGN_OR_RETURN(const bool more, fn(ToView(it->key()), ToView(it->value())));
    if (!more) return absl::OkStatus();
  }
  // An iterator that stops may have failed.
  return FromRocks(it->status(), fmt::format("{}: iterate", FamilyName(family)));
}

StatusOr<std::optional<std::pair<std::string, std::string>>> Snapshot::Last(
    Family family, std::string_view prefix) const {
  const std::string end = PrefixEnd(prefix);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options = impl_->options();
  if (!end.empty()) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(
      impl_->db->NewIterator(options, impl_->store->handle(family)));
  it->SeekToLast();
  RETURN_IF_ERROR(FromRocks(it->status(), fmt::format("{}: seek", FamilyName(family))));
  if (!it->Valid() || !it->key().starts_with(ToSlice(prefix))) return std::nullopt;
  return std::make_pair(it->key().ToString(), it->value().ToString());
}

}  // namespace parley::store
