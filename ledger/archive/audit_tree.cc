#include <algorithm>

#include "ledger/archive/audit_run.h"
#include "ledger/archive/layout.h"
#include "ledger/archive/proof_of_leaves.h"
#include "ledger/merkle/frontier.h"
#include "ledger/merkle/tiles.h"

namespace parley::archive {
namespace {

// How many missing entries at the end are still looked at one by one. A checkpoint may claim any
// size.
constexpr uint64_t kMissingMax = 65'536;

using TileRows = std::vector<std::vector<Hash>>;

class TreePass {
 public:
  explicit TreePass(AuditRun& run) : run_(run) {}

  void Run() {
    SetTotal();
    ReadLeaves();
    tiles_ = ReadTiles();
    Prove();
    CheckCheckpoints();
    AuditPlaces(run_);
    CheckTiles();
  }

 private:
  // Levels of tiles as they should be, or as they are held.
  using Levels = std::vector<TileRows>;

  void SetTotal() {
    uint64_t claimed = run_.latest_size.value_or(0);
    if (!run_.checkpoints.empty()) claimed = std::max(claimed, run_.checkpoints.back().size);
    run_.total = run_.count;
    if (claimed > run_.count && claimed - run_.count <= kMissingMax) run_.total = claimed;
    if (claimed > run_.count && claimed - run_.count > kMissingMax)
      run_.Add("entry", fmt::format("entries {} to {} are missing", run_.count, claimed - 1));
    // An archive has the tiles of its checkpoint; a node's database those of all its entries.
    tiled_ = run_.total;
    if (!run_.source.MayOutrunCheckpoint() && !run_.checkpoints.empty())
      tiled_ = std::min(run_.total, run_.checkpoints.back().size);
    run_.damaged.assign(run_.total, false);
    run_.report.entries = run_.count;
  }

  void ReadLeaves() {
    run_.leaves.reserve(run_.count);
    for (uint64_t p = 0; p < run_.count; ++p) {
      const StatusOr<std::string> bytes = run_.source.Entry(p);
      if (!bytes.ok()) run_.unreadable.emplace(p, bytes.status());
      run_.leaves.push_back(bytes.ok() ? merkle::LeafHash(AsBytes(*bytes)) : Hash());
      if (p % 4'096 == 0) run_.Tick(p);
    }
  }

  // Of the tree that has tiles here; what cannot be read is an empty row and is reported here.
  Levels ReadTiles() {
    Levels out(merkle::TileLevels(tiled_));
    const auto levels = static_cast<uint8_t>(out.size());  // at most 8
    for (uint8_t level = 0; level < levels; ++level) {
      for (uint64_t n = 0; n < merkle::TileCount(level, tiled_); ++n) {
        const uint16_t width = merkle::TileWidthAt(level, n, tiled_);
        StatusOr<std::vector<Hash>> tile = run_.source.Tile(level, n, width);
        if (!tile.ok()) {
          run_.Add("tile", MessageOf(tile.status()), run_.source.TilePlace(level, n, width));
        } else if (tile->size() != width) {
          run_.Add("tile", fmt::format("{} hashes, there should be {}", tile->size(), width),
                   run_.source.TilePlace(level, n, width));
        }
        out[level].push_back(tile.ok() ? std::move(*tile) : std::vector<Hash>());
      }
    }
    return out;
  }

  // Takes the newest cosigned root that what is held leads to.
  void Prove() {
    LeafWitnesses held;
    held.entries = run_.leaves;
    if (!tiles_.empty()) held.tiles = tiles_[0];
    if (tiles_.size() > 1) {
      for (const auto& row : tiles_[1]) {
        held.tile_hashes.insert(held.tile_hashes.end(), row.begin(), row.end());
        if (row.size() != kWidth) break;
      }
    }
    for (size_t i = run_.checkpoints.size(); i-- > 0;) {
      const ValidCheckpoint& c = run_.checkpoints[i];
      if (c.size > run_.total) continue;
      held.size = c.size;
      ProvenLeaves proof = ProveLeaves(held, c.root);
      if (!proof.root_matches) continue;
      run_.proven = std::move(proof.leaves);
      run_.is_proven = std::move(proof.is_proven);
      run_.report.covered = c.size;
      run_.report.root = c.root.ToHex();
      run_.report.latest_cosigners = c.cosigners;
      run_.report.covered_at_s = c.latest_s;
      return;
    }
  }

  // Every cosigned checkpoint must be a beginning of this ledger.
  void CheckCheckpoints() {
    merkle::Frontier tree;
    bool complete = true;  // false once a leaf is known by nobody
    size_t next = 0;
    uint64_t agreed = 0;
    const auto& all = run_.checkpoints;
    for (uint64_t i = 0; i <= run_.total && next < all.size(); ++i) {
      for (; next < all.size() && all[next].size == i; ++next) {
        if (!complete) continue;
        if (all[next].root == tree.Root()) {
          agreed = i;
        } else if (!disagreed_) {  // those after it say the same
          Disagrees(all[next], tree.Root(), agreed);
        }
      }
      if (i == run_.total) break;
      if (!run_.Proven(i) && (i < run_.is_proven.size() || !run_.Readable(i))) complete = false;
      tree.Append(run_.LeafOf(i));
    }
    if (!disagreed_ && !all.empty() && run_.report.covered < all.back().size)
      run_.Add(
          "checkpoint",
          fmt::format("the entries and tiles held do not lead to the cosigned root of {} entries",
                      all.back().size),
          all.back().place);
    if (run_.count > run_.report.covered && !run_.source.MayOutrunCheckpoint())
      run_.Add("checkpoint", fmt::format("entries {} to {} are under no cosigned checkpoint",
                                         run_.report.covered, run_.count - 1));
  }

  void Disagrees(const ValidCheckpoint& c, const Hash& root, uint64_t agreed) {
    disagreed_ = true;
    run_.Add("consistency",
             fmt::format("members cosigned root {} for the first {} entries, those held give {}: "
                         "what was changed lies in entries {} to {}",
                         c.root, c.size, root, agreed, c.size - 1),
             c.place);
  }

  void CheckTiles() {
    std::vector<Hash> row;
    for (uint64_t i = 0; i < tiled_; ++i) row.push_back(run_.LeafOf(i));
    const auto levels = static_cast<uint8_t>(tiles_.size());
    for (uint8_t level = 0; level < levels; ++level) {
      std::vector<Hash> above;
      for (uint64_t n = 0; n < tiles_[level].size(); ++n) {
        const std::span<const Hash> want =
            std::span(row).subspan(n * kWidth, std::min<uint64_t>(kWidth, row.size() - n * kWidth));
        CompareTile(level, n, want);
        if (want.size() == kWidth) above.push_back(merkle::FoldTile(want));
      }
      row = std::move(above);
    }
  }

  void CompareTile(uint8_t level, uint64_t n, std::span<const Hash> want) {
    const std::vector<Hash>& held = tiles_[level][n];
    const auto width = static_cast<uint16_t>(want.size());
    for (size_t i = 0; i < std::min(held.size(), want.size()); ++i) {
      const uint64_t number = n * kWidth + i;
      if (held[i] == want[i]) continue;
      // Nobody can say which of the two is wrong: the entry is reported in places.
      if (level == 0 && !run_.Proven(number)) continue;
      run_.Add("tile",
               level == 0 ? fmt::format("the leaf hash of entry {} is not the one members cosigned",
                                        number)
                          : fmt::format("hash {} of it is not that of the tile below", i),
               run_.source.TilePlace(level, n, width));
      return;  // once per tile
    }
    if (level == 0) CompareUnproven(n, held);
  }

  // Without a proof the tile at least must agree with the entries. Neighbours are one problem.
  void CompareUnproven(uint64_t n, const std::vector<Hash>& held) {
    std::optional<uint64_t> first;
    for (size_t i = 0; i <= held.size(); ++i) {
      const uint64_t number = n * kWidth + i;
      const bool differs = i < held.size() && number < run_.total && !run_.Proven(number) &&
                           run_.Readable(number) && held[i] != run_.leaves[number] &&
                           !run_.damaged[number];
      if (differs) {
        run_.damaged[number] = true;
        if (!first.has_value()) first = number;
      } else if (first.has_value()) {
        AddUnproven(*first, number - 1);
        first.reset();
      }
    }
  }

  void AddUnproven(uint64_t first, uint64_t last) {
    const StatusOr<std::string> bytes = run_.source.Entry(first);
    run_.AddEntry(
        "leaf",
        first == last
            ? "it does not match its leaf hash in the tile; one of them was changed"
            : fmt::format("entries {} to {} do not match their leaf hashes in the tile; one "
                          "of them was changed",
                          first, last),
        first, bytes.ok() ? *bytes : std::string());
  }

  AuditRun& run_;
  Levels tiles_;
  uint64_t tiled_ = 0;  // entries that tiles cover
  bool disagreed_ = false;
};

}  // namespace

void AuditTree(AuditRun& run) { TreePass(run).Run(); }

}  // namespace parley::archive
