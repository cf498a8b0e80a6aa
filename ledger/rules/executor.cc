#include "ledger/rules/executor.h"

#include <algorithm>

#include "ledger/rules/block_run.h"
#include "ledger/rules/obligations.h"

namespace parley::rules {
namespace {

// Errors of the state's store are ours, not the record's.
bool IsOurFault(const Status& status) {
  return status.code() == absl::StatusCode::kDataLoss ||
         status.code() == absl::StatusCode::kInternal ||
         status.code() == absl::StatusCode::kUnavailable;
}

Status CheckTime(const LedgerTip& parent, TimeMs time) {
  if (parent.size == 0) return FailedPrecondition("block: the ledger has no genesis yet");
  if (time <= parent.time)
    return FailedPrecondition(fmt::format("block: time {} is not later than its parent's {}",
                                          FormatTime(time), FormatTime(parent.time)));
  if (time > kTimeMax) return FailedPrecondition("block: time lies after the year 9999");
  return absl::OkStatus();
}

}  // namespace

Executor::Executor(const Charter& charter, SignatureCheck check)
    : charter_(charter),
      book_(charter),
      check_(check ? std::move(check) : record::VerifySignature) {}

StatusOr<ExecutedBlock> Executor::Genesis() const {
  if (charter_.note().empty())
    return FailedPrecondition("genesis: the charter is not signed by its members");
  const MemoryState nothing;
  const LedgerTip before;
  BlockRun run(charter_, book_, check_, before, nothing, charter_.founded_at());
  RETURN_IF_ERROR(run.AddGenesis(), "genesis");
  return std::move(run).Finish();
}

Status Executor::CheckRecord(const LedgerTip& tip, const StateView& state, TimeMs now,
                             const record::ParsedRecord& record) const {
  // A node's clock may be behind ledger time; the next block's time is not.
  const TimeMs time = std::max(now, tip.time + std::chrono::milliseconds(1));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, book_, check_, tip, state, time);
  RETURN_IF_ERROR(run.RunLapses());
  const Status added = run.Add(record);
  // Full of lapses: the record's turn comes with a later block.
  return added.code() == absl::StatusCode::kResourceExhausted ? absl::OkStatus() : added;
}

StatusOr<ExecutedBlock> Executor::Execute(const LedgerTip& parent, const StateView& state,
                                          TimeMs time,
                                          std::vector<record::ParsedRecord> records) const {
  RETURN_IF_ERROR(CheckTime(parent, time));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, book_, check_, parent, state, time);
  RETURN_IF_ERROR(run.RunLapses());
  for (size_t i = 0; i < records.size(); ++i) {
    const RecordId id = records[i].id();
    const Status added = run.Add(std::move(records[i]));
    if (IsOurFault(added)) return added;
    if (!added.ok())
      return FailedPrecondition(
          fmt::format("block: record {} ({}) is not legal: {}", i, id, MessageOf(added)));
  }
  if (run.entry_count() == 0)
    return FailedPrecondition("block: nothing is due and there are no records");
  return std::move(run).Finish();
}

StatusOr<ExecutedBlock> Executor::Build(const LedgerTip& parent, const StateView& state,
                                        TimeMs time,
                                        const std::vector<record::ParsedRecord>& candidates,
                                        const Refused& refused) const {
  RETURN_IF_ERROR(CheckTime(parent, time));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, book_, check_, parent, state, time);
  RETURN_IF_ERROR(run.RunLapses());
  for (const record::ParsedRecord& candidate : candidates) {
    const Status added = run.Add(candidate);
    if (added.ok()) continue;
    if (IsOurFault(added)) return added;
    if (added.code() == absl::StatusCode::kResourceExhausted) break;  // full
    if (refused) refused(candidate, added);
  }
  if (run.entry_count() == 0)
    return FailedPrecondition("block: nothing is due and no record is legal");
  return std::move(run).Finish();
}

StatusOr<std::optional<TimeMs>> Executor::NextDue(const StateView& state) const {
  ASSIGN_OR_RETURN(const std::optional<v1::ObligationState> next, NextObligation(state));
  if (!next) return std::optional<TimeMs>();
  return std::optional<TimeMs>(static_cast<TimeMs>(next->due_ms()));
}

}  // namespace parley::rules
