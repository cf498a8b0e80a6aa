#include "ledger/store/store_source.h"

#include "crypto/encoding.h"
#include "ledger/rules/state_keys.h"
#include "ledger/store/database_audit.h"
#include "ledger/store/ledger_keys.h"
#include "parley/v1/entry.pb.h"
#include "parley/v1/state.pb.h"

namespace parley::store {
namespace {

constexpr uint64_t kGapMax = 4'096;  // missing numbers that are passed over when there is no tip

}  // namespace

StoreSource::StoreSource(std::shared_ptr<Store> store)
    : store_(std::move(store)),
      snapshot_(store_->TakeSnapshot(Store::Damage::kReadOn)),
      reader_(snapshot_) {}

std::string StoreSource::EntryPlace(uint64_t index) const {
  return fmt::format("entries/{}", index);
}

std::string StoreSource::TilePlace(uint8_t level, uint64_t index, uint16_t /*width*/) const {
  return fmt::format("tiles/{}/{}", level, index);
}

std::string StoreSource::CharterPlace(uint64_t version) const {
  return RowName(Family::kState, rules::keys::CharterVersion(static_cast<uint32_t>(version)));
}

std::string StoreSource::CheckpointPlace(uint64_t size) const {
  return fmt::format("checkpoints/{}", size);
}

void StoreSource::CompareWith(const archive::Replayed& replayed, archive::ConsensusCheck* consensus,
                              const std::function<void(archive::Problem)>& found) {
  const StatusOr<uint64_t> count = EntryCount();
  DatabaseAudit audit{reader_, replayed, count.ok() ? *count : 0, consensus, found};
  CheckNumbered(audit);
  CheckState(audit);
  CheckIndex(audit);
  CheckBlocks(audit);
  CheckMeta(audit);
  CheckCheckpointRows(audit);
  CheckVotes(audit);
  CheckPending(audit);
}

// As the rules' state has them.
StatusOr<std::vector<std::string>> StoreSource::Charters() {
  std::vector<std::string> out;
  RETURN_IF_ERROR(
      snapshot_->ForEach(Family::kState, "charter/version/", "",
                         [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
                           v1::CharterVersionState held;
                           if (!held.ParseFromString(std::string(value)))
                             return DataLoss(fmt::format("state: {} cannot be read", key));
                           out.push_back(held.note());
                           return true;
                         }));
  return out;
}

StatusOr<std::string> StoreSource::LatestCheckpoint() {
  ASSIGN_OR_RETURN(const std::optional<std::string> note, reader_.LatestCheckpoint());
  if (!note.has_value()) return NotFound("no checkpoint was published here");
  return *note;
}

StatusOr<std::vector<uint64_t>> StoreSource::CheckpointSizes() { return reader_.CheckpointSizes(); }

StatusOr<std::string> StoreSource::Checkpoint(uint64_t size) { return reader_.Checkpoint(size); }

// The tip says how many there are. What lies behind it without a gap is audited as entries too, so
// that a forged tip hides nothing; any other number is a stray row, which CompareWith names.
StatusOr<uint64_t> StoreSource::EntryCount() {
  if (count_.has_value()) return *count_;
  const auto tip = reader_.Tip();
  const uint64_t claimed = tip.ok() && tip->has_value() ? (*tip)->size : 0;
  const uint64_t gap_max = tip.ok() ? 0 : kGapMax;
  ASSIGN_OR_RETURN(const auto last_claimed, LastEntryBelow(claimed));
  uint64_t count = last_claimed;
  RETURN_IF_ERROR(snapshot_->ForEach(Family::kEntries, "", BigEndian64(count),
                                     [&](std::string_view key, std::string_view) -> StatusOr<bool> {
                                       const StatusOr<uint64_t> number = ParseBigEndian64(key);
                                       if (!number.ok()) return true;
                                       if (*number > count + gap_max) return false;
                                       count = *number + 1;
                                       return true;
                                     }));
  count_ = count;
  return count;
}

// One more than the greatest number of an entry below `end`.
StatusOr<uint64_t> StoreSource::LastEntryBelow(uint64_t end) const {
  for (uint64_t i = end; i > 0; --i) {
    const StatusOr<std::string> entry = snapshot_->Get(Family::kEntries, EntryKey(i - 1));
    if (!absl::IsNotFound(entry.status())) return i;
  }
  return 0;
}

StatusOr<std::string> StoreSource::Entry(uint64_t index) {
  StatusOr<std::string> entry = snapshot_->Get(Family::kEntries, EntryKey(index));
  if (absl::IsNotFound(entry.status())) return NotFound(fmt::format("no entry {} here", index));
  return entry;
}

StatusOr<std::vector<Hash>> StoreSource::Tile(uint8_t level, uint64_t index, uint16_t /*width*/) {
  ASSIGN_OR_RETURN(const std::string bytes, snapshot_->Get(Family::kTiles, TileKey(level, index)));
  std::vector<Hash> out;
  for (size_t at = 0; at + Hash::kSize <= bytes.size(); at += Hash::kSize) {
    ASSIGN_OR_RETURN(out.emplace_back(),
                     Hash::FromBytes(std::string_view(bytes).substr(at, Hash::kSize)));
  }
  return out;
}

std::vector<std::string> StoreSource::ContainerProblems() { return store_->DamagedFiles(); }

StatusOr<std::unique_ptr<archive::Source>> OpenStoreSource(const std::string& dir) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(dir, Store::Mode::kReadOnly));
  return std::make_unique<StoreSource>(std::move(store));
}

}  // namespace parley::store
