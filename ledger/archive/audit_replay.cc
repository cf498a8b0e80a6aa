#include <algorithm>

#include "ledger/archive/block_replay.h"
#include "ledger/archive/replay_items.h"

namespace parley::archive {
namespace {

constexpr size_t kWindow = 2'048;

// Goes through all entries in order: what each says about itself, the hash chain, signatures and
// author chains; then hands them on block by block.
class ReplayPass {
 public:
  explicit ReplayPass(AuditRun& run)
      : run_(run), reader_(run), chains_(run), blocks_(run, reader_.Check()) {}

  Replayed Run() {
    for (uint64_t first = 0; first < run_.total; first += kWindow) {
      const auto count = static_cast<size_t>(std::min<uint64_t>(kWindow, run_.total - first));
      for (ReplayItem& item : reader_.Read(first, count)) Take(std::move(item));
      run_.Tick(run_.total + first + count);
    }
    EndOfOrder();
    PlaceUndecided(~uint64_t{0}, block_time_);
    EndOfBlock();
    return blocks_.Finish();
  }

 private:
  void Take(ReplayItem item) {
    CheckSelf(&item);
    const bool sound = item.entry.has_value() && !item.damaged && StartsOrContinuesBlock(&item);
    if (sound) CheckChain(item);
    previous_ = item.present ? std::optional(item.hash) : std::nullopt;
    previous_damaged_ = item.damaged;
    BlockItem next{std::move(item), false};
    next.executable = CheckRecord(&next.item);
    if (!sound) {
      undecided_.push_back(std::move(next));
      return;
    }
    const v1::Entry& e = *next.item.entry;
    PlaceUndecided(e.height(), e.time_ms());
    GoTo(e.height(), e.time_ms());
    block_.push_back(std::move(next));
  }

  // Damaged entries say little about their block; the next sound one tells what is possible.
  void PlaceUndecided(uint64_t height, uint64_t time_ms) {
    for (BlockItem& b : undecided_) {
      if (b.item.entry.has_value()) {
        const uint64_t said = b.item.entry->height();
        if (said == height) GoTo(height, time_ms);
        if (said < height && said > block_height_.value_or(0)) GoTo(said, b.item.entry->time_ms());
      }
      block_.push_back(std::move(b));
    }
    undecided_.clear();
  }

  void GoTo(uint64_t height, uint64_t time_ms) {
    if (block_height_ == height) return;
    EndOfBlock();
    block_height_ = height;
    block_time_ = time_ms;
  }

  void Damage(ReplayItem* item, const std::string& kind, const std::string& what) {
    item->damaged = true;
    run_.damaged[item->number] = true;
    run_.AddEntry(kind, what, item->number, item->bytes);
  }

  void CheckSelf(ReplayItem* item) {
    if (item->damaged || !item->present) return;
    if (!item->status.ok()) {
      Damage(item, "entry", MessageOf(item->status));
    } else if (item->entry->index() != item->number) {
      item->damaged = true;
      run_.damaged[item->number] = true;
      OutOfOrder(*item);
    }
  }

  // Entries that follow one that was removed or put in are all out by the same distance: that is
  // one problem.
  void OutOfOrder(const ReplayItem& item) {
    const uint64_t shift = item.entry->index() - item.number;  // modulo 2^64
    if (!order_.has_value() || order_->shift != shift || order_->last + 1 != item.number) {
      EndOfOrder();
      order_ = OrderRun{item.number, item.number, shift, item.bytes};
    }
    order_->last = item.number;
  }

  void EndOfOrder() {
    if (!order_.has_value()) return;
    const auto& [first, last, shift, bytes] = *order_;
    const bool early = shift < (uint64_t{1} << 63);
    run_.AddEntry("order",
                  first == last
                      ? fmt::format("what stands here says it is entry {}", first + shift)
                      : fmt::format("what stands here up to {} stands {} places too {}: it says it "
                                    "is entries {} to {}",
                                    last, early ? shift : ~shift + 1, early ? "early" : "late",
                                    first + shift, last + shift),
                  first, bytes);
    order_.reset();
  }

  // False, and damaged, when height or time cannot be those of an entry here.
  bool StartsOrContinuesBlock(ReplayItem* item) {
    const v1::Entry& e = *item->entry;
    const std::string time = FormatTime(static_cast<TimeMs>(e.time_ms()));
    if (block_height_.has_value() && e.height() == *block_height_) {
      if (e.time_ms() == block_time_) return true;
      Damage(item, "entry",
             fmt::format("its time is {}, that of its block {}", time,
                         FormatTime(static_cast<TimeMs>(block_time_))));
      return false;
    }
    const uint64_t want = block_height_.has_value() ? *block_height_ + 1 : 0;
    // Whole blocks may be missing or damaged.
    if (e.height() != want && !(e.height() > want && previous_damaged_)) {
      Damage(item, "entry",
             fmt::format("it says block {}, but block {} comes here", e.height(), want));
      return false;
    }
    if (block_height_.has_value() && e.time_ms() <= block_time_)
      run_.AddEntry("entry",
                    fmt::format("its block's time {} is not after {}, that of the block before",
                                time, FormatTime(static_cast<TimeMs>(block_time_))),
                    item->number, item->bytes);
    return true;
  }

  // The entry names the hash of the one before it. Of two damaged ones each was reported already.
  void CheckChain(const ReplayItem& item) {
    if (item.damaged || previous_damaged_) return;
    const EntryHash want = item.number == 0 ? EntryHash() : previous_.value_or(EntryHash());
    if (item.entry->previous() == want.ToString()) return;
    run_.AddEntry(
        "hash-chain",
        fmt::format("it names {} as the hash of entry {}, which is {}: one of the two was "
                    "changed",
                    HexEncode(AsBytes(item.entry->previous())), item.number - 1, want),
        item.number, item.bytes);
  }

  // Whether the record's own proof of authorship is good.
  bool CheckRecord(ReplayItem* item) {
    if (!item->record.has_value()) return false;
    ++run_.report.records;
    const record::ParsedRecord& r = *item->record;
    if (!item->known_key) {
      if (!item->damaged && unknown_keys_.insert(r.key_id()).second)
        run_.AddEntry("signature",
                      fmt::format("key {} was never enrolled; its records are not checked further",
                                  r.key_id()),
                      item->number, item->bytes);
      return false;
    }
    if (!item->signature_holds && !item->damaged)
      run_.AddEntry("signature",
                    fmt::format("it is not signed by key {} of {}/{}", r.key_id(),
                                r.record().member(), r.record().officer()),
                    item->number, item->bytes);
    const bool follows = chains_.Follow(*item);
    return (item->signature_holds || item->damaged) && follows;
  }

  void EndOfBlock() {
    if (!block_.empty()) blocks_.Run(block_height_.value_or(0), block_time_, std::move(block_));
    block_.clear();
  }

  AuditRun& run_;
  ReplayReader reader_;
  AuthorChains chains_;
  BlockReplay blocks_;
  std::vector<BlockItem> block_;
  std::vector<BlockItem> undecided_;  // damaged: of this block or of a later one
  std::optional<uint64_t> block_height_;
  uint64_t block_time_ = 0;
  std::optional<EntryHash> previous_;
  bool previous_damaged_ = false;
  std::set<KeyId> unknown_keys_;
  struct OrderRun {
    uint64_t first;
    uint64_t last;
    uint64_t shift;
    std::string bytes;
  };
  std::optional<OrderRun> order_;
};

}  // namespace

Replayed AuditReplay(AuditRun& run) { return ReplayPass(run).Run(); }

}  // namespace parley::archive
