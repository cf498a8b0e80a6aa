#include "ledger/store/store_source.h"

#include "crypto/encoding.h"
#include "ledger/store/ledger_keys.h"
#include "parley/v1/entry.pb.h"
#include "parley/v1/state.pb.h"

namespace parley::store {
namespace {

constexpr uint64_t kBeyondTipMax = 4'096;  // entries beyond the tip that are looked at one by one

}  // namespace

StoreSource::StoreSource(std::shared_ptr<Store> store)
    : store_(std::move(store)), snapshot_(store_->TakeSnapshot()), reader_(snapshot_) {}

std::string StoreSource::EntryPlace(uint64_t index) const {
  return fmt::format("entries/{}", index);
}

std::string StoreSource::TilePlace(uint8_t level, uint64_t index, uint16_t /*width*/) const {
  return fmt::format("tiles/{}/{}", level, index);
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

StatusOr<uint64_t> StoreSource::EntryCount() {
  ASSIGN_OR_RETURN(const auto last, snapshot_->Last(Family::kEntries, ""));
  if (!last.has_value()) return uint64_t{0};
  ASSIGN_OR_RETURN(const uint64_t index, ParseBigEndian64(last->first), "key of an entry");
  // One key must not make anyone count to its number; ContainerProblems() tells of it.
  const auto tip = reader_.Tip();
  if (tip.ok() && tip->has_value() && index > (*tip)->size + kBeyondTipMax)
    return (*tip)->size + kBeyondTipMax;
  return index + 1;
}

StatusOr<std::string> StoreSource::Entry(uint64_t index) { return reader_.Entry(index); }

StatusOr<std::vector<Hash>> StoreSource::Tile(uint8_t level, uint64_t index, uint16_t /*width*/) {
  ASSIGN_OR_RETURN(const std::string bytes, snapshot_->Get(Family::kTiles, TileKey(level, index)));
  std::vector<Hash> out;
  for (size_t at = 0; at + Hash::kSize <= bytes.size(); at += Hash::kSize) {
    ASSIGN_OR_RETURN(out.emplace_back(),
                     Hash::FromBytes(std::string_view(bytes).substr(at, Hash::kSize)));
  }
  return out;
}

std::vector<std::string> StoreSource::ContainerProblems() {
  std::vector<std::string> out;
  const Status files = store_->VerifyFiles();
  if (!files.ok()) out.push_back(MessageOf(files));
  const auto tip = reader_.Tip();
  const auto count = EntryCount();
  if (!tip.ok()) {
    out.push_back(MessageOf(tip.status()));
  } else if (count.ok() && (tip->has_value() ? (*tip)->size : 0) != *count) {
    out.push_back(fmt::format("the tip counts {} entries, the database holds numbers up to {}",
                              tip->has_value() ? (*tip)->size : 0, *count));
  }
  return out;
}

StatusOr<std::unique_ptr<archive::Source>> OpenStoreSource(const std::string& dir) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(dir, Store::Mode::kReadOnly));
  return std::make_unique<StoreSource>(std::move(store));
}

}  // namespace parley::store
