#include "node/replica/vote_log.h"

#include "crypto/encoding.h"
#include "node/proofs/proof_check.h"

namespace parley::replica {
namespace {

using consensus::Epoch;
using consensus::Height;
using consensus::View;
using store::Family;

constexpr std::string_view kMarkerKey = "m";
constexpr std::string_view kMetaKey = "votes";

std::string ViewKey(char type, Epoch epoch, View view) {
  return std::string(1, type) + BigEndian64(ToInt(epoch)) + BigEndian64(ToInt(view));
}

std::string BlockKey(Height height, const BlockId& id) {
  return "b" + BigEndian64(ToInt(height)) + id.ToString();
}

// A count, 0 when there is none.
StatusOr<uint64_t> ReadCount(const store::Snapshot& snapshot, Family family, std::string_view key) {
  const StatusOr<std::string> value = snapshot.Get(family, key);
  if (absl::IsNotFound(value.status())) return 0;
  RETURN_IF_ERROR(value.status());
  const StatusOr<uint64_t> count = ParseBigEndian64(*value);
  if (!count.ok()) return DataLoss(fmt::format("count of votes \"{}\" is damaged", key));
  return *count;
}

}  // namespace

Status VoteLog::LoadMarker(const store::Snapshot& snapshot, Contents* out) {
  ASSIGN_OR_RETURN(const uint64_t in_log, ReadCount(snapshot, Family::kVotes, kMarkerKey));
  ASSIGN_OR_RETURN(const uint64_t in_meta, ReadCount(snapshot, Family::kMeta, kMetaKey));
  signed_votes_ = std::max(in_log, in_meta);
  out->votes_lost = in_log != in_meta;
  return absl::OkStatus();
}

StatusOr<VoteLog::Contents> VoteLog::Load(const store::Snapshot& snapshot,
                                          consensus::Application& parser, View slots_from) {
  Contents out;
  RETURN_IF_ERROR(LoadMarker(snapshot, &out));
  const auto visit = [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
    const Status s = LoadOne(key, value, parser, &out.restored);
    if (!s.ok())
      return DataLoss(fmt::format("vote log, key {}: {}", HexEncode(AsBytes(key)), MessageOf(s)));
    return true;
  };
  for (const char type : {'v', 'c', 'e'})
    RETURN_IF_ERROR(snapshot.ForEach(Family::kVotes,
                                     std::string(1, type) + BigEndian64(ToInt(epoch_)), "", visit));
  RETURN_IF_ERROR(snapshot.ForEach(Family::kVotes, "b", "", visit));
  std::erase_if(out.restored.blocks,
                [this](const consensus::Block& b) { return b.epoch != epoch_; });
  for (const consensus::Certificate& c : out.restored.certificates) {
    if (c.vote.kind == consensus::VoteKind::kFinalize)
      slots_from = std::max(slots_from, c.vote.view);
  }
  RETURN_IF_ERROR(snapshot.ForEach(Family::kVotes, "s" + BigEndian64(ToInt(epoch_)),
                                   ViewKey('s', epoch_, slots_from), visit));
  return out;
}

Status VoteLog::LoadOne(std::string_view key, std::string_view value,
                        consensus::Application& parser, consensus::Restored* out) {
  switch (key.front()) {
    case 'v': {
      ASSIGN_OR_RETURN(out->my_votes.emplace_back(),
                       consensus::DecodeSignedVote(ledger_, AsBytes(value)));
      by_view_.emplace(out->my_votes.back().vote.view, key);
      return absl::OkStatus();
    }
    case 'c': {
      ASSIGN_OR_RETURN(out->certificates.emplace_back(),
                       consensus::DecodeCertificate(ledger_, AsBytes(value)));
      by_view_.emplace(out->certificates.back().vote.view, key);
      return absl::OkStatus();
    }
    case 's': {
      ASSIGN_OR_RETURN(out->slots.emplace_back(),
                       consensus::DecodeStoredSlot(ledger_, AsBytes(value)));
      return absl::OkStatus();
    }
    case 'b': {
      ASSIGN_OR_RETURN(out->blocks.emplace_back(), parser.Parse(std::string(value)));
      blocks_.emplace(out->blocks.back().height, key);
      return absl::OkStatus();
    }
    case 'e': {
      if (key.size() > proofs::kStoreKeyKindAt &&
          static_cast<uint8_t>(key[proofs::kStoreKeyKindAt]) > proofs::kCosignerKinds)
        return absl::OkStatus();  // not of consensus
      ASSIGN_OR_RETURN(out->evidence.emplace_back(),
                       consensus::DecodeEvidence(ledger_, AsBytes(value)));
      return absl::OkStatus();
    }
    default:
      return DataLoss("unknown kind of key");
  }
}

void VoteLog::EndEpoch(store::Store::Batch* batch) {
  for (const auto& [view, key] : by_view_) batch->Delete(Family::kVotes, key);
  for (const auto& [height, key] : blocks_) batch->Delete(Family::kVotes, key);
  by_view_.clear();
  blocks_.clear();
  ended_ = true;
}

void VoteLog::Write(const consensus::Persist& what, store::Store::Batch* batch) {
  if (ended_) return;
  std::visit([&](const auto& p) { Put(p, batch); }, what);
}

void VoteLog::Put(const consensus::persist::MyVote& p, store::Store::Batch* batch) {
  const std::string key = 'v' + consensus::PlaceOf(p.vote.vote);
  batch->Put(Family::kVotes, key, consensus::EncodeSignedVote(ledger_, p.vote));
  const std::string count = BigEndian64(++signed_votes_);
  batch->Put(Family::kVotes, kMarkerKey, count);
  batch->Put(Family::kMeta, kMetaKey, count);
  by_view_.emplace(p.vote.vote.view, key);
}

void VoteLog::Put(const consensus::persist::StoredSlot& p, store::Store::Batch* batch) {
  const std::string key =
      ViewKey('s', p.slot.epoch, p.slot.view) + consensus::SlotIdOf(ledger_, p.slot).ToString();
  batch->Put(Family::kVotes, key, consensus::EncodeStoredSlot(ledger_, p));
}

void VoteLog::Put(const consensus::persist::StoredBlock& p, store::Store::Batch* batch) {
  const std::string key = BlockKey(p.block.height, p.block.id);
  batch->Put(Family::kVotes, key, *p.block.bytes);
  blocks_.emplace(p.block.height, key);
}

void VoteLog::Put(const consensus::persist::DroppedBlock& p, store::Store::Batch* batch) {
  const std::string key = BlockKey(p.height, p.id);
  batch->Delete(Family::kVotes, key);
  const auto [begin, end] = blocks_.equal_range(p.height);
  for (auto it = begin; it != end;) it = it->second == key ? blocks_.erase(it) : std::next(it);
}

void VoteLog::Put(const consensus::persist::StoredCertificate& p, store::Store::Batch* batch) {
  const std::string key = 'c' + consensus::PlaceOf(p.certificate.vote);
  batch->Put(Family::kVotes, key, consensus::EncodeCertificate(ledger_, p.certificate));
  by_view_.emplace(p.certificate.vote.view, key);
}

void VoteLog::Put(const consensus::persist::StoredEvidence& p, store::Store::Batch* batch) {
  const consensus::SignedVote& first = p.evidence.first;
  const std::string key = "e" + BigEndian64(ToInt(first.vote.epoch)) +
                          static_cast<char>(first.signer) + static_cast<char>(p.evidence.kind) +
                          BigEndian64(ToInt(first.vote.view));
  batch->Put(Family::kVotes, key, consensus::EncodeEvidence(ledger_, p.evidence));
}

void VoteLog::Put(const consensus::persist::Prune& p, store::Store::Batch* batch) {
  const auto end = by_view_.upper_bound(p.through);
  for (auto it = by_view_.begin(); it != end; ++it) batch->Delete(Family::kVotes, it->second);
  by_view_.erase(by_view_.begin(), end);
}

void VoteLog::Delivered(Height height, store::Store::Batch* batch) {
  const auto end = blocks_.upper_bound(height);
  for (auto it = blocks_.begin(); it != end; ++it) batch->Delete(Family::kVotes, it->second);
  blocks_.erase(blocks_.begin(), end);
}

}  // namespace parley::replica
