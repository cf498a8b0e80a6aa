#include "ledger/rules/block_run.h"

#include "base/limits.h"
#include "ledger/merkle/tree_hash.h"
#include "ledger/record/names.h"
#include "ledger/rules/author.h"
#include "ledger/rules/founding.h"
#include "ledger/rules/lapses.h"
#include "ledger/rules/obligations.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

// Of an encoded block without records: two length fields and the header.
size_t EmptyBlockBytes(const LedgerId& ledger) { return RawBlock().Encode(ledger).size(); }

// Those that exist before it: a report without one opens a case.
std::vector<std::string_view> CasesOf(const record::ParsedRecord& record) {
  std::vector<std::string_view> out;
  const v1::Record& body = record.record();
  if (record::CaseNumber::Parse(body.case_id()).ok()) out.push_back(body.case_id());
  const std::string& into = body.screen_case().merge_into();
  if (into != body.case_id() && record::CaseNumber::Parse(into).ok()) out.push_back(into);
  return out;
}

}  // namespace

BlockRun::BlockRun(const Charter& charter, RunRules rules, const LedgerTip& parent,
                   const StateView& state, TimeMs time)
    : charter_(charter),
      rules_(std::move(rules)),
      parent_(parent),
      time_(time),
      height_(parent.size == 0 ? 0 : parent.height + 1),
      block_(Workspace::On(state)),
      last_entry_(parent.last_entry),
      tree_(parent.tree),
      block_bytes_(EmptyBlockBytes(charter.ledger_id())) {}

Status BlockRun::NoteEpochStart() {
  return NoteEpoch(charter_, parent_.block, parent_.height, &block_);
}

Status BlockRun::Begin() {
  RETURN_IF_ERROR(NoteEpochStart());
  ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> due,
                   DueObligations(block_, time_, limits::kBlockLapsesMax));
  for (const v1::ObligationState& obligation : due) {
    ASSIGN_OR_RETURN(const bool open, IsOpen(block_, obligation));
    if (open) RETURN_IF_ERROR(RunLapse(obligation));  // not what an earlier lapse has ended
  }
  return absl::OkStatus();
}

Status BlockRun::BeginFor(const record::ParsedRecord& record) {
  RETURN_IF_ERROR(NoteEpochStart());
  for (const std::string_view case_id : CasesOf(record)) {
    // A lapse may bring another one about; a case has few.
    for (size_t round = 0; round < limits::kListItemsMax; ++round) {
      ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> due,
                       DueInCase(block_, case_id, time_));
      if (due.empty()) break;
      RETURN_IF_ERROR(RunLapse(due.front()));
    }
  }
  return absl::OkStatus();
}

Status BlockRun::BeginForProof() { return NoteEpochStart(); }

Status BlockRun::CheckNothingIsDue(const record::ParsedRecord& record) const {
  for (const std::string_view case_id : CasesOf(record)) {
    ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> due, DueInCase(block_, case_id, time_));
    if (!due.empty())
      return absl::AbortedError(
          fmt::format("rule due-first: the deadline {} of {} has passed and is not entered yet",
                      due.front().kind(), case_id));
  }
  return absl::OkStatus();
}

Status BlockRun::RunLapse(const v1::ObligationState& obligation) {
  RETURN_IF_ERROR(
      DropObligation(&block_, obligation.case_id(), obligation.kind(), obligation.member()));
  ASSIGN_OR_RETURN(v1::CaseState file, ReadCase(block_, obligation.case_id()));
  ASSIGN_OR_RETURN(const auto charter, rules_.book.ForCase(block_, file.charter_version()));
  const Step step{*charter, rules_.book, block_, time_, height_, NextIndex()};
  RETURN_IF_ERROR(ApplyLapse(step, obligation, &file), "lapse {} of {}", obligation.kind(),
                  obligation.case_id());
  const CaseLink link = LinkEntry(step, &file);
  v1::Entry entry;
  *entry.mutable_event()->mutable_lapse() = LapseEvent(obligation);
  return AppendEntry(std::move(entry), link);
}

Status BlockRun::CheckProofRoom(const std::string& proof) const {
  if (proof.size() > limits::kProofBytesMax)
    return ResourceExhausted(fmt::format("the proof has {} bytes, an entry holds {}", proof.size(),
                                         limits::kProofBytesMax));
  if (out_.proofs.size() >= limits::kBlockProofsMax ||
      out_.entries.size() >= limits::kBlockEntriesMax)
    return ResourceExhausted("the block is full");
  return absl::OkStatus();
}

Status BlockRun::AddProof(const std::string& proof) {
  RETURN_IF_ERROR(CheckProofRoom(proof));
  ASSIGN_OR_RETURN(const Misbehaviour proven,
                   rules_.proofs(charter_.ledger_id(), proof, EpochsIn(rules_.book, block_)));
  RETURN_IF_ERROR(CheckNewProof(block_, proven));
  if (!proven.block.empty()) {
    ASSIGN_OR_RETURN(const bool breaks, rules_.breaks_rules(proven.block));
    if (!breaks) return InvalidArgument("the block that was voted for breaks no rule");
  }
  v1::Entry entry;
  v1::Misbehaviour& event = *entry.mutable_event()->mutable_misbehaviour();
  event.set_epoch(proven.epoch);
  event.set_member(proven.member);
  event.set_kind(proven.kind);
  event.set_number(proven.number);
  event.set_proof(proof);
  const uint64_t index = NextIndex();
  RETURN_IF_ERROR(AppendEntry(std::move(entry), CaseLink()));
  RETURN_IF_ERROR(PutProof(proven, index, &block_));
  block_bytes_ += 2 * sizeof(uint32_t) + proof.size();
  out_.proofs.push_back(proof);
  return absl::OkStatus();
}

Status BlockRun::CheckRoom(const record::ParsedRecord& record) const {
  if (out_.header.seal) return ResourceExhausted("the block is sealed by a new charter");
  if (out_.records.size() >= limits::kBlockRecordsMax)
    return ResourceExhausted(fmt::format("the block has {} records", limits::kBlockRecordsMax));
  const size_t needed = record.record().has_propose_charter() ? 2 : 1;
  if (out_.entries.size() + needed > limits::kBlockEntriesMax)
    return ResourceExhausted(fmt::format("the block has {} entries", out_.entries.size()));
  if (block_bytes_ + sizeof(uint32_t) + record.envelope().size() > limits::kBlockBytesMax)
    return ResourceExhausted(fmt::format("the block has {} bytes", block_bytes_));
  return absl::OkStatus();
}

Status BlockRun::Add(record::ParsedRecord record) {
  RETURN_IF_ERROR(CheckRoom(record));
  RETURN_IF_ERROR(CheckAuthor(charter_, block_, rules_.verify, record));
  RETURN_IF_ERROR(CheckNothingIsDue(record));
  Workspace trial = Workspace::On(block_);
  const Step step{charter_, rules_.book, trial, time_, height_, NextIndex()};
  ASSIGN_OR_RETURN(const CaseLink link, ApplyAct(step, record));
  RETURN_IF_ERROR(RecordAuthorship(step, record, link.case_id));
  v1::Entry entry;
  entry.set_record(record.envelope());
  RETURN_IF_ERROR(AppendEntry(std::move(entry), link));
  trial.MoveInto(&block_);
  block_bytes_ += sizeof(uint32_t) + record.envelope().size();
  const bool charter = record.record().has_propose_charter();
  out_.records.push_back(std::move(record));
  return charter ? AddAdoption() : absl::OkStatus();
}

Status BlockRun::AddAdoption() {
  ASSIGN_OR_RETURN(const auto now, rules_.book.InForce(block_));
  if (now->version() == charter_.version()) return absl::OkStatus();  // signatures are missing
  v1::Entry entry;
  entry.mutable_event()->mutable_charter_adopted()->set_charter_note(now->note());
  RETURN_IF_ERROR(AppendEntry(std::move(entry), CaseLink()));
  out_.header.seal = true;
  return absl::OkStatus();
}

Status BlockRun::AddGenesis() {
  for (const CharterMember& member : charter_.members()) PutFoundingKeys(member, time_, 0, &block_);
  PutCharter(charter_, charter_.note(), {0, 0, time_}, &block_);
  v1::Entry entry;
  entry.mutable_event()->mutable_genesis()->set_charter_note(charter_.note());
  return AppendEntry(std::move(entry), CaseLink());
}

Status BlockRun::AppendEntry(v1::Entry entry, const CaseLink& link) {
  entry.set_index(NextIndex());
  entry.set_previous(last_entry_.ToString());
  entry.set_height(height_);
  entry.set_time_ms(ToInt(time_));
  entry.set_case_id(link.case_id);
  entry.set_case_previous(link.case_previous);
  std::string bytes = record::CanonicalBytes(entry);
  if (bytes.size() > limits::kEntryBytesMax)
    return InvalidArgument(fmt::format("entry {}: {} bytes, at most {} are allowed", entry.index(),
                                       bytes.size(), limits::kEntryBytesMax));
  last_entry_ = Sha256<EntryHash>(AsBytes(bytes));
  const Hash leaf = merkle::LeafHash(AsBytes(bytes));
  tree_.Append(leaf);
  out_.entries.push_back(std::move(bytes));
  out_.case_ids.push_back(link.case_id);
  out_.leaf_hashes.push_back(leaf);
  return absl::OkStatus();
}

ExecutedBlock BlockRun::Finish() && {
  std::vector<std::string> envelopes;
  envelopes.reserve(out_.records.size());
  for (const record::ParsedRecord& record : out_.records) envelopes.push_back(record.envelope());
  out_.changes = block_.TakeChanges();
  BlockHeader& header = out_.header;
  header.epoch = charter_.version();
  header.height = height_;
  header.parent = parent_.block;
  header.time = time_;
  header.first_entry = parent_.size;
  header.entry_count = static_cast<uint32_t>(out_.entries.size());
  header.records_digest = RecordsDigest(envelopes, out_.proofs);
  header.tree_root = tree_.Root();
  header.state_digest = NextStateDigest(parent_.digest, out_.changes);
  LedgerTip& tip = out_.tip;
  tip.height = height_;
  tip.block = header.Id(charter_.ledger_id());
  tip.time = time_;
  tip.size = parent_.size + out_.entries.size();
  tip.last_entry = last_entry_;
  tip.tree = std::move(tree_);
  tip.digest = header.state_digest;
  return std::move(out_);
}

}  // namespace parley::rules
