#include "node/replica/block_tree.h"

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace parley::replica {

void LinkedState::Link(std::shared_ptr<const rules::StateView> committed) {
  committed_ = std::move(committed);
  parent_ = committed_.get();
  changes_.reset();
}

void LinkedState::Link(const rules::StateView& parent,
                       std::shared_ptr<const rules::StateChanges> changes) {
  committed_.reset();
  parent_ = &parent;
  changes_ = std::move(changes);
}

StatusOr<std::optional<std::string>> LinkedState::Get(std::string_view key) const {
  if (changes_ != nullptr) {
    const auto it = changes_->find(key);
    if (it != changes_->end()) return it->second;
  }
  return parent_->Get(key);
}

Status LinkedState::Scan(std::string_view prefix, const Visitor& fn) const {
  if (changes_ == nullptr) return parent_->Scan(prefix, fn);
  return rules::OverlayState(*parent_, changes_).Scan(prefix, fn);
}

void BlockTree::Reset(const rules::LedgerTip& tip,
                      std::shared_ptr<const store::Snapshot> snapshot) {
  points_.clear();
  auto point = std::make_unique<BranchPoint>();
  point->tip = tip;
  point->state.Link(std::make_shared<store::StoredState>(std::move(snapshot)));
  base_ = point.get();
  points_.emplace(tip.block, std::move(point));
}

BranchPoint* BlockTree::Find(const BlockId& id) {
  const auto it = points_.find(id);
  return it == points_.end() ? nullptr : it->second.get();
}

BranchPoint& BlockTree::Add(BranchPoint& parent, rules::ExecutedBlock block) {
  const BlockId id = block.tip.block;
  auto& slot = points_[id];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<BranchPoint>();
  slot->tip = block.tip;
  slot->parent = &parent;
  for (const record::ParsedRecord& r : block.records) slot->records.insert(r.id());
  slot->block = std::make_shared<const rules::ExecutedBlock>(std::move(block));
  slot->state.Link(parent.state, {slot->block, &slot->block->changes});
  return *slot;
}

void BlockTree::Drop(const BlockId& id) {
  const auto it = points_.find(id);
  if (it == points_.end() || it->second.get() == base_) return;
  const BranchPoint* const point = it->second.get();
  const bool is_parent = std::any_of(points_.begin(), points_.end(),
                                     [&](const auto& p) { return p.second->parent == point; });
  if (!is_parent) points_.erase(it);
}

bool BlockTree::Contains(const BranchPoint& point, const RecordId& id) {
  for (const BranchPoint* p = &point; p->parent != nullptr; p = p->parent) {
    if (p->records.contains(id)) return true;
  }
  return false;
}

void BlockTree::MoveBase(const BlockId& id, std::shared_ptr<const store::Snapshot> snapshot) {
  BranchPoint* base = Find(id);
  PARLEY_CHECK(base != nullptr);
  std::vector<BranchPoint*> by_height;
  for (const auto& [unused, point] : points_) by_height.push_back(point.get());
  std::sort(by_height.begin(), by_height.end(),
            [](const auto* a, const auto* b) { return a->tip.height < b->tip.height; });
  std::set<const BranchPoint*> kept = {base};
  for (const BranchPoint* point : by_height) {
    if (point != base && kept.contains(point->parent)) kept.insert(point);
  }
  base->parent = nullptr;
  base->block.reset();
  base->records.clear();
  base->state.Link(std::make_shared<store::StoredState>(std::move(snapshot)));
  base_ = base;
  std::erase_if(points_, [&](const auto& p) { return !kept.contains(p.second.get()); });
}

}  // namespace parley::replica
