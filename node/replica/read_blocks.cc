#include "base/limits.h"
#include "crypto/encoding.h"
#include "ledger/store/ledger_store.h"
#include "node/replica/replica.h"

namespace parley::replica {
namespace {

// Small blocks cost the receiver more than their bytes.
constexpr size_t kBlocksMax = 1'024;
constexpr size_t kBytesMax = limits::kFetchAnswerBytesMax + limits::kBlockBytesMax / 2;

StatusOr<bool> IsSeal(const LedgerId& ledger, const std::string& block) {
  Decoder in(AsBytes(block));
  ASSIGN_OR_RETURN(const ByteSpan header, in.Var(block.size()), "stored block");
  ASSIGN_OR_RETURN(const rules::BlockHeader decoded, rules::BlockHeader::Decode(ledger, header),
                   "stored block");
  return decoded.seal;
}

}  // namespace

StatusOr<BlockRange> ReadBlocks(const store::Snapshot& snapshot, uint64_t first_height) {
  // The caller's snapshot outlives the reader, which is gone when this returns.
  const store::LedgerReader reader(
      std::shared_ptr<const store::Snapshot>(std::shared_ptr<void>(), &snapshot));
  ASSIGN_OR_RETURN(const std::optional<rules::LedgerTip> tip, reader.Tip());
  if (!tip.has_value() || first_height == 0 || first_height > tip->height)
    return NotFound(fmt::format("no block {} here: the ledger has height {}", first_height,
                                tip.has_value() ? tip->height : 0));
  ASSIGN_OR_RETURN(const LedgerId ledger, reader.Ledger());
  BlockRange out;
  size_t bytes = 0;
  size_t final_count = 0;  // blocks up to the last one whose finalization is held
  for (uint64_t h = first_height; h <= tip->height && out.blocks.size() < kBlocksMax; ++h) {
    ASSIGN_OR_RETURN(std::string block, reader.BlockBytes(h));
    ASSIGN_OR_RETURN(const bool seal, IsSeal(ledger, block));
    const size_t limit = final_count > 0 ? limits::kFetchAnswerBytesMax : kBytesMax;
    if (!out.blocks.empty() && bytes + block.size() > limit) break;
    bytes += block.size();
    out.blocks.push_back(std::move(block));
    ASSIGN_OR_RETURN(std::string finalization, reader.Finalization(h));
    if (!finalization.empty()) {
      final_count = out.blocks.size();
      out.finalization = std::move(finalization);
    }
    // What follows is final by the word of other members.
    if (seal) break;
  }
  out.blocks.resize(final_count);
  if (final_count == 0)
    return NotFound(fmt::format("no finalization within reach of block {}", first_height));
  return out;
}

}  // namespace parley::replica
