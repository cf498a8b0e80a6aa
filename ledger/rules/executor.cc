#include "ledger/rules/executor.h"

#include <algorithm>
#include <set>

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

StatusOr<Misbehaviour> RefuseProofs(const LedgerId&, std::string_view, const EpochLookup&) {
  return InvalidArgument("proofs of misbehaviour are not checked here");
}

}  // namespace

Executor::Executor(const Charter& charter, SignatureCheck check, ProofCheck proofs)
    : charter_(charter),
      book_(charter),
      check_(check ? std::move(check) : record::VerifySignature),
      proofs_(proofs ? std::move(proofs) : RefuseProofs) {}

RunRules Executor::Rules(const LedgerTip& parent, const StateView& state) const {
  return {book_, check_, proofs_, [this, &parent, &state](std::string_view block) {
            return BreaksRules(parent, state, block);
          }};
}

StatusOr<ExecutedBlock> Executor::Genesis() const {
  if (charter_.note().empty())
    return FailedPrecondition("genesis: the charter is not signed by its members");
  const MemoryState nothing;
  const LedgerTip before;
  BlockRun run(charter_, Rules(before, nothing), before, nothing, charter_.founded_at());
  RETURN_IF_ERROR(run.AddGenesis(), "genesis");
  return std::move(run).Finish();
}

Status Executor::CheckRecord(const LedgerTip& tip, const StateView& state, TimeMs now,
                             const record::ParsedRecord& record) const {
  // A node's clock may be behind ledger time; the next block's time is not.
  const TimeMs time = std::max(now, tip.time + std::chrono::milliseconds(1));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, Rules(tip, state), tip, state, time);
  RETURN_IF_ERROR(run.BeginFor(record));
  return run.Add(record);
}

StatusOr<ExecutedBlock> Executor::Trial(const LedgerTip& tip, const StateView& state, TimeMs now,
                                        record::ParsedRecord record) const {
  const TimeMs time = std::max(now, tip.time + std::chrono::milliseconds(1));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, Rules(tip, state), tip, state, time);
  RETURN_IF_ERROR(run.BeginFor(record));
  RETURN_IF_ERROR(run.Add(std::move(record)));
  return std::move(run).Finish();
}

Status Executor::CheckProof(const LedgerTip& tip, const StateView& state, TimeMs now,
                            const std::string& proof) const {
  const TimeMs time = std::max(now, tip.time + std::chrono::milliseconds(1));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, Rules(tip, state), tip, state, time);
  RETURN_IF_ERROR(run.BeginForProof());
  return run.AddProof(proof);
}

StatusOr<Misbehaviour> Executor::ReadProof(const LedgerTip& tip, const StateView& state,
                                           std::string_view proof) const {
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  Workspace next = Workspace::On(state);
  RETURN_IF_ERROR(NoteEpoch(*charter, tip.block, tip.height, &next));
  return proofs_(charter_.ledger_id(), proof, EpochsIn(book_, next));
}

StatusOr<ExecutedBlock> Executor::Execute(const LedgerTip& parent, const StateView& state,
                                          TimeMs time, BlockInput input) const {
  RETURN_IF_ERROR(CheckTime(parent, time));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, Rules(parent, state), parent, state, time);
  RETURN_IF_ERROR(run.Begin());
  for (size_t i = 0; i < input.proofs.size(); ++i) {
    const Status added = run.AddProof(input.proofs[i]);
    if (IsOurFault(added)) return added;
    if (!added.ok())
      return FailedPrecondition(
          fmt::format("block: proof {} cannot stand here: {}", i, MessageOf(added)));
  }
  for (size_t i = 0; i < input.records.size(); ++i) {
    const RecordId id = input.records[i].id();
    const Status added = run.Add(std::move(input.records[i]));
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
                                        TimeMs time, const BlockInput& candidates,
                                        const Refused& refused) const {
  RETURN_IF_ERROR(CheckTime(parent, time));
  ASSIGN_OR_RETURN(const auto charter, book_.InForce(state));
  BlockRun run(*charter, Rules(parent, state), parent, state, time);
  RETURN_IF_ERROR(run.Begin());
  for (const std::string& proof : candidates.proofs) {
    const Status added = run.AddProof(proof);
    if (IsOurFault(added)) return added;
  }
  std::set<KeyId> waiting;  // authors of whom a record waits for a lapse: so do those behind it
  for (const record::ParsedRecord& candidate : candidates.records) {
    if (waiting.contains(candidate.key_id())) continue;
    const Status added = run.Add(candidate);
    if (added.ok()) continue;
    if (IsOurFault(added)) return added;
    if (absl::IsAborted(added)) {
      waiting.insert(candidate.key_id());
      continue;
    }
    if (added.code() == absl::StatusCode::kResourceExhausted) break;  // full
    if (refused) refused(candidate, added);
  }
  if (run.entry_count() == 0)
    return FailedPrecondition("block: nothing is due and no record is legal");
  return std::move(run).Finish();
}

StatusOr<bool> Executor::BreaksRules(const LedgerTip& parent, const StateView& state,
                                     std::string_view block) const {
  ASSIGN_OR_RETURN(RawBlock raw, RawBlock::Decode(charter_.ledger_id(), block));
  if (raw.header.parent != parent.block)
    return InvalidArgument(fmt::format("the block follows {}, not {}: its state is not at hand",
                                       raw.header.parent, parent.block));
  // Proofs inside proofs could be nested at will.
  if (!raw.proofs.empty())
    return InvalidArgument("the block holds proofs itself: it is not judged as one");
  BlockInput input;
  for (std::string& envelope : raw.envelopes) {
    StatusOr<record::ParsedRecord> record = record::ParsedRecord::Parse(std::move(envelope));
    if (!record.ok()) return true;
    input.records.push_back(std::move(*record));
  }
  const StatusOr<ExecutedBlock> executed =
      Execute(parent, state, raw.header.time, std::move(input));
  if (IsOurFault(executed.status())) return executed.status();
  return !executed.ok() || executed->header != raw.header;
}

StatusOr<std::optional<TimeMs>> Executor::NextDue(const StateView& state) const {
  ASSIGN_OR_RETURN(const std::optional<v1::ObligationState> next, NextObligation(state));
  if (!next) return std::optional<TimeMs>();
  return std::optional<TimeMs>(static_cast<TimeMs>(next->due_ms()));
}

}  // namespace parley::rules
