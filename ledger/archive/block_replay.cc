#include "ledger/archive/block_replay.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "ledger/record/names.h"
#include "ledger/rules/queries.h"
#include "ledger/rules/state_keys.h"

namespace parley::archive {
namespace {

// What an event says, without its place.
std::string EventName(const v1::Entry& e) {
  if (e.event().has_charter_adopted()) return "the adoption of a charter";
  if (!e.event().has_lapse()) return "an event";
  const v1::Lapse& l = e.event().lapse();
  return fmt::format("lapse of {} by {} in {}, due {}", l.obligation(),
                     l.member().empty() ? "its role" : l.member(), l.case_id(),
                     FormatTime(static_cast<TimeMs>(l.due_ms())));
}

std::string KindOf(const Status& refusal) {
  const std::string text = MessageOf(refusal);
  if (text.starts_with("rule signature")) return "signature";
  if (text.starts_with("rule author-key")) return "key";
  if (text.starts_with("rule author-chain") || text.starts_with("rule once")) return "author-chain";
  return "rule";
}

std::vector<v1::Entry> Decode(const rules::ExecutedBlock& block) {
  std::vector<v1::Entry> out(block.entries.size());
  for (size_t i = 0; i < out.size(); ++i) out[i].ParseFromString(block.entries[i]);
  return out;
}

// Copying records is dear; they are parsed again in the rare case that a block differs.
std::vector<record::ParsedRecord> TakeRecords(std::vector<BlockItem>* items) {
  std::vector<record::ParsedRecord> out;
  for (BlockItem& b : *items) {
    if (b.executable) out.push_back(std::move(*b.item.record));
  }
  return out;
}

std::vector<record::ParsedRecord> ParseAgain(std::vector<BlockItem>* items) {
  std::vector<record::ParsedRecord> out;
  for (BlockItem& b : *items) {
    if (!b.executable) continue;
    StatusOr<record::ParsedRecord> record = record::ParsedRecord::Parse(b.item.entry->record());
    PARLEY_CHECK(record.ok());  // these very bytes were parsed before
    out.push_back(*record);
    b.item.record = std::move(*record);
  }
  return out;
}

}  // namespace

BlockReplay::BlockReplay(AuditRun& run, rules::SignatureCheck check)
    : run_(run), executor_(*run.charter, std::move(check)) {}

void BlockReplay::Count(const BlockItem& b) {
  if (!b.item.entry.has_value()) return;
  const v1::Entry& e = *b.item.entry;
  if (e.event().has_lapse()) ++run_.report.lapses;
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
  header.records_digest = rules::RecordsDigest(envelopes);
  header.tree_root = tree_.Root();
  out_.blocks.insert_or_assign(height, std::move(block));
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
    std::vector<record::ParsedRecord> records = TakeRecords(&items);
    PutForwardAuthors(records);
    PutForwardCases(items);
    // The bytes that it followed are not here any more, but it says what their hash was.
    const ReplayItem& front = items.front().item;
    if (AfterDamage(front) && front.entry.has_value()) {
      const auto previous = EntryHash::FromBytes(front.entry->previous());
      if (previous.ok()) tip_.last_entry = *previous;
    }
    const rules::LedgerTip parent = Parent(height, time_ms, items.front().item.number);
    StatusOr<rules::ExecutedBlock> block =
        executor_.Execute(parent, state_, static_cast<TimeMs>(time_ms), std::move(records));
    bool same = block.ok() && block->entries.size() == items.size();
    for (size_t i = 0; same && i < items.size(); ++i)
      same = items[i].item.bytes == block->entries[i];
    if (same) {
      state_.Apply(block->changes);
      tip_ = block->tip;
      SetDigest(height, tip_.digest);
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

void BlockReplay::Differs(const std::string& kind, const std::string& what, const BlockItem& at) {
  if (cause_.has_value()) {
    ++consequences_;
    if (!first_consequence_.has_value()) first_consequence_ = at.item.number;
    return;
  }
  ++reported_;
  run_.AddEntry(kind, what, at.item.number, at.item.bytes);
}

void BlockReplay::Diagnose(std::vector<BlockItem> items, const rules::LedgerTip& parent,
                           uint64_t time_ms) {
  out_.exact = false;
  const uint64_t reported = reported_;
  const std::vector<record::ParsedRecord> records = ParseAgain(&items);
  const auto is_event = [](const BlockItem& b) {
    return b.item.entry.has_value() && !b.item.entry->has_record();
  };
  for (const BlockItem& b : items) {  // these were reported before
    const bool broken = !b.executable || b.item.damaged;
    if (!cause_.has_value() && broken && !is_event(b)) cause_ = b.item.number;
  }
  PutForwardCases(items);
  std::vector<Refusal> refused;
  StatusOr<rules::ExecutedBlock> block =
      executor_.Build(parent, state_, static_cast<TimeMs>(time_ms), records,
                      [&](const record::ParsedRecord& r, const Status& s) {
                        refused.push_back({r.id(), s});
                      });
  const std::vector<v1::Entry> executed = block.ok() ? Decode(*block) : std::vector<v1::Entry>();
  CompareEvents(items, executed);
  CompareRecords(items, executed, refused);
  // Nothing may differ without being said.
  const bool sound =
      std::none_of(items.begin(), items.end(), [](const BlockItem& b) { return b.item.damaged; });
  if (reported_ == reported && !cause_.has_value() && sound && !AfterDamage(items.front().item))
    Differs("entry", "its block's entries are not what the rules make of its records",
            items.front());
  if (block.ok()) {
    state_.Apply(block->changes);
    tip_ = block->tip;
  }
  for (const BlockItem& b : items) {
    if (cause_.has_value() || !b.executable) continue;
    const auto is_it = [&](const Refusal& r) { return r.id == b.item.record->id(); };
    if (std::any_of(refused.begin(), refused.end(), is_it)) cause_ = b.item.number;
  }
  EndAt(items.back().item, time_ms);
}

// Lapses that were due and are not there, and the other way round.
void BlockReplay::CompareEvents(const std::vector<BlockItem>& items,
                                const std::vector<v1::Entry>& executed) {
  std::multiset<std::string> due;
  for (const v1::Entry& e : executed) {
    if (!e.has_record()) due.insert(EventName(e));
  }
  size_t unknown = 0;  // damaged entries may be what is missing
  for (const BlockItem& b : items) {
    if (!b.item.entry.has_value() || b.item.damaged) ++unknown;
    if (!b.item.entry.has_value() || b.item.entry->has_record()) continue;
    const auto found = due.find(EventName(*b.item.entry));
    if (found != due.end()) {
      due.erase(found);
      if (b.item.damaged) --unknown;
    } else if (!b.item.damaged) {
      Differs("lapse", fmt::format("{}: that was not due", EventName(*b.item.entry)), b);
    }
  }
  for (const std::string& event : due) {
    if (unknown > 0) {
      --unknown;
    } else {
      Differs("lapse", fmt::format("{} is missing in its block", event), items.front());
    }
  }
}

void BlockReplay::CompareRecords(const std::vector<BlockItem>& items,
                                 const std::vector<v1::Entry>& executed,
                                 const std::vector<Refusal>& refused) {
  std::map<std::string, const v1::Entry*> by_envelope;
  for (const v1::Entry& e : executed) {
    if (e.has_record()) by_envelope[e.record()] = &e;
  }
  for (const BlockItem& b : items) {
    if (!b.executable || b.item.damaged) continue;
    const RecordId& id = b.item.record->id();
    const auto refusal =
        std::find_if(refused.begin(), refused.end(), [&](const Refusal& r) { return r.id == id; });
    if (refusal != refused.end()) {
      Differs(KindOf(refusal->status), MessageOf(refusal->status), b);
      continue;
    }
    const auto found = by_envelope.find(b.item.entry->record());
    if (found == by_envelope.end()) continue;
    const v1::Entry& want = *found->second;
    const v1::Entry& held = *b.item.entry;
    if (want.case_id() != held.case_id())
      Differs("entry",
              fmt::format("it is put into case \"{}\", the rules say \"{}\"", held.case_id(),
                          want.case_id()),
              b);
    else if (want.case_previous() != held.case_previous())
      Differs("entry",
              fmt::format("the entry before it in its case is said to be {}, it is {}",
                          held.case_previous(), want.case_previous()),
              b);
  }
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
