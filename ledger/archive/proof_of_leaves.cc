#include "ledger/archive/proof_of_leaves.h"

#include <optional>

#include "ledger/archive/layout.h"
#include "ledger/merkle/frontier.h"
#include "ledger/merkle/tiles.h"

namespace parley::archive {
namespace {

using MaybeHash = std::optional<Hash>;

// What each witness says about one full tile's hash.
struct Claims {
  MaybeHash entries;
  MaybeHash tile;
  MaybeHash above;
};

enum class Rule { kEntries, kTiles, kAbove, kMajority };

MaybeHash Majority(const Claims& c) {
  if (c.entries && (c.entries == c.tile || c.entries == c.above)) return c.entries;
  if (c.tile && c.tile == c.above) return c.tile;
  return c.entries ? c.entries : c.tile ? c.tile : c.above;
}

MaybeHash Choose(const Claims& c, Rule rule) {
  switch (rule) {
    case Rule::kEntries:
      return c.entries;
    case Rule::kTiles:
      return c.tile;
    case Rule::kAbove:
      return c.above;
    case Rule::kMajority:
      break;
  }
  return Majority(c);
}

class Prover {
 public:
  Prover(const LeafWitnesses& held, const Hash& root)
      : held_(held), root_(root), full_(held.size / kWidth), rest_(held.size % kWidth) {
    claims_.resize(full_);
    for (uint64_t b = 0; b < full_; ++b) {
      if (const auto row = Row(b, kWidth); !row.empty()) claims_[b].entries = merkle::FoldTile(row);
      if (const auto tile = Tile(b, kWidth); !tile.empty())
        claims_[b].tile = merkle::FoldTile(tile);
      if (b < held.tile_hashes.size()) claims_[b].above = held.tile_hashes[b];
    }
  }

  ProvenLeaves Run() {
    for (const Rule rule : {Rule::kEntries, Rule::kTiles, Rule::kMajority, Rule::kAbove}) {
      for (const bool from_tile : {false, true}) {
        const auto rest = from_tile ? Tile(full_, rest_) : Row(full_, rest_);
        if (rest.size() == rest_ && RootIs(rule, rest)) return Collect(rule, rest);
      }
    }
    return {};
  }

 private:
  // `width` leaves of tile b from the entries, or nothing when any is missing.
  std::span<const Hash> Row(uint64_t b, uint64_t width) const {
    if (b * kWidth + width > held_.entries.size()) return {};
    return held_.entries.subspan(b * kWidth, width);
  }
  std::span<const Hash> Tile(uint64_t b, uint64_t width) const {
    if (b >= held_.tiles.size() || held_.tiles[b].size() < width) return {};
    return std::span(held_.tiles[b]).subspan(0, width);
  }

  // The peaks of a tree of full tiles and a rest are those of the tree over the tiles' hashes,
  // followed by those of the rest.
  bool RootIs(Rule rule, std::span<const Hash> rest) const {
    merkle::Frontier upper;
    for (const Claims& c : claims_) {
      const MaybeHash hash = Choose(c, rule);
      if (!hash) return false;
      upper.Append(*hash);
    }
    merkle::Frontier lower;
    for (const Hash& leaf : rest) lower.Append(leaf);
    std::vector<Hash> peaks = upper.peaks();
    peaks.insert(peaks.end(), lower.peaks().begin(), lower.peaks().end());
    const auto tree = merkle::Frontier::FromPeaks(held_.size, std::move(peaks));
    return tree.ok() && tree->Root() == root_;
  }

  ProvenLeaves Collect(Rule rule, std::span<const Hash> rest) const {
    ProvenLeaves out;
    out.root_matches = true;
    out.leaves.resize(held_.size);
    out.is_proven.assign(held_.size, false);
    const auto take = [&](uint64_t b, std::span<const Hash> leaves) {
      for (uint64_t i = 0; i < leaves.size(); ++i) {
        out.leaves[b * kWidth + i] = leaves[i];
        out.is_proven[b * kWidth + i] = true;
      }
    };
    for (uint64_t b = 0; b < full_; ++b) {
      const MaybeHash proven = Choose(claims_[b], rule);
      if (claims_[b].entries == proven) {
        take(b, Row(b, kWidth));
      } else if (claims_[b].tile == proven) {
        take(b, Tile(b, kWidth));
      }
    }
    take(full_, rest);
    return out;
  }

  const LeafWitnesses& held_;
  const Hash& root_;
  const uint64_t full_;
  const uint64_t rest_;
  std::vector<Claims> claims_;
};

}  // namespace

ProvenLeaves ProveLeaves(const LeafWitnesses& held, const Hash& root) {
  return Prover(held, root).Run();
}

}  // namespace parley::archive
