#include "base/limits.h"
#include "crypto/encoding.h"
#include "ledger/store/ledger_store.h"
#include "node/replica/replica.h"

namespace parley::replica {
namespace {

// Small blocks cost the receiver more than their bytes: each is executed on top of the one before.
constexpr size_t kBlocksMax = 256;

// Reads on from one height; knows whether a block ends its epoch.
class Walk {
 public:
  static StatusOr<Walk> Create(const store::Snapshot& snapshot, uint64_t first_height) {
    Walk out(snapshot);
    ASSIGN_OR_RETURN(const std::optional<rules::LedgerTip> tip, out.reader_.Tip());
    if (!tip.has_value() || first_height == 0 || first_height > tip->height)
      return NotFound(fmt::format("no block {} here: the ledger has height {}", first_height,
                                  tip.has_value() ? tip->height : 0));
    out.last_ = tip->height;
    out.next_ = first_height;
    ASSIGN_OR_RETURN(out.ledger_, out.reader_.Ledger());
    return out;
  }

  // What follows is final by the word of other members, when there is anything.
  bool AtEnd() const { return next_ > last_; }
  StatusOr<std::string> Whole() { return reader_.BlockBytes(next_); }
  // The header as it stands at a block's beginning, with its length.
  StatusOr<std::string> Link() {
    ASSIGN_OR_RETURN(const std::string header, reader_.BlockHeaderBytes(next_));
    return Encoder().Var(header).TakeString();
  }
  // The finalization of the block at hand, empty when it is final through a later one; goes on.
  StatusOr<std::string> Pass() {
    ASSIGN_OR_RETURN(const std::string header, reader_.BlockHeaderBytes(next_));
    ASSIGN_OR_RETURN(const rules::BlockHeader decoded,
                     rules::BlockHeader::Decode(ledger_, AsBytes(header)), "stored block");
    ASSIGN_OR_RETURN(std::string finalization, reader_.Finalization(next_));
    next_ = decoded.seal ? last_ + 1 : next_ + 1;
    return finalization;
  }

 private:
  // The caller's snapshot outlives the reader, which is gone when the answer is made.
  explicit Walk(const store::Snapshot& snapshot)
      : reader_(std::shared_ptr<const store::Snapshot>(std::shared_ptr<void>(), &snapshot)) {}

  store::LedgerReader reader_;
  LedgerId ledger_;
  uint64_t next_ = 0;
  uint64_t last_ = 0;
};

}  // namespace

StatusOr<BlockRange> ReadBlocks(const store::Snapshot& snapshot, uint64_t first_height) {
  ASSIGN_OR_RETURN(Walk walk, Walk::Create(snapshot, first_height));
  BlockRange out;
  size_t bytes = 0;
  size_t final_count = 0;  // blocks up to the last one whose finalization is held
  while (!walk.AtEnd() && out.blocks.size() < kBlocksMax) {
    ASSIGN_OR_RETURN(std::string block, walk.Whole());
    if (!out.blocks.empty() && bytes + block.size() > limits::kFetchAnswerBytesMax) break;
    bytes += block.size();
    out.blocks.push_back(std::move(block));
    ASSIGN_OR_RETURN(std::string finalization, walk.Pass());
    if (finalization.empty()) continue;
    final_count = out.blocks.size();
    out.finalization = std::move(finalization);
  }
  if (final_count > 0) {
    out.blocks.resize(final_count);
    return out;
  }
  // None of them is final by itself: the headers that follow, up to one that is, show that they
  // are.
  while (!walk.AtEnd() && out.finalization.empty()) {
    if (out.blocks.size() > kBlocksMax + limits::kFetchLinksMax) break;
    ASSIGN_OR_RETURN(out.blocks.emplace_back(), walk.Link());
    ASSIGN_OR_RETURN(out.finalization, walk.Pass());
  }
  if (out.finalization.empty())
    return NotFound(fmt::format("no finalization within reach of block {}", first_height));
  return out;
}

}  // namespace parley::replica
