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

Work::Run Work::NextOf(const BranchPoint& point, const KeyId& key,
                       const Pending::BySequence& records, size_t count_max) {
  Run run;
  const StatusOr<v1::KeyState> head = rules::GetKey(point.state, key);
  if (!head.ok()) {
    if (IsStoreFailure(head.status())) on_failure_(head.status());
    return run;  // not enrolled on this branch
  }
  uint64_t next = head->sequence() + 1;
  RecordId previous;
  for (auto it = records.find(next); it != records.end() && it->first == next; ++it, ++next) {
    if (run.size() >= count_max) break;
    // The first goes in whatever it follows, so that one with a wrong predecessor is found illegal.
    if (!run.empty() && it->second->record.previous() != previous) break;
    run.push_back(it->second.get());
    previous = it->second->record.id();
  }
  return run;
}

bool Work::IsLegal(BranchPoint& point, const HeldRecord& pending, TimeMs now) {
  const RecordId& id = pending.record.id();
  if (point.refused.contains(id)) return false;
  Status s =
      executor_.CheckRecord(point.tip, point.state, BlockTime(point.tip, now), pending.record);
  if (s.ok()) return true;
  if (IsStoreFailure(s)) {
    on_failure_(s);
  } else {
    point.refused.emplace(id, std::move(s));
  }
  return false;
}

bool Work::HasRecord(BranchPoint& point, TimeMs now) {
  for (const auto& [key, records] : pending_.authors()) {
    const Run run = NextOf(point, key, records, 1);
    if (!run.empty() && IsLegal(point, *run.front(), now)) return true;
  }
  return false;
}

std::vector<record::ParsedRecord> Work::Candidates(BranchPoint& point) {
  std::vector<Run> runs;
  for (const auto& [key, records] : pending_.authors()) {
    Run run = NextOf(point, key, records, records_max_);
    const auto illegal = std::find_if(run.begin(), run.end(), [&](const HeldRecord* p) {
      return point.refused.contains(p->record.id());
    });
    run.erase(illegal, run.end());
    if (!run.empty()) runs.push_back(std::move(run));
  }
  // One of each author in turn, until the block is full. A record counts as having come when the
  // last of its predecessors had.
  std::vector<std::pair<uint64_t, const HeldRecord*>> chosen;
  std::vector<uint64_t> came(runs.size());
  size_t bytes = kBlockOverheadBytes;
  bool full = false;
  for (size_t turn = 0; !full; ++turn) {
    bool any = false;
    for (size_t i = 0; i < runs.size() && !full; ++i) {
      if (turn >= runs[i].size()) continue;
      const HeldRecord* p = runs[i][turn];
      bytes += p->record.envelope().size() + sizeof(uint32_t);
      full = bytes > limits::kBlockBytesMax || chosen.size() >= records_max_;
      if (full) break;
      came[i] = std::max(came[i], p->arrival);
      chosen.emplace_back(came[i], p);
      any = true;
    }
    if (!any) break;
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

std::optional<rules::ExecutedBlock> Work::Build(BranchPoint& parent, TimeMs now) {
  const auto refused = [&](const record::ParsedRecord& r, const Status& why) {
    parent.refused.emplace(r.id(), why);
  };
  const rules::BlockInput candidates{Candidates(parent), Proofs(parent, now)};
  StatusOr<rules::ExecutedBlock> built =
      executor_.Build(parent.tip, parent.state, BlockTime(parent.tip, now), candidates, refused);
  if (built.ok()) return std::move(*built);
  if (IsStoreFailure(built.status())) on_failure_(built.status());
  parent.has_record.reset();
  parent.has_proof.reset();
  return std::nullopt;
}

}  // namespace parley::replica
