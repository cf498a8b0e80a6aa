#include "tests/rpc/small_ledger.h"

#include "ledger/record/record.h"
#include "parley/v1/record.pb.h"
#include "tests/rpc/must.h"

namespace parley::rpc::testing {
namespace {

constexpr uint64_t kHourMs = 3'600'000;

}  // namespace

SmallLedger::SmallLedger(const TestAccord& accord)
    : accord_(accord),
      executor_(accord.charter(), record::VerifySignature),
      store_(Must(store::Store::Open(dir_ / "db", store::Store::Mode::kReadWrite))) {
  Must(store::BindIdentity(*store_, accord.charter().ledger_id(), "north"));
  Store(Must(executor_.Genesis()));
}

void SmallLedger::Store(const rules::ExecutedBlock& block) {
  rules::RawBlock raw;
  raw.header = block.header;
  for (const record::ParsedRecord& r : block.records) raw.envelopes.push_back(r.envelope());
  store::BlockWriter writer = Must(store::BlockWriter::Create(*store_));
  store::Store::Batch batch;
  Must(writer.Append(block, raw.Encode(accord_.charter().ledger_id()), "certificate", &batch));
  Must(store_->Commit(std::move(batch)));
  state_.Apply(block.changes);
  tip_ = block.tip;
}

std::string SmallLedger::NextReport() {
  const SecretKey key = KeyOf("north/anna");
  v1::Record record;
  record.set_ledger_id(accord_.charter().ledger_id().ToString());
  record.set_charter(accord_.charter().hash().ToString());
  record.set_member("north");
  record.set_officer("anna");
  record.set_sequence(++sequence_);
  if (sequence_ > 1) record.set_previous(previous_.ToString());
  record.set_declared_at_ms(ToInt(tip_.time) + 1);
  record.set_nonce(std::string(16, 'n'));
  record.set_language("en");
  v1::IncidentFacts* const facts = record.mutable_report_incident()->mutable_facts();
  facts->set_event_type("FIRE_INDIRECT");
  facts->set_from_ms(ToInt(tip_.time) - kHourMs);
  facts->set_to_ms(ToInt(tip_.time) - kHourMs / 2);
  facts->set_time_precision(v1::MINUTE);
  facts->set_place("Hill 402");
  facts->add_alleged()->set_member("south");
  facts->set_urgency(v1::ROUTINE);
  facts->set_narrative(fmt::format("Report number {}.", sequence_));
  std::string envelope = Must(record::SignRecord(record, key));
  previous_ = Must(record::ParsedRecord::Parse(envelope)).id();
  return envelope;
}

void SmallLedger::Append(const std::vector<std::string>& envelopes) {
  std::vector<record::ParsedRecord> records;
  for (const std::string& envelope : envelopes)
    records.push_back(Must(record::ParsedRecord::Parse(envelope)));
  const TimeMs time = tip_.time + std::chrono::milliseconds(kHourMs / 60);
  Store(Must(executor_.Execute(tip_, state_, time, {std::move(records)})));
}

void SmallLedger::PublishCheckpoint() {
  const note::Checkpoint checkpoint{accord_.charter().origin(), tip_.size, tip_.tree.Root()};
  std::vector<note::SignatureLine> lines;
  for (const MemberCa& member : accord_.members())
    lines.push_back(
        Must(note::Cosign(checkpoint, accord_.charter().CosignerKeyName(member.member),
                          note::ToSeconds(tip_.time), KeyOf(member.member + "/cosigner"))));
  const note::SignedNote note =
      Must(note::AssembleCheckpoint(checkpoint, accord_.charter().ledger_id(), lines));
  store::Store::Batch batch;
  batch.Put(store::Family::kCheckpoints, store::CheckpointKey(tip_.size), note.Serialize());
  Must(store_->Commit(std::move(batch)));
  checkpoint_size_ = tip_.size;
}

replica::Published SmallLedger::published() const {
  return {store_->TakeSnapshot(), tip_, checkpoint_size_,
          std::shared_ptr<const rules::Charter>(std::shared_ptr<void>(), &accord_.charter()), 0};
}

note::QuorumRule SmallLedger::Rule() const {
  note::QuorumRule rule;
  rule.origin = accord_.charter().origin();
  rule.ledger = accord_.charter().ledger_id();
  for (const MemberCa& member : accord_.members())
    rule.members.push_back({accord_.charter().CosignerKeyName(member.member),
                            KeyOf(member.member + "/cosigner").public_key()});
  rule.quorum = accord_.charter().quorum();
  return rule;
}

}  // namespace parley::rpc::testing
