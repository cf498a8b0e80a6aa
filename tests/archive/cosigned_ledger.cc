#include "tests/archive/cosigned_ledger.h"

#include <set>

#include "base/check.h"
#include "ledger/merkle/tiles.h"
#include "ledger/rules/charter_change.h"
#include "parley/v1/entry.pb.h"

namespace parley::testing {
namespace {

constexpr std::chrono::milliseconds kStep = std::chrono::hours(1);

template <class T>
T Must(StatusOr<T> value) {
  if (!value.ok()) fmt::print(stderr, "{}\n", value.status().ToString());
  PARLEY_CHECK(value.ok());
  return *std::move(value);
}

}  // namespace

CosignedLedger::CosignedLedger(rules::ProofCheck proofs)
    : accord_(TestAccord::Create(2, 2)),
      ledger_(std::make_unique<TestLedger>(accord_->charter(), std::move(proofs))) {
  blocks_.push_back(Must(ledger_->executor().Genesis()));
}

record::ParsedRecord CosignedLedger::Report(const std::string& member) {
  v1::Record body;
  const auto parties = accord_->parties();
  *body.mutable_report_incident()->mutable_facts() =
      Facts(time(), {member == parties[0] ? parties[1] : parties[0]});
  return accord_->Sign(accord_->Author(member), std::move(body));
}

record::ParsedRecord CosignedLedger::Revoke(const std::string& member, TimeMs suspect_since) {
  v1::Record body;
  body.mutable_revoke_key()->set_key_id(accord_->Author(member).key_id().ToString());
  body.mutable_revoke_key()->set_suspect_since_ms(ToInt(suspect_since));
  body.mutable_revoke_key()->set_reason("stolen");
  return accord_->Sign(accord_->Root(member), std::move(body));
}

void CosignedLedger::Add(std::vector<record::ParsedRecord> records) {
  AddBlock({std::move(records)});
}

void CosignedLedger::AddProofs(std::vector<std::string> proofs) {
  AddBlock({{}, std::move(proofs)});
}

void CosignedLedger::AddBlock(rules::BlockInput input) {
  const Status added = ledger_->AddBlock(time() + kStep, std::move(input));
  if (!added.ok()) fmt::print(stderr, "{}\n", added.ToString());
  PARLEY_CHECK(added.ok());
  blocks_.push_back(ledger_->last());
}

void CosignedLedger::GrowTo(uint64_t wanted, size_t step) {
  const auto& members = charter().members();
  for (size_t i = 1; size() < wanted; ++i) {
    std::vector<record::ParsedRecord> records;
    records.push_back(Report(members[i % members.size()].name));
    if (i % 3 == 0) records.push_back(Report(members[(i + 1) % members.size()].name));
    Add(std::move(records));
    if (i % step == 0) Cosign();
  }
  Cosign();
}

void CosignedLedger::Adopt(size_t parties, size_t mediators) {
  const rules::Charter before = in_force();
  std::string note =
      Must(rules::FollowingText(before, TestAccord::CharterText(parties, mediators, {})));
  const rules::Charter after = Must(rules::Charter::ParseText(note));
  std::set<std::string> members;
  for (const auto* charter : {&before, &after}) {
    for (const rules::CharterMember& m : charter->members()) members.insert(m.name);
  }
  for (const std::string& m : members)
    note = Must(rules::AddSuccessorSignature(before, note, m, TestAccord::KeyOf(m, "root")));
  v1::Record body;
  body.mutable_propose_charter()->set_charter_note(note);
  Add({accord_->Sign(accord_->Author(before.members().front().name), std::move(body))});
  v1::Entry entry;
  PARLEY_CHECK(entry.ParseFromString(entries().back()));
  later_.push_back(
      Must(rules::Charter::ParseAdopted(entry.event().charter_adopted().charter_note(), before)));
}

std::string CosignedLedger::CosignAs(const note::Checkpoint& checkpoint, size_t members,
                                     const rules::Charter& charter) const {
  std::vector<note::SignatureLine> lines;
  for (size_t i = 0; i < members; ++i) {
    const std::string& name = charter.members()[i].name;
    lines.push_back(
        Must(note::Cosign(checkpoint, charter.CosignerKeyName(name), note::ToSeconds(time()),
                          TestAccord::KeyOf(name, "cosigner"))));
  }
  return Must(note::AssembleCheckpoint(checkpoint, charter.ledger_id(), lines)).Serialize();
}

void CosignedLedger::Cosign(size_t members) {
  checkpoints_[size()] =
      CosignAs({charter().origin(), size(), ledger_->tip().tree.Root()}, members);
}

MemorySource::MemorySource(const CosignedLedger& ledger) : ledger_(ledger) {
  merkle::TileUpdates tiles;
  for (const std::string& e : ledger.entries()) tiles.Append(merkle::LeafHash(AsBytes(e)));
  for (merkle::TileWrite& t : tiles.TakeChanges()) tiles_[{t.level, t.index}] = std::move(t.hashes);
}

StatusOr<std::vector<std::string>> MemorySource::Charters() {
  std::vector<std::string> out{ledger_.charter().note()};
  for (const rules::Charter& charter : ledger_.later()) out.push_back(charter.note());
  return out;
}

StatusOr<std::string> MemorySource::LatestCheckpoint() {
  if (ledger_.checkpoints().empty()) return NotFound("none");
  return ledger_.checkpoints().rbegin()->second;
}

StatusOr<std::vector<uint64_t>> MemorySource::CheckpointSizes() {
  std::vector<uint64_t> out;
  for (const auto& [size, note] : ledger_.checkpoints()) out.push_back(size);
  return out;
}

StatusOr<std::string> MemorySource::Checkpoint(uint64_t size) {
  return ledger_.checkpoints().at(size);
}
StatusOr<uint64_t> MemorySource::EntryCount() { return ledger_.size(); }
StatusOr<std::string> MemorySource::Entry(uint64_t index) { return ledger_.entries().at(index); }

StatusOr<std::vector<Hash>> MemorySource::Tile(uint8_t level, uint64_t index, uint16_t width) {
  std::vector<Hash> out = tiles_.at({level, index});
  out.resize(width);
  return out;
}

}  // namespace parley::testing
