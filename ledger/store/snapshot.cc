#include <map>

#include "base/mutex.h"
#include "ledger/store/rocks.h"
#include "ledger/store/salvage.h"

namespace parley::store {
namespace {

// The first key after all that start with the prefix; empty when there is none.
std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

constexpr size_t kSalvageRows = 256;

}  // namespace

struct Snapshot::Impl {
  Impl(rocksdb::DB* database, const Database* owner, Store::Damage how)
      : db(database), store(owner), snapshot(database->GetSnapshot()), damage(how) {}
  ~Impl() { db->ReleaseSnapshot(snapshot); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Rows from `first` (with `after`: behind it) on, up to the end of the prefix.
  Status Rows(const rocksdb::ReadOptions& given, Family family, std::string_view prefix,
              std::string_view first, bool after, const Visitor& fn) const;
  StatusOr<std::string> Salvage(Family family, std::string_view key) const;
  bool salvages(const Status& s) const {
    return damage == Store::Damage::kReadOn && absl::IsDataLoss(s);
  }

  rocksdb::DB* db;  // the store's
  const Database* store;
  const rocksdb::Snapshot* snapshot;
  const Store::Damage damage;

  // What the last child read, with keys in order: whoever reads one damaged row often wants those
  // behind it. Guarded by `mutex`, because a snapshot is for many threads.
  mutable Mutex mutex;
  mutable Family salvaged_family ABSL_GUARDED_BY(mutex) = Family::kCount;
  mutable std::map<std::string, std::string, std::less<>> salvaged ABSL_GUARDED_BY(mutex);

  rocksdb::ReadOptions strict() const { return MakeReadOptions(snapshot); }
  rocksdb::ReadOptions unchecked() const { return MakeUncheckedReadOptions(snapshot); }
};

Snapshot::Snapshot() = default;
Snapshot::~Snapshot() = default;

// Shared: readers of one answer (stream, page) hold the view as long as any of them needs it.
std::shared_ptr<const Snapshot> Store::TakeSnapshot(Damage damage) const {
  std::shared_ptr<Snapshot> out(new Snapshot());
  out->impl_ = std::make_unique<Snapshot::Impl>(impl_->db.get(), impl_.get(), damage);
  return out;
}

Status Snapshot::Impl::Rows(const rocksdb::ReadOptions& given, Family family,
                            std::string_view prefix, std::string_view first, bool after,
                            const Visitor& fn) const {
  const std::string end = PrefixEnd(prefix);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options = given;
  if (!end.empty()) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(options, store->handle(family)));
  for (it->Seek(ToSlice(first)); it->Valid(); it->Next()) {
    if (!it->key().starts_with(ToSlice(prefix))) break;
    if (after && ToView(it->key()) == first) continue;
    ASSIGN_OR_RETURN(const bool more, fn(ToView(it->key()), ToView(it->value())));
    if (!more) return absl::OkStatus();
  }
  // An iterator that stops may have failed.
  return FromRocks(it->status(), fmt::format("{}: iterate", FamilyName(family)));
}

StatusOr<std::string> Snapshot::Impl::Salvage(Family family, std::string_view key) const {
  const MutexLock lock(&mutex);
  if (const auto it = salvaged.find(key); family == salvaged_family && it != salvaged.end())
    return it->second;
  std::map<std::string, std::string, std::less<>> rows;
  const Status read = ReadInChild(
      [&](const Emit& emit) {
        return Rows(
            unchecked(), family, "", key, /*after=*/false,
            [&](std::string_view k, std::string_view v) -> StatusOr<bool> { return emit(k, v); });
      },
      [&](std::string_view k, std::string_view v) -> StatusOr<bool> {
        rows.emplace(k, v);
        return rows.size() < kSalvageRows;
      });
  salvaged = std::move(rows);
  salvaged_family = family;
  if (const auto it = salvaged.find(key); it != salvaged.end()) return it->second;
  if (!read.ok()) return read;
  return NotFound(fmt::format("{}: no such key", FamilyName(family)));
}

StatusOr<std::string> Snapshot::Get(Family family, std::string_view key) const {
  StatusOr<std::string> value =
      GetValue(*impl_->db, impl_->store->handle(family), family, key, impl_->strict());
  if (!impl_->salvages(value.status())) return value;
  StatusOr<std::string> salvaged = impl_->Salvage(family, key);
  return salvaged.ok() ? std::move(salvaged) : std::move(value);
}

Status Snapshot::ForEach(Family family, std::string_view prefix, std::string_view from,
                         const Visitor& fn) const {
  std::string last(std::max(prefix, from));
  bool any = false;
  bool refused = false;
  const auto visit = [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
    last = key;
    any = true;
    StatusOr<bool> more = fn(key, value);
    refused = !more.ok();
    return more;
  };
  const std::string first = last;
  const Status strict = impl_->Rows(impl_->strict(), family, prefix, first, /*after=*/false, visit);
  if (refused || !impl_->salvages(strict)) return strict;
  const std::string behind = last;
  const bool after = any;
  return ReadInChild(
      [&](const Emit& emit) {
        return impl_->Rows(
            impl_->unchecked(), family, prefix, behind, after,
            [&](std::string_view k, std::string_view v) -> StatusOr<bool> { return emit(k, v); });
      },
      visit);
}

StatusOr<std::optional<std::pair<std::string, std::string>>> Snapshot::Last(
    Family family, std::string_view prefix) const {
  using Row = std::pair<std::string, std::string>;
  const auto read = [&](const rocksdb::ReadOptions& given) -> StatusOr<std::optional<Row>> {
    const std::string end = PrefixEnd(prefix);
    const rocksdb::Slice bound(end);
    rocksdb::ReadOptions options = given;
    if (!end.empty()) options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> it(
        impl_->db->NewIterator(options, impl_->store->handle(family)));
    it->SeekToLast();
    RETURN_IF_ERROR(FromRocks(it->status(), fmt::format("{}: seek", FamilyName(family))));
    if (!it->Valid() || !it->key().starts_with(ToSlice(prefix))) return std::nullopt;
    return Row(it->key().ToString(), it->value().ToString());
  };
  StatusOr<std::optional<Row>> strict = read(impl_->strict());
  if (!impl_->salvages(strict.status())) return strict;
  std::optional<Row> out;
  RETURN_IF_ERROR(ReadInChild(
      [&](const Emit& emit) -> Status {
        ASSIGN_OR_RETURN(const std::optional<Row> row, read(impl_->unchecked()));
        if (row.has_value()) emit(row->first, row->second);
        return absl::OkStatus();
      },
      [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
        out.emplace(key, value);
        return true;
      }));
  return out;
}

}  // namespace parley::store
