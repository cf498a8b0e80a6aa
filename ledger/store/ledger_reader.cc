#include "base/limits.h"
#include "crypto/encoding.h"
#include "ledger/merkle/entry_bundle.h"
#include "ledger/store/ledger_keys.h"
#include "ledger/store/ledger_store.h"
#include "parley/v1/entry.pb.h"

namespace parley::store {
namespace {

Status Damaged(std::string_view what, const Status& s) {
  return DataLoss(fmt::format("{}: {}", what, MessageOf(s)));
}

}  // namespace

StatusOr<std::optional<rules::LedgerTip>> LedgerReader::Tip() const {
  const StatusOr<std::string> bytes = snapshot_->Get(Family::kMeta, kTipKey);
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  RETURN_IF_ERROR(bytes.status());
  StatusOr<rules::LedgerTip> tip = DecodeTip(*bytes);
  if (!tip.ok()) return Damaged("the ledger's tip", tip.status());
  return std::optional<rules::LedgerTip>(std::move(*tip));
}

StatusOr<std::string> LedgerReader::Entry(uint64_t index) const {
  const StatusOr<std::string> entry = snapshot_->Get(Family::kEntries, EntryKey(index));
  if (absl::IsNotFound(entry.status())) return NotFound(fmt::format("no entry {} here", index));
  return entry;
}

StatusOr<uint64_t> LedgerReader::FindRecord(const RecordId& id) const {
  const StatusOr<std::string> value = snapshot_->Get(Family::kIndex, RecordKey(id));
  if (absl::IsNotFound(value.status()))
    return NotFound(fmt::format("record {} is not on the ledger here", id));
  RETURN_IF_ERROR(value.status());
  const StatusOr<uint64_t> index = ParseBigEndian64(*value);
  if (!index.ok()) return Damaged(fmt::format("index of record {}", id), index.status());
  return *index;
}

StatusOr<std::vector<uint64_t>> LedgerReader::CaseEntries(std::string_view case_id) const {
  const std::string prefix = CasePrefix(case_id);
  std::vector<uint64_t> out;
  RETURN_IF_ERROR(snapshot_->ForEach(
      Family::kIndex, prefix, prefix,
      [&](std::string_view key, std::string_view) -> StatusOr<bool> {
        const StatusOr<uint64_t> index = ParseBigEndian64(key.substr(prefix.size()));
        if (!index.ok()) return Damaged(fmt::format("index of case {}", case_id), index.status());
        out.push_back(*index);
        return true;
      }));
  return out;
}

StatusOr<std::string> LedgerReader::BlockHeaderBytes(uint64_t height) const {
  const StatusOr<std::string> value = snapshot_->Get(Family::kBlocks, BlockKey(height));
  if (absl::IsNotFound(value.status())) return NotFound(fmt::format("no block {} here", height));
  RETURN_IF_ERROR(value.status());
  Decoder in(AsBytes(*value));
  ASSIGN_OR_RETURN(const uint8_t form, in.U8(), "block {}", height);
  if (form == static_cast<uint8_t>(BlockForm::kWhole)) {
    ASSIGN_OR_RETURN(const ByteSpan header, in.Var(in.remaining()), "block {}", height);
    return std::string(AsText(header));
  }
  RETURN_IF_ERROR(in.U64().status(), "block {}", height);
  RETURN_IF_ERROR(in.U32().status(), "block {}", height);
  ASSIGN_OR_RETURN(const ByteSpan header, in.Raw(in.remaining()), "block {}", height);
  return std::string(AsText(header));
}

StatusOr<std::string> LedgerReader::BlockBytes(uint64_t height) const {
  const StatusOr<std::string> value = snapshot_->Get(Family::kBlocks, BlockKey(height));
  if (absl::IsNotFound(value.status())) return NotFound(fmt::format("no block {} here", height));
  RETURN_IF_ERROR(value.status());
  Decoder in(AsBytes(*value));
  const StatusOr<uint8_t> form = in.U8();
  if (form.ok() && *form == static_cast<uint8_t>(BlockForm::kWhole)) return value->substr(1);
  const StatusOr<uint64_t> first = in.U64();
  const StatusOr<uint32_t> count = in.U32();
  if (!count.ok() || *form != static_cast<uint8_t>(BlockForm::kSplit) ||
      *count > limits::kBlockEntriesMax)
    return DataLoss(fmt::format("block {} is damaged", height));
  ASSIGN_OR_RETURN(const ByteSpan header, in.Raw(in.remaining()));
  std::vector<std::string> envelopes, proofs;
  for (uint64_t i = *first; i < *first + *count; ++i) {
    ASSIGN_OR_RETURN(const std::string bytes, Entry(i), "block {}", height);
    v1::Entry entry;
    if (!entry.ParseFromString(bytes))
      return DataLoss(fmt::format("block {}: entry {} is damaged", height, i));
    if (entry.has_record()) envelopes.push_back(std::move(*entry.mutable_record()));
    if (entry.event().has_misbehaviour())
      proofs.push_back(std::move(*entry.mutable_event()->mutable_misbehaviour()->mutable_proof()));
  }
  return JoinBlock(AsText(header), envelopes, proofs);
}

StatusOr<std::string> LedgerReader::Finalization(uint64_t height) const {
  const StatusOr<std::string> value = snapshot_->Get(Family::kBlocks, FinalizationKey(height));
  if (absl::IsNotFound(value.status())) return std::string();
  return value;
}

StatusOr<std::string> LedgerReader::Checkpoint(uint64_t size) const {
  const StatusOr<std::string> note = snapshot_->Get(Family::kCheckpoints, CheckpointKey(size));
  if (absl::IsNotFound(note.status()))
    return NotFound(fmt::format("no checkpoint of {} entries was published here", size));
  return note;
}

StatusOr<std::optional<std::string>> LedgerReader::LatestCheckpoint() const {
  ASSIGN_OR_RETURN(auto last, snapshot_->Last(Family::kCheckpoints, "p"));
  if (!last.has_value()) return std::optional<std::string>();
  return std::optional<std::string>(std::move(last->second));
}

StatusOr<std::vector<uint64_t>> LedgerReader::CheckpointSizes() const {
  std::vector<uint64_t> out;
  RETURN_IF_ERROR(snapshot_->ForEach(
      Family::kCheckpoints, "p", "", [&](std::string_view key, std::string_view) -> StatusOr<bool> {
        const StatusOr<uint64_t> size = ParseBigEndian64(key.substr(1));
        if (!size.ok()) return Damaged("a checkpoint's key", size.status());
        out.push_back(*size);
        return true;
      }));
  return out;
}

StatusOr<LedgerId> LedgerReader::Ledger() const {
  ASSIGN_OR_RETURN(const std::string bytes, snapshot_->Get(Family::kMeta, kLedgerKey));
  const StatusOr<LedgerId> id = LedgerId::FromBytes(bytes);
  if (!id.ok()) return Damaged("the database's identity", id.status());
  return *id;
}

StatusOr<std::string> LedgerReader::Member() const {
  return snapshot_->Get(Family::kMeta, kMemberKey);
}

StatusOr<std::vector<Hash>> LedgerReader::ReadTile(uint8_t level, uint64_t index, uint16_t width) {
  const std::string what = fmt::format("tile {}/{}", level, index);
  const StatusOr<std::string> bytes = snapshot_->Get(Family::kTiles, TileKey(level, index));
  RETURN_IF_ERROR(bytes.status(), "{}", what);
  const size_t want = size_t{width} * Hash::kSize;
  if (bytes->size() < want || bytes->size() % Hash::kSize != 0)
    return DataLoss(fmt::format("{}: want {} hashes, it has {} bytes", what, width, bytes->size()));
  StatusOr<std::vector<Hash>> hashes =
      merkle::ParseTile(std::string_view(*bytes).substr(0, want), width);
  if (!hashes.ok()) return Damaged(what, hashes.status());
  return hashes;
}

StatusOr<std::optional<std::string>> StoredState::Get(std::string_view key) const {
  StatusOr<std::string> value = snapshot_->Get(Family::kState, key);
  if (absl::IsNotFound(value.status())) return std::optional<std::string>();
  RETURN_IF_ERROR(value.status());
  return std::optional<std::string>(std::move(*value));
}

Status StoredState::Scan(std::string_view prefix, const Visitor& fn) const {
  return snapshot_->ForEach(Family::kState, prefix, prefix,
                            [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
                              return fn(key, value);
                            });
}

Status StoredState::ScanAfter(std::string_view prefix, std::string_view after,
                              const Visitor& fn) const {
  // The least key that is greater; before the prefix when `after` is.
  const std::string from = std::string(after) + '\0';
  return snapshot_->ForEach(Family::kState, prefix, from,
                            [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
                              return fn(key, value);
                            });
}

}  // namespace parley::store
