// Answers that prove something: receipts, checkpoints, consistency proofs.

#include <algorithm>

#include "ledger/merkle/proof.h"
#include "ledger/note/cosignature.h"
#include "ledger/note/receipt.h"
#include "node/rpc/answers.h"

namespace parley::rpc {
namespace {

// The newest sizes fit an answer however long the ledger lives.
constexpr size_t kSizesMax = 200'000;

StatusOr<uint64_t> IndexFor(const LedgerView& view, const store::LedgerReader& reader,
                            const v1::GetReceiptRequest& request) {
  const uint64_t size = view.latest->tip.size;
  if (request.of_case() == v1::GetReceiptRequest::kIndex) {
    if (request.index() < size) return request.index();
    return NotFound(
        fmt::format("there is no entry {}: the ledger has {} entries", request.index(), size));
  }
  ASSIGN_OR_RETURN(const RecordId id, RecordId::FromBytes(request.record_id()));
  auto index = reader.FindRecord(id);
  if (!absl::IsNotFound(index.status())) return index;
  if (view.replica.PendingRecord(id).ok())
    return Unavailable(fmt::format("record {} is pending, not final yet", id));
  return NotFound(fmt::format("record {} is neither final nor pending here", id));
}

}  // namespace

Status Answer(const LedgerView& view, const v1::GetReceiptRequest& request,
              v1::GetReceiptResponse* out) {
  store::LedgerReader reader(view.latest->snapshot);
  ASSIGN_OR_RETURN(const uint64_t index, IndexFor(view, reader, request));
  ASSIGN_OR_RETURN(std::optional<std::string> latest, reader.LatestCheckpoint());
  uint64_t covered = 0;
  if (latest) {
    ASSIGN_OR_RETURN(const note::CosignedCheckpoint parsed,
                     note::CosignedCheckpoint::Parse(*latest), "the newest checkpoint");
    covered = parsed.checkpoint.size;
  }
  if (index >= covered)
    return Unavailable(fmt::format(
        "entry {} is not yet under a checkpoint: the newest covers {} entries", index, covered));
  note::Receipt receipt;
  receipt.index = index;
  ASSIGN_OR_RETURN(receipt.hashes, merkle::InclusionProof(reader, index, covered));
  receipt.checkpoint_note = *std::move(latest);
  ASSIGN_OR_RETURN(*out->mutable_entry(), reader.Entry(index));
  out->set_receipt(receipt.Serialize());
  return absl::OkStatus();
}

Status Answer(const LedgerView& view, const v1::GetCheckpointRequest& request,
              v1::GetCheckpointResponse* out) {
  const store::LedgerReader reader(view.latest->snapshot);
  if (request.has_size()) {
    ASSIGN_OR_RETURN(*out->mutable_checkpoint(), reader.Checkpoint(request.size()),
                     "checkpoint of size {}", request.size());
  } else {
    ASSIGN_OR_RETURN(std::optional<std::string> latest, reader.LatestCheckpoint());
    if (!latest) return Unavailable("there is no checkpoint yet: too few members have cosigned");
    out->set_checkpoint(*std::move(latest));
  }
  if (!request.list_sizes()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<uint64_t> sizes, reader.CheckpointSizes());
  const size_t left_out = sizes.size() - std::min(sizes.size(), kSizesMax);
  out->mutable_sizes()->Add(sizes.begin() + static_cast<std::ptrdiff_t>(left_out), sizes.end());
  return absl::OkStatus();
}

Status Answer(const LedgerView& view, const v1::GetConsistencyProofRequest& request,
              v1::GetConsistencyProofResponse* out) {
  const uint64_t size = view.latest->tip.size;
  if (request.second() > size)
    return NotFound(fmt::format("there is no tree of size {}: the ledger has {} entries",
                                request.second(), size));
  store::LedgerReader reader(view.latest->snapshot);
  ASSIGN_OR_RETURN(const auto hashes,
                   merkle::ConsistencyProof(reader, request.first(), request.second()));
  for (const Hash& hash : hashes) out->add_hashes(hash.ToString());
  return absl::OkStatus();
}

}  // namespace parley::rpc
