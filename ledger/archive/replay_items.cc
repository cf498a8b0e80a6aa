#include "ledger/archive/replay_items.h"

#include "ledger/archive/parallel.h"

namespace parley::archive {
namespace {

std::string VerifiedName(const record::ParsedRecord& record, const PublicKey& key) {
  return record.id().ToString() + record.signature().ToString() + key.ToString();
}

}  // namespace

ReplayReader::ReplayReader(AuditRun& run) : run_(run) {
  for (const CharterSpan& span : run.charters) {
    for (const rules::CharterMember& m : span.charter->members()) {
      keys_[KeyIdOf(m.root_key)] = m.root_key;
      for (const rules::CharterOfficer& o : m.officers) keys_[KeyIdOf(o.key)] = o.key;
    }
  }
}

void ReplayReader::Decode(ReplayItem* item) const {
  if (!item->present) return;
  item->hash = Sha256<EntryHash>(AsBytes(item->bytes));
  v1::Entry entry;
  item->status = record::ParseCanonical(item->bytes, &entry, "entry");
  if (!item->status.ok()) return;
  item->entry = std::move(entry);
  if (!item->entry->has_record()) return;
  auto parsed = record::ParsedRecord::Parse(item->entry->record());
  if (parsed.ok()) {
    item->record = std::move(*parsed);
  } else {
    item->status = parsed.status();
  }
}

void ReplayReader::LearnKey(const ReplayItem& item) {
  if (!item.record.has_value() || !item.record->record().has_enrol_key()) return;
  const auto key = PublicKey::FromBytes(item.record->record().enrol_key().public_key());
  if (key.ok()) keys_.emplace(KeyIdOf(*key), *key);
}

std::vector<ReplayItem> ReplayReader::Read(uint64_t first, size_t count) {
  std::vector<ReplayItem> items(count);
  for (size_t i = 0; i < count; ++i) {
    ReplayItem& item = items[i];
    item.number = first + i;
    item.damaged = run_.damaged[item.number];
    const auto moved = run_.moved.find(item.number);
    const uint64_t position = moved == run_.moved.end() ? item.number : moved->second;
    if (!run_.Readable(position)) continue;
    StatusOr<std::string> bytes = run_.source.Entry(position);
    item.present = bytes.ok();
    if (bytes.ok()) item.bytes = std::move(*bytes);
  }
  ParallelFor(run_.options.threads, count, [&](size_t i) { Decode(&items[i]); });
  for (const ReplayItem& item : items) LearnKey(item);
  ParallelFor(run_.options.threads, count, [&](size_t i) {
    ReplayItem& item = items[i];
    if (!item.record.has_value()) return;
    const auto key = keys_.find(item.record->key_id());
    item.known_key = key != keys_.end();
    item.signature_holds = item.known_key && record::VerifySignature(*item.record, key->second);
  });
  verified_.clear();
  for (const ReplayItem& item : items) {
    // A damaged record proves nothing, but most damage leaves its consequences as they were:
    // letting it through keeps the state close to the members' for what follows.
    if (item.signature_holds || (item.damaged && item.known_key))
      verified_.insert(VerifiedName(*item.record, keys_.at(item.record->key_id())));
  }
  return items;
}

rules::SignatureCheck ReplayReader::Check() const {
  return [this](const record::ParsedRecord& record, const PublicKey& key) {
    return verified_.contains(VerifiedName(record, key)) || record::VerifySignature(record, key);
  };
}

bool AuthorChains::Follow(const ReplayItem& item) {
  const record::ParsedRecord& r = *item.record;
  Last& last = last_[r.key_id()];
  const std::string author = r.record().member() + "/" + r.record().officer();
  if (r.sequence() <= last.sequence && !item.damaged) {
    run_.AddEntry("author-chain",
                  fmt::format("number {} of {} again: {} were there before", r.sequence(), author,
                              last.sequence),
                  item.number, item.bytes);
    return false;
  }
  if (r.sequence() <= last.sequence) return false;
  if (r.sequence() == last.sequence + 2) {
    run_.AddEntry("author-chain",
                  fmt::format("number {} of {} is missing", last.sequence + 1, author), item.number,
                  item.bytes);
  } else if (r.sequence() > last.sequence + 1) {
    run_.AddEntry("author-chain",
                  fmt::format("numbers {} to {} of {} are missing", last.sequence + 1,
                              r.sequence() - 1, author),
                  item.number, item.bytes);
  } else if (last.id_known && r.previous() != last.id && !item.damaged) {
    run_.AddEntry("author-chain",
                  fmt::format("number {} of {} names {} as the one before it, which is {}",
                              r.sequence(), author, r.previous(), last.id),
                  item.number, item.bytes);
  }
  last = {r.sequence(), r.id(), !item.damaged};
  return true;
}

}  // namespace parley::archive
