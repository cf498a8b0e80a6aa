#include "node/replica/work.h"

#include <algorithm>

#include "base/limits.h"
#include "ledger/rules/queries.h"

namespace parley::replica {
namespace {

// What is legal may change with time alone; look again after this.
constexpr uint64_t kLookAgainMs = 1'000;
// Of a block's bytes, what its header and lengths may take.
constexpr size_t kBlockOverheadBytes = 4'096;
// Smaller blocks say little about the cost of a record; and no block is limited to less than this.
constexpr size_t kCostRecordsMin = 16;
constexpr size_t kRecordsAlways = 64;
// The same of its bytes, but for a single record that is larger.
constexpr size_t kBytesAlways = 32 << 10;
// What a record costs a member's part besides its bytes: about what executing it takes.
constexpr uint64_t kCostPerRecordBytes = 2'048;
// Records of one member that are tried when a node asks itself whether there is work.
constexpr size_t kChecksPerMemberMax = 16;

}  // namespace

bool IsStoreFailure(const Status& status) {
  return absl::IsDataLoss(status) || absl::IsUnavailable(status);
}

TimeMs BlockTime(const rules::LedgerTip& parent, TimeMs now) {
  return std::max(now, static_cast<TimeMs>(ToInt(parent.time) + 1));
}

std::optional<TimeMs> Work::NextDue(BranchPoint& point) {
  if (!point.due.has_value()) {
    point.due = executor_.NextDue(point.state);
    if (!point.due->ok()) on_failure_(point.due->status());
  }
  return point.due->ok() ? **point.due : std::nullopt;
}

bool Work::Has(BranchPoint& point, TimeMs now) {
  const std::optional<TimeMs> due = NextDue(point);
  if (due.has_value() && *due <= BlockTime(point.tip, now)) return true;
  if (HasProof(point, now)) return true;
  if (point.seen_removals != pending_.removals()) point.has_record.reset();
  if (point.has_record == false && point.seen_additions != pending_.additions())
    point.has_record.reset();
  if (ToInt(now) >= ToInt(point.looked_at) + kLookAgainMs) {
    point.looked_at = now;
    if (!point.refused.empty()) point.has_record.reset();
    point.refused.clear();
  }
  if (!point.has_record.has_value()) {
    point.seen_additions = pending_.additions();
    point.seen_removals = pending_.removals();
    point.has_record = HasRecord(point, now);
  }
  return *point.has_record;
}

std::vector<std::string> Work::Proofs(const BranchPoint& point, TimeMs now) {
  StatusOr<std::vector<std::string>> legal =
      proofs_.LegalOn(point.tip, point.state, BlockTime(point.tip, now));
  if (legal.ok()) return *std::move(legal);
  on_failure_(legal.status());
  return {};
}

bool Work::HasProof(BranchPoint& point, TimeMs now) {
  if (proofs_.empty()) return false;
  if (!point.has_proof.has_value() || point.seen_proofs != proofs_.additions()) {
    point.seen_proofs = proofs_.additions();
    point.has_proof = !Proofs(point, now).empty();
  }
  return *point.has_proof;
}

// Not copied record by record: a chain may be long and a block short.
class Work::Chain {
 public:
  Chain(const Pending::BySequence& records, Pending::BySequence::const_iterator at, uint64_t served)
      : records_(&records), at_(at), served_(served) {}

  // The next one, or null. The first goes in whatever it follows, so that one with a wrong
  // predecessor is found illegal.
  const HeldRecord* Front() const {
    if (at_ == records_->end()) return nullptr;
    const HeldRecord* held = at_->second.get();
    if (previous_ == nullptr) return held;
    const bool follows = held->record.sequence() == previous_->record.sequence() + 1 &&
                         held->record.record().previous() == previous_->record.id().ToString();
    return follows ? held : nullptr;
  }
  void Advance() {
    previous_ = Front();
    came_ = std::max(came_, previous_->arrival);
    ++at_;
  }
  uint64_t served() const { return served_; }
  // When the last of those that were taken came: a record waits for its predecessors.
  uint64_t came() const { return came_; }

 private:
  const Pending::BySequence* records_;
  Pending::BySequence::const_iterator at_;
  const HeldRecord* previous_ = nullptr;
  uint64_t served_;
  uint64_t came_ = 0;
};

void Work::NoteServed(const rules::ExecutedBlock& block, SteadyMs now) {
  for (const record::ParsedRecord& r : block.records) served_[r.key_id()] = block.header.height;
  const auto made = made_.find(block.tip.block);
  if (made != made_.end()) {
    const Made& m = made->second;
    const uint64_t took = ToInt(now) - ToInt(m.at);
    const auto quarter = static_cast<uint64_t>(block_time_max_.count());
    if (took > 3 * quarter && m.bytes > kBytesAlways) {
      bytes_max_ = std::max<size_t>(m.bytes * 2 * quarter / took, kBytesAlways);
    } else if (m.bytes >= bytes_max_ / 2) {  // by much while that costs little
      const size_t more = took <= quarter ? bytes_max_ : bytes_max_ / 4;
      bytes_max_ = std::min(bytes_max_ + more, limits::kBlockBytesMax);
    }
  }
  std::erase_if(made_, [&](const auto& e) { return e.second.height <= block.header.height; });
}

void Work::NoteGivenUp(const BlockId& block) {
  const auto made = made_.find(block);
  if (made == made_.end()) return;
  const size_t bytes = made->second.bytes;
  made_.erase(made);
  if (bytes > kBytesAlways) bytes_max_ = std::max(bytes / 4, kBytesAlways);
}

Work::Served Work::ServedOn(const BranchPoint& point) const {
  Served out = served_;
  for (const BranchPoint* p = &point; p->parent != nullptr; p = p->parent) {
    for (const record::ParsedRecord& r : p->block->records) {
      uint64_t& height = out[r.key_id()];
      height = std::max(height, p->tip.height);
    }
  }
  return out;
}

std::optional<Work::Chain> Work::ChainOf(const BranchPoint& point, const KeyId& key,
                                         const Pending::BySequence& records, uint64_t served) {
  const StatusOr<v1::KeyState> head = rules::GetKey(point.state, key);
  if (!head.ok()) {
    if (IsStoreFailure(head.status())) on_failure_(head.status());
    return std::nullopt;  // not enrolled on this branch
  }
  const auto next = records.find(head->sequence() + 1);
  if (next == records.end()) return std::nullopt;
  return Chain(records, next, served);
}

std::vector<Work::Group> Work::Groups(BranchPoint& point) {
  const Served served = ServedOn(point);
  std::map<std::string, Group> by_member;
  for (const auto& [key, records] : pending_.authors()) {
    const auto last = served.find(key);
    std::optional<Chain> chain =
        ChainOf(point, key, records, last == served.end() ? 0 : last->second);
    if (!chain.has_value()) continue;
    const std::string& member = records.begin()->second->record.record().member();
    by_member[member].chains.push_back(*std::move(chain));
  }
  std::vector<Group> out;
  for (auto& [member, group] : by_member) {
    group.member = member;
    std::stable_sort(group.chains.begin(), group.chains.end(), [](const Chain& a, const Chain& b) {
      return std::pair(a.served(), a.Front()->arrival) < std::pair(b.served(), b.Front()->arrival);
    });
    out.push_back(std::move(group));
  }
  if (!out.empty())
    std::rotate(out.begin(),
                out.begin() + static_cast<std::ptrdiff_t>((point.tip.height + 1) % out.size()),
                out.end());
  return out;
}

bool Work::IsLegal(BranchPoint& point, const HeldRecord& pending, TimeMs now) {
  const RecordId& id = pending.record.id();
  if (point.refused.contains(id)) return false;
  Status s =
      executor_.CheckRecord(point.tip, point.state, BlockTime(point.tip, now), pending.record);
  if (s.ok()) return true;
  if (IsStoreFailure(s)) {
    on_failure_(s);
  } else if (!absl::IsAborted(s)) {  // which says that it has to wait for a lapse
    point.refused.emplace(id, std::move(s));
  }
  return false;
}

bool Work::HasRecord(BranchPoint& point, TimeMs now) {
  ++looked_from_;
  for (Group& group : Groups(point)) {
    // A member whose records are all illegal costs itself its turn and not this node its time.
    const size_t checks = std::min(group.chains.size(), kChecksPerMemberMax);
    for (size_t i = 0; i < checks; ++i) {
      const size_t at = group.chains.size() <= kChecksPerMemberMax
                            ? i
                            : (looked_from_ * kChecksPerMemberMax + i) % group.chains.size();
      if (IsLegal(point, *group.chains[at].Front(), now)) return true;
    }
  }
  return false;
}

std::vector<record::ParsedRecord> Work::Candidates(BranchPoint& point) {
  std::vector<Group> groups = Groups(point);
  std::vector<std::pair<uint64_t, const HeldRecord*>> chosen;
  size_t bytes = kBlockOverheadBytes;
  while (!groups.empty() && chosen.size() < records_max_) {
    // The member that has the least so far; of equals the one whose turn it is.
    auto group = std::min_element(groups.begin(), groups.end(),
                                  [](const Group& a, const Group& b) { return a.cost < b.cost; });
    Chain& chain = group->chains[group->turn];
    const HeldRecord* next = chain.Front();
    const size_t size = next == nullptr ? 0 : next->record.envelope().size() + sizeof(uint32_t);
    if (next == nullptr || point.refused.contains(next->record.id()) ||
        bytes + size > (chosen.empty() ? limits::kBlockBytesMax : bytes_max_)) {
      group->chains.erase(group->chains.begin() + static_cast<std::ptrdiff_t>(group->turn));
    } else {
      chain.Advance();
      bytes += size;
      group->cost += size + kCostPerRecordBytes;
      chosen.emplace_back(chain.came(), next);
      ++group->turn;
    }
    if (group->chains.empty()) {
      groups.erase(group);
    } else if (group->turn >= group->chains.size()) {
      group->turn = 0;
    }
  }
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<record::ParsedRecord> out;
  out.reserve(chosen.size());
  for (const auto& [unused, p] : chosen) out.push_back(p->record);
  return out;
}

void Work::NoteCost(size_t records, std::chrono::nanoseconds took) {
  if (records < kCostRecordsMin || took.count() <= 0) return;
  const auto affordable = static_cast<size_t>(static_cast<int64_t>(records) *
                                              std::chrono::nanoseconds(block_time_max_) / took);
  // Moves by a quarter at a time, so that one bad moment of the machine does not shrink all blocks.
  const size_t target = std::clamp(affordable, kRecordsAlways, limits::kBlockRecordsMax);
  records_max_ = (3 * records_max_ + target) / 4;
}

std::optional<rules::ExecutedBlock> Work::Build(BranchPoint& parent, TimeMs now, SteadyMs steady) {
  const auto refused = [&](const record::ParsedRecord& r, const Status& why) {
    parent.refused.emplace(r.id(), why);
  };
  const rules::BlockInput candidates{Candidates(parent), Proofs(parent, now)};
  StatusOr<rules::ExecutedBlock> built =
      executor_.Build(parent.tip, parent.state, BlockTime(parent.tip, now), candidates, refused);
  if (built.ok()) {
    size_t bytes = kBlockOverheadBytes;
    for (const record::ParsedRecord& r : built->records) bytes += r.envelope().size();
    made_[built->tip.block] = {built->header.height, bytes, steady};
    return std::move(*built);
  }
  if (IsStoreFailure(built.status())) on_failure_(built.status());
  parent.has_record.reset();
  parent.has_proof.reset();
  return std::nullopt;
}

}  // namespace parley::replica
