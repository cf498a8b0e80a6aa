#include "ledger/archive/block_replay.h"

#include <algorithm>
#include <set>

#include "ledger/record/names.h"
#include "ledger/rules/queries.h"
#include "ledger/rules/state_keys.h"

namespace parley::archive {
namespace {

// Copying records is dear; they are parsed again in the rare case that a block differs.
std::vector<record::ParsedRecord> TakeRecords(std::vector<BlockItem>* items) {
  std::vector<record::ParsedRecord> out;
  for (BlockItem& b : *items) {
    if (b.executable) out.push_back(std::move(*b.item.record));
  }
  return out;
}

}  // namespace

std::vector<std::string> ProofsOf(const std::vector<BlockItem>& items) {
  std::vector<std::string> out;
  for (const BlockItem& b : items) {
    if (!b.item.damaged && b.item.entry.has_value() && b.item.entry->event().has_misbehaviour())
      out.push_back(b.item.entry->event().misbehaviour().proof());
  }
  return out;
}

BlockReplay::BlockReplay(AuditRun& run, rules::SignatureCheck check)
    : run_(run), executor_(*run.charter, std::move(check), run.options.proofs) {}

void BlockReplay::Count(const BlockItem& b) {
  if (!b.item.entry.has_value()) return;
  const v1::Entry& e = *b.item.entry;
  if (e.event().has_lapse()) ++run_.report.lapses;
  if (e.event().has_misbehaviour() && !b.item.damaged) {
    const v1::Misbehaviour& m = e.event().misbehaviour();
    run_.report.misbehaviour.push_back(
        {b.item.number, m.epoch(), m.member(), m.kind(), m.number()});
  }
  if (!e.case_id().empty() && e.case_previous() == 0) ++run_.report.cases;
  if (b.item.record.has_value())
    by_key_[b.item.record->key_id()].push_back({b.item.number, e.time_ms()});
}

void BlockReplay::Note(uint64_t height, uint64_t time_ms, const std::vector<BlockItem>& items) {
  ReplayedBlock block;
  rules::BlockHeader& header = block.header;
  const uint64_t first = items.front().item.number;
  for (const CharterSpan& span : run_.charters) {
    if (span.first_size <= first) header.epoch = span.charter->version();
  }
  header.height = height;
  header.time = static_cast<TimeMs>(time_ms);
  header.first_entry = first;
  header.entry_count = static_cast<uint32_t>(items.size());
  std::vector<std::string> envelopes;
  for (const BlockItem& b : items) {
    tree_.Append(run_.LeafOf(b.item.number));
    if (b.item.damaged || !b.item.entry.has_value()) {
      block.whole = false;
      continue;
    }
    const v1::Entry& e = *b.item.entry;
    IndexedEntry& indexed = out_.entries.emplace_back();
    indexed.number = b.item.number;
    indexed.case_id = e.case_id();
    if (b.item.record.has_value()) indexed.record = b.item.record->id();
    if (e.has_record()) envelopes.push_back(e.record());
    header.seal = e.event().has_charter_adopted();
  }
  header.records_digest = rules::RecordsDigest(envelopes, ProofsOf(items));
  header.tree_root = tree_.Root();
  out_.blocks.insert_or_assign(height, block);
}

void BlockReplay::RunGenesis(const std::vector<BlockItem>& items) {
  const StatusOr<rules::ExecutedBlock> genesis = executor_.Genesis();
  if (!genesis.ok()) {
    executes_ = false;
    out_.exact = false;
    run_.Add("rule", fmt::format("acts were not executed again: {}", MessageOf(genesis.status())));
    return;
  }
  for (const BlockItem& b : items) {
    const bool same = b.item.number == 0 && b.item.bytes == genesis->entries[0];
    if (!same && !b.item.damaged)
      Differs("entry", "it is not what the charter begins the ledger with", b);
  }
  state_.Apply(genesis->changes);
  tip_ = genesis->tip;
  SetDigest(0, genesis->header.state_digest);
  if (run_.options.on_block) run_.options.on_block(executor_, tip_, state_);
}

// Everything an executed block takes from its parent, as the held entries have it.
rules::LedgerTip BlockReplay::Parent(uint64_t height, uint64_t time_ms, uint64_t first) const {
  rules::LedgerTip parent = tip_;
  parent.height = height - 1;
  parent.size = first;
  if (time_ms > 0 && ToInt(parent.time) >= time_ms) parent.time = static_cast<TimeMs>(time_ms - 1);
  return parent;
}

void BlockReplay::Run(uint64_t height, uint64_t time_ms, std::vector<BlockItem> items) {
  ++run_.report.blocks;
  for (const BlockItem& b : items) Count(b);
  Note(height, time_ms, items);
  if (height == 0) {
    RunGenesis(items);
  } else if (executes_) {
    rules::BlockInput input{TakeRecords(&items), ProofsOf(items)};
    PutForwardAuthors(input.records);
    PutForwardCases(items);
    // The bytes that it followed are not here any more, but it says what their hash was.
    const ReplayItem& front = items.front().item;
    if (AfterDamage(front) && front.entry.has_value()) {
      const auto previous = EntryHash::FromBytes(front.entry->previous());
      if (previous.ok()) tip_.last_entry = *previous;
    }
    const rules::LedgerTip parent = Parent(height, time_ms, items.front().item.number);
    StatusOr<rules::ExecutedBlock> block =
        executor_.Execute(parent, state_, static_cast<TimeMs>(time_ms), std::move(input));
    bool same = block.ok() && block->entries.size() == items.size();
    for (size_t i = 0; same && i < items.size(); ++i)
      same = items[i].item.bytes == block->entries[i];
    if (same) {
      state_.Apply(block->changes);
      tip_ = block->tip;
      SetDigest(height, tip_.digest);
      if (run_.options.on_block) run_.options.on_block(executor_, tip_, state_);
    } else {
      Diagnose(std::move(items), parent, time_ms);
      return;
    }
  }
  EndAt(items.back().item, time_ms);
}

bool BlockReplay::AfterDamage(const ReplayItem& item) const {
  return item.number > 0 && run_.damaged[item.number - 1];
}

void BlockReplay::SetDigest(uint64_t height, const StateDigest& digest) {
  ReplayedBlock& block = out_.blocks.at(height);
  block.header.state_digest = digest;
  block.executed = out_.exact;
}

// The next block follows what is held, whatever was executed.
void BlockReplay::EndAt(const ReplayItem& last, uint64_t time_ms) {
  if (last.present) tip_.last_entry = last.hash;
  tip_.time = static_cast<TimeMs>(std::max(time_ms, ToInt(tip_.time)));
}

// Gaps were reported when the records were read; here they must not stop what follows.
void BlockReplay::PutForwardAuthors(const std::vector<record::ParsedRecord>& records) {
  std::set<KeyId> seen;
  rules::StateChanges changes;
  for (const record::ParsedRecord& r : records) {
    if (!seen.insert(r.key_id()).second) continue;
    StatusOr<v1::KeyState> key = rules::GetKey(state_, r.key_id());
    if (!key.ok()) continue;
    if (key->sequence() + 1 == r.sequence() && key->previous() == r.record().previous()) continue;
    key->set_sequence(r.sequence() - 1);
    key->set_previous(r.record().previous());
    changes[rules::keys::Key(r.key_id())] = record::CanonicalBytes(*key);
    out_.exact = false;
  }
  state_.Apply(changes);
}

// A case whose first record is damaged or missing still used up its number: the next case that is
// opened shows it. Otherwise every later case would differ by one.
void BlockReplay::PutForwardCases(const std::vector<BlockItem>& items) {
  if (!cause_.has_value()) return;
  rules::StateChanges changes;
  for (const BlockItem& b : items) {
    if (!b.item.entry.has_value() || b.item.damaged || b.item.entry->case_previous() != 0) continue;
    const auto number = record::CaseNumber::Parse(b.item.entry->case_id());
    if (!number.ok()) continue;
    const std::string key = rules::keys::Counter(static_cast<int>(number->year));
    const auto held = state_.Get(key);
    v1::CounterState counter;
    if (held.ok() && held->has_value()) counter.ParseFromString(**held);
    if (changes.contains(key) || counter.value() + 1 >= number->number) continue;
    counter.set_value(number->number - 1);
    changes[key] = record::CanonicalBytes(counter);
    out_.exact = false;
  }
  state_.Apply(changes);
}

void BlockReplay::ListSuspects() {
  const auto keys = rules::ListKeys(state_);
  if (!keys.ok()) return;
  for (const v1::KeyState& key : *keys) {
    if (key.revoked_at_ms() == 0 || key.suspect_since_ms() == 0) continue;
    const auto public_key = PublicKey::FromBytes(key.public_key());
    if (!public_key.ok()) continue;
    for (const Written& w : by_key_[KeyIdOf(*public_key)]) {
      if (w.time_ms <= key.suspect_since_ms()) continue;
      run_.report.suspect.push_back(
          fmt::format("entry {} by {}/{}, final at {}: the key is suspect since {}", w.number,
                      key.member(), key.officer(), FormatTime(static_cast<TimeMs>(w.time_ms)),
                      FormatTime(static_cast<TimeMs>(key.suspect_since_ms()))));
    }
  }
}

void BlockReplay::ReportConsequences() {
  if (consequences_ == 0) return;
  Problem p;
  p.kind = "rule";
  p.detail = fmt::format(
      "{} acts or lapses from here on could not be executed as they were, because "
      "of what is wrong with entry {}",
      consequences_, *cause_);
  p.entry = first_consequence_;
  p.place = run_.source.EntryPlace(*first_consequence_);
  run_.Add(std::move(p));
}

Replayed BlockReplay::Finish() {
  ListSuspects();
  ReportConsequences();
  out_.charters = run_.charters;
  out_.damaged = run_.damaged;
  out_.cause = cause_;
  out_.last_entry = tip_.last_entry;
  return std::move(out_);
}

}  // namespace parley::archive
