#include "crypto/encoding.h"
#include "ledger/merkle/entry_bundle.h"
#include "ledger/store/ledger_keys.h"
#include "ledger/store/ledger_store.h"

namespace parley::store {
namespace {

Status Refuse(const rules::ExecutedBlock& block, const std::string& why) {
  return Internal(fmt::format("block {} cannot be stored: {}", block.header.height, why));
}

Status CheckParts(const rules::ExecutedBlock& b) {
  if (b.entries.size() != b.header.entry_count || b.case_ids.size() != b.entries.size() ||
      b.leaf_hashes.size() != b.entries.size() ||
      b.records.size() + b.proofs.size() + (b.header.seal ? 1 : 0) > b.entries.size())
    return Refuse(b, "its parts differ in number");
  return absl::OkStatus();
}

// The header's bytes when the block is just the header and its records: then the records need not
// be stored a second time.
std::optional<std::string> SplitHeader(const rules::ExecutedBlock& block, std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  const StatusOr<ByteSpan> header = in.Var(bytes.size());
  if (!header.ok()) return std::nullopt;
  std::vector<std::string> envelopes;
  envelopes.reserve(block.records.size());
  for (const record::ParsedRecord& r : block.records) envelopes.push_back(r.envelope());
  if (JoinBlock(AsText(*header), envelopes, block.proofs) != bytes) return std::nullopt;
  return std::string(AsText(*header));
}

std::string BlockValue(const rules::ExecutedBlock& block, std::string_view bytes) {
  Encoder out;
  if (const auto header = SplitHeader(block, bytes)) {
    out.U8(static_cast<uint8_t>(BlockForm::kSplit))
        .U64(block.header.first_entry)
        .U32(block.header.entry_count)
        .Raw(AsBytes(*header));
  } else {
    out.U8(static_cast<uint8_t>(BlockForm::kWhole)).Raw(AsBytes(bytes));
  }
  return out.TakeString();
}

void PutEntries(const rules::ExecutedBlock& block, Store::Batch* batch) {
  const uint64_t first = block.header.first_entry;
  const size_t events = block.FirstRecord();
  for (size_t i = 0; i < block.entries.size(); ++i) {
    batch->Put(Family::kEntries, EntryKey(first + i), block.entries[i]);
    if (!block.case_ids[i].empty())
      batch->Put(Family::kIndex, CasePrefix(block.case_ids[i]) + BigEndian64(first + i), "");
    if (i >= events && i - events < block.records.size())
      batch->Put(Family::kIndex, RecordKey(block.records[i - events].id()), BigEndian64(first + i));
  }
}

void PutChanges(const rules::StateChanges& changes, Store::Batch* batch) {
  for (const auto& [key, value] : changes) {
    if (value.has_value()) {
      batch->Put(Family::kState, key, *value);
    } else {
      batch->Delete(Family::kState, key);
    }
  }
}

}  // namespace

std::string CheckpointKey(uint64_t size) { return "p" + BigEndian64(size); }

StatusOr<BlockWriter> BlockWriter::Create(const Store& store) {
  LedgerReader reader(store.TakeSnapshot());
  ASSIGN_OR_RETURN(const std::optional<rules::LedgerTip> tip, reader.Tip());
  BlockWriter out;
  if (!tip.has_value()) return out;
  out.height_ = tip->height;
  ASSIGN_OR_RETURN(out.tiles_, merkle::TileUpdates::Create(reader, tip->size));
  if (out.tiles_.ToFrontier() != tip->tree)
    return DataLoss(
        fmt::format("database {}: the tiles of {} entries do not give the ledger's "
                    "tree: one of the last tiles is damaged",
                    store.dir(), tip->size));
  return out;
}

Status BlockWriter::Append(const rules::ExecutedBlock& block, std::string_view block_bytes,
                           std::string_view finalization, Store::Batch* batch) {
  RETURN_IF_ERROR(CheckParts(block));
  const uint64_t height = block.header.height;
  if (height != (height_.has_value() ? *height_ + 1 : 0))
    return Refuse(block, fmt::format("the last one is {}", height_.value_or(0)));
  if (block.header.first_entry != tiles_.size())
    return Refuse(block, fmt::format("it begins with entry {}, the ledger has {}",
                                     block.header.first_entry, tiles_.size()));
  for (const Hash& leaf : block.leaf_hashes) tiles_.Append(leaf);
  if (tiles_.ToFrontier() != block.tip.tree) return Refuse(block, "its tree is another one");
  PutEntries(block, batch);
  for (const merkle::TileWrite& t : tiles_.TakeChanges())
    batch->Put(Family::kTiles, TileKey(t.level, t.index), merkle::EncodeTile(t.hashes));
  PutChanges(block.changes, batch);
  batch->Put(Family::kBlocks, BlockKey(height), BlockValue(block, block_bytes));
  if (!finalization.empty()) batch->Put(Family::kBlocks, FinalizationKey(height), finalization);
  batch->Put(Family::kMeta, kTipKey, EncodeTip(block.tip));
  height_ = height;
  return absl::OkStatus();
}

Status BindIdentity(Store& store, const LedgerId& ledger, std::string_view member) {
  const LedgerReader reader(store.TakeSnapshot());
  const StatusOr<LedgerId> held_ledger = reader.Ledger();
  if (absl::IsNotFound(held_ledger.status())) {
    ASSIGN_OR_RETURN(const auto tip, reader.Tip());
    if (tip.has_value())
      return DataLoss(fmt::format("database {} has a ledger but no identity", store.dir()));
    Store::Batch batch;
    batch.Put(Family::kMeta, kLedgerKey, ledger.ToString());
    batch.Put(Family::kMeta, kMemberKey, member);
    return store.Commit(std::move(batch));
  }
  RETURN_IF_ERROR(held_ledger.status());
  ASSIGN_OR_RETURN(const std::string held_member, reader.Member());
  if (*held_ledger != ledger || held_member != member)
    return FailedPrecondition(
        fmt::format("database {} belongs to member \"{}\" of ledger {}, not to \"{}\" of {}",
                    store.dir(), held_member, *held_ledger, member, ledger));
  return absl::OkStatus();
}

}  // namespace parley::store
