#include "node/replica/pending.h"

#include "base/limits.h"
#include "crypto/encoding.h"

namespace parley::replica {

using store::Family;

Status Pending::Load(const store::Snapshot& snapshot, SteadyMs now) {
  return snapshot.ForEach(
      Family::kPending, "", "",
      [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
        StatusOr<uint64_t> arrival = ParseBigEndian64(key);
        StatusOr<record::ParsedRecord> record = record::ParsedRecord::Parse(std::string(value));
        if (!arrival.ok() || !record.ok())
          return DataLoss(fmt::format("pending record {}: damaged", HexEncode(AsBytes(key))));
        next_arrival_ = *arrival + 1;
        // Not `local`: whether it is still legal is found out on the way.
        Insert(std::make_shared<HeldRecord>(std::move(*record), *arrival, false, now));
        return true;
      });
}

Status Pending::MayAdd(const record::ParsedRecord& record) const {
  const HeldRecord* same = FindSequence(record.key_id(), record.sequence());
  if (same != nullptr && same->record.id() != record.id())
    return AlreadyExists(fmt::format(
        "record {}: its author's key {} has signed another record with the number {}: {}, which is "
        "pending; both are kept as proof",
        record.id(), record.key_id(), record.sequence(), same->record.id()));
  const size_t bytes = record.envelope().size();
  const auto check = [&](const std::map<std::string, Share>& shares, const std::string& whose,
                         size_t records_max, size_t bytes_max) {
    const auto it = shares.find(whose);
    if (it == shares.end()) return absl::OkStatus();
    if (it->second.records < records_max && it->second.bytes + bytes <= bytes_max)
      return absl::OkStatus();
    return ResourceExhausted(
        fmt::format("\"{}\" has {} pending records of {} bytes here, which is its share; send more "
                    "when some are final",
                    whose, it->second.records, it->second.bytes));
  };
  RETURN_IF_ERROR(check(shares_, record.record().member(), limits::kPendingRecordsPerMemberMax,
                        limits::kPendingBytesPerMemberMax));
  return check(officers_, OfficerOf(record), limits::kPendingRecordsPerOfficerMax,
               limits::kPendingBytesPerOfficerMax);
}

std::string Pending::OfficerOf(const record::ParsedRecord& record) {
  return record.record().member() + "/" + record.record().officer();
}

std::vector<std::string> Pending::FullShares() const {
  std::vector<std::string> out;
  for (const auto& [member, share] : shares_) {
    if (share.records >= limits::kPendingRecordsPerMemberMax ||
        share.bytes + limits::kEnvelopeBytesMax > limits::kPendingBytesPerMemberMax)
      out.push_back(member);
  }
  for (const auto& [officer, share] : officers_) {
    if (share.records >= limits::kPendingRecordsPerOfficerMax ||
        share.bytes + limits::kEnvelopeBytesMax > limits::kPendingBytesPerOfficerMax)
      out.push_back(officer);
  }
  return out;
}

std::vector<const HeldRecord*> Pending::BehindGap(const BySequence& records,
                                                  uint64_t final_sequence) {
  std::vector<const HeldRecord*> out;
  uint64_t next = final_sequence + 1;
  for (const auto& [sequence, held] : records) {
    if (sequence == next) {
      ++next;
    } else {
      out.push_back(held.get());
    }
  }
  return out;
}

void Pending::Insert(const std::shared_ptr<HeldRecord>& record) {
  const MutexLock lock(&mu_);
  for (Share* share :
       {&shares_[record->record.record().member()], &officers_[OfficerOf(record->record)]}) {
    ++share->records;
    share->bytes += record->record.envelope().size();
  }
  authors_[record->record.key_id()][record->record.sequence()] = record;
  by_arrival_[record->arrival] = record;
  by_id_[record->record.id()] = record;
  ++additions_;
}

const HeldRecord& Pending::Add(record::ParsedRecord record, bool local, SteadyMs now,
                               store::Store::Batch* batch) {
  auto added = std::make_shared<HeldRecord>(std::move(record), next_arrival_++, local, now);
  batch->Put(Family::kPending, BigEndian64(added->arrival), added->record.envelope());
  Insert(added);
  return *added;
}

void Pending::DeleteStored(const RecordId& id, store::Store::Batch* batch) const {
  const HeldRecord* held = Find(id);
  if (held != nullptr) batch->Delete(Family::kPending, BigEndian64(held->arrival));
}

void Pending::Erase(const RecordId& id) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return;
  const std::shared_ptr<HeldRecord> gone = it->second;
  const MutexLock lock(&mu_);
  const auto give_back = [&](std::map<std::string, Share>& shares, const std::string& whose) {
    const auto share = shares.find(whose);
    share->second.bytes -= gone->record.envelope().size();
    if (--share->second.records == 0) shares.erase(share);
  };
  give_back(shares_, gone->record.record().member());
  give_back(officers_, OfficerOf(gone->record));
  const auto author = authors_.find(gone->record.key_id());
  author->second.erase(gone->record.sequence());
  if (author->second.empty()) authors_.erase(author);
  by_arrival_.erase(gone->arrival);
  by_id_.erase(it);
  ++removals_;
}

HeldRecord* Pending::Find(const RecordId& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second.get();
}

const HeldRecord* Pending::FindSequence(const KeyId& key, uint64_t sequence) const {
  const auto author = authors_.find(key);
  if (author == authors_.end()) return nullptr;
  const auto it = author->second.find(sequence);
  return it == author->second.end() ? nullptr : it->second.get();
}

std::optional<std::pair<uint64_t, RecordId>> Pending::Head(const KeyId& key,
                                                           uint64_t from_sequence) const {
  const MutexLock lock(&mu_);
  const auto author = authors_.find(key);
  if (author == authors_.end()) return std::nullopt;
  std::optional<std::pair<uint64_t, RecordId>> head;
  for (auto it = author->second.find(from_sequence);
       it != author->second.end() && it->first == from_sequence; ++it, ++from_sequence)
    head = {it->first, it->second->record.id()};
  return head;
}

StatusOr<std::string> Pending::Envelope(const RecordId& id) const {
  const MutexLock lock(&mu_);
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return NotFound(fmt::format("record {} is not pending", id));
  return it->second->record.envelope();
}

}  // namespace parley::replica
