#include "node/consensus/tally.h"

#include "base/check.h"

namespace parley::consensus {
namespace {

size_t CellOf(VoteKind kind) { return static_cast<size_t>(kind) - 1; }

}  // namespace

const SignedVote* Tally::Find(View view, VoteKind kind, MemberIndex member) const {
  const auto it = views_.find(view);
  if (it == views_.end() || ToInt(member) >= members_) return nullptr;
  const auto& cell = it->second[CellOf(kind)][ToInt(member)];
  return cell ? &*cell : nullptr;
}

void Tally::Add(const SignedVote& vote) {
  PARLEY_CHECK(ToInt(vote.signer) < members_);
  auto [it, is_new] = views_.try_emplace(vote.vote.view);
  if (is_new) {
    for (auto& cells : it->second) cells.resize(members_);
  }
  auto& cell = it->second[CellOf(vote.vote.kind)][ToInt(vote.signer)];
  if (!cell) cell = vote;
}

size_t Tally::Count(const Vote& vote) const {
  const auto it = views_.find(vote.view);
  if (it == views_.end()) return 0;
  size_t count = 0;
  for (const auto& cell : it->second[CellOf(vote.kind)]) count += cell && cell->vote == vote;
  return count;
}

Certificate Tally::MakeCertificate(const Vote& vote) const {
  Certificate out;
  out.vote = vote;
  const auto it = views_.find(vote.view);
  if (it == views_.end()) return out;
  for (const auto& cell : it->second[CellOf(vote.kind)]) {
    if (cell && cell->vote == vote) out.signers.push_back({cell->signer, cell->signature});
  }
  return out;
}

std::vector<SignedVote> Tally::VotesOf(View view) const {
  std::vector<SignedVote> out;
  const auto it = views_.find(view);
  if (it == views_.end()) return out;
  for (const auto& cells : it->second) {
    for (const auto& cell : cells) {
      if (cell) out.push_back(*cell);
    }
  }
  return out;
}

std::vector<SignedVote> Tally::VotesFor(const BlockId& block) const {
  std::vector<SignedVote> out;
  for (const auto& [view, kinds] : views_) {
    for (const auto& cells : kinds) {
      for (const auto& cell : cells) {
        if (cell && cell->vote.kind != VoteKind::kNullify && cell->vote.block == block)
          out.push_back(*cell);
      }
    }
  }
  return out;
}

void Tally::Prune(View view) { views_.erase(views_.begin(), views_.lower_bound(view)); }

size_t Tally::size() const {
  size_t count = 0;
  for (const auto& [view, kinds] : views_) {
    for (const auto& cells : kinds) {
      for (const auto& cell : cells) count += cell.has_value();
    }
  }
  return count;
}

bool CachingChecker::IsGenuine(const SignedVote& vote) {
  const auto kind = static_cast<uint8_t>(vote.vote.kind);
  if (kind < 1 || kind > 3) return false;
  const SignedVote* known = tally_.Find(vote.vote.view, vote.vote.kind, vote.signer);
  if (known != nullptr && *known == vote) return true;
  return checker_.IsGenuine(vote);
}

}  // namespace parley::consensus
