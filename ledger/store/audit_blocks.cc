// The blocks against what the entries and their execution give, and the certificates that made them
// final.

#include <map>

#include "crypto/encoding.h"
#include "ledger/store/database_audit.h"
#include "ledger/store/ledger_keys.h"

namespace parley::store {
namespace {

class BlocksPass {
 public:
  explicit BlocksPass(DatabaseAudit& audit) : audit_(audit) {}

  void Run() {
    audit_.ForEachRow(Family::kBlocks, [&](std::string_view key, std::string_view value) {
      const StatusOr<uint64_t> height =
          key.size() == 9 ? ParseBigEndian64(key.substr(1)) : InvalidArgument("of another length");
      if (height.ok() && key.front() == 'b') {
        Block(*height, value);
      } else if (height.ok() && key.front() == 'f') {
        Finalization(*height, value);
      } else {
        audit_.Stray(Family::kBlocks, key, "neither a block nor a finalization");
      }
    });
    Missing(next_, Last() + 1);
    if (audit_.consensus != nullptr) FindUnproven();
    if (!held_.empty()) {
      audit_.last_block = held_.rbegin()->second.id;
      audit_.last_digest = held_.rbegin()->second.header.state_digest;
    }
  }

 private:
  struct Held {
    rules::BlockHeader header;
    BlockId id;
    bool finalized = false;
  };

  uint64_t Last() const {
    const auto& blocks = audit_.replayed.blocks;
    return blocks.empty() ? 0 : blocks.rbegin()->first;
  }
  void Add(uint64_t height, std::string detail) {
    audit_.Add("block", std::move(detail), Family::kBlocks, BlockKey(height));
  }

  void Missing(uint64_t first, uint64_t end) {
    if (first >= end) return;
    Add(first, first + 1 == end ? fmt::format("block {} is missing", first)
                                : fmt::format("blocks {} to {} are missing", first, end - 1));
  }

  void Block(uint64_t height, std::string_view value) {
    if (height > Last()) {
      audit_.Stray(Family::kBlocks, BlockKey(height),
                   fmt::format("a block {}: the entries end with block {}", height, Last()));
      return;
    }
    Missing(next_, height);
    next_ = height + 1;
    const StatusOr<rules::BlockHeader> header = Header(value);
    if (!header.ok()) {
      Add(height, fmt::format("block {} cannot be read: {}", height, MessageOf(header.status())));
      return;
    }
    Compare(height, *header);
    held_[height] = {*header, header->Id(audit_.founding().ledger_id())};
  }

  // In either form; what the form says besides must agree with the header.
  StatusOr<rules::BlockHeader> Header(std::string_view value) const {
    const LedgerId& ledger = audit_.founding().ledger_id();
    Decoder in(AsBytes(value));
    ASSIGN_OR_RETURN(const uint8_t form, in.U8());
    if (form == static_cast<uint8_t>(BlockForm::kWhole)) {
      ASSIGN_OR_RETURN(const rules::RawBlock block,
                       rules::RawBlock::Decode(ledger, value.substr(1)));
      return block.header;
    }
    if (form != static_cast<uint8_t>(BlockForm::kSplit))
      return InvalidArgument("it has an unknown form");
    ASSIGN_OR_RETURN(const uint64_t first, in.U64());
    ASSIGN_OR_RETURN(const uint32_t count, in.U32());
    ASSIGN_OR_RETURN(const ByteSpan bytes, in.Raw(in.remaining()));
    ASSIGN_OR_RETURN(const rules::BlockHeader header, rules::BlockHeader::Decode(ledger, bytes));
    if (first != header.first_entry || count != header.entry_count)
      return InvalidArgument(fmt::format("{} entries from {} on are beside a header of {} from {}",
                                         count, first, header.entry_count, header.first_entry));
    return header;
  }

  void Compare(uint64_t height, const rules::BlockHeader& held) {
    std::vector<std::string> wrong;
    const auto compare = [&](std::string_view field, const auto& is, const auto& want) {
      if (is != want)
        wrong.push_back(fmt::format("its {} is {}, it should be {}", field, is, want));
    };
    if (const auto before = held_.find(height - 1); height > 0 && before != held_.end())
      compare("parent", held.parent, before->second.id);
    const auto replayed = audit_.replayed.blocks.find(height);
    if (replayed != audit_.replayed.blocks.end() && replayed->second.whole) {
      const rules::BlockHeader& want = replayed->second.header;
      compare("height", held.height, want.height);
      compare("epoch", held.epoch, want.epoch);
      compare("time", FormatTime(held.time), FormatTime(want.time));
      compare("first entry", held.first_entry, want.first_entry);
      compare("number of entries", held.entry_count, want.entry_count);
      compare("seal", held.seal, want.seal);
      compare("digest of records", held.records_digest, want.records_digest);
      compare("tree root", held.tree_root, want.tree_root);
      if (replayed->second.executed) compare("state digest", held.state_digest, want.state_digest);
    }
    if (!wrong.empty())
      Add(height, fmt::format("header of block {}: {}", height, fmt::join(wrong, "; ")));
  }

  // All blocks come before all finalizations.
  void Finalization(uint64_t height, std::string_view certificate) {
    const auto block = held_.find(height);
    if (block == held_.end()) {
      audit_.Stray(Family::kBlocks, FinalizationKey(height),
                   fmt::format("a finalization of block {}, which is not here", height));
      return;
    }
    block->second.finalized = true;
    if (audit_.consensus == nullptr) return;
    const Status good = Judge(block->second, certificate);
    if (!good.ok())
      audit_.Add("finalization",
                 fmt::format("of block {}: it does not make this block final: {}", height,
                             MessageOf(good)),
                 Family::kBlocks, FinalizationKey(height));
  }

  Status Judge(const Held& block, std::string_view certificate) const {
    const auto& charters = audit_.replayed.charters;
    const uint64_t epoch = block.header.epoch;
    if (epoch == 0 || epoch > charters.size())
      return InvalidArgument(fmt::format("there never was an epoch {}", epoch));
    return audit_.consensus->Finalization(*charters[epoch - 1].charter, block.header, block.id,
                                          certificate);
  }

  // Blocks in between are final through a later one; nothing later vouches for these.
  void FindUnproven() {
    for (const auto& [height, block] : held_) {
      const bool last = height == Last();
      if (height == 0 || block.finalized || !(last || block.header.seal)) continue;
      audit_.Add("finalization",
                 fmt::format("of block {}: it is missing, though this block {}", height,
                             last ? "is the last one" : "ends its epoch"),
                 Family::kBlocks, FinalizationKey(height));
    }
  }

  DatabaseAudit& audit_;
  std::map<uint64_t, Held> held_;
  uint64_t next_ = 0;
};

}  // namespace

void CheckBlocks(DatabaseAudit& audit) { BlocksPass(audit).Run(); }

}  // namespace parley::store
