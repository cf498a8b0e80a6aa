// A block whose entries are not what execution gives: what differs, entry by entry, and why.

#include <algorithm>
#include <set>

#include "base/check.h"
#include "ledger/archive/block_replay.h"

namespace parley::archive {
namespace {

// What an event says, without its place.
std::string EventName(const v1::Entry& e) {
  if (e.event().has_charter_adopted()) return "the adoption of a charter";
  if (e.event().has_misbehaviour()) {
    const v1::Misbehaviour& m = e.event().misbehaviour();
    return fmt::format("proof of {} by {} in epoch {}, number {}", m.kind(), m.member(), m.epoch(),
                       m.number());
  }
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
      executor_.Build(parent, state_, static_cast<TimeMs>(time_ms), {records, ProofsOf(items)},
                      [&](const record::ParsedRecord& r, const Status& s) {
                        refused.push_back({r.id(), s});
                      });
  const std::vector<v1::Entry> executed = block.ok() ? Decode(*block) : std::vector<v1::Entry>();
  CompareEvents(items, executed, [&](const std::string& proof) {
    return executor_.CheckProof(parent, state_, static_cast<TimeMs>(time_ms), proof);
  });
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

// Lapses that were due and are not there, and the other way round; proofs that do not hold.
void BlockReplay::CompareEvents(const std::vector<BlockItem>& items,
                                const std::vector<v1::Entry>& executed,
                                const std::function<Status(const std::string&)>& check_proof) {
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
    } else if (!b.item.damaged && b.item.entry->event().has_misbehaviour()) {
      const Status why = check_proof(b.item.entry->event().misbehaviour().proof());
      std::erase_if(run_.report.misbehaviour,
                    [&](const MisbehaviourSummary& m) { return m.entry == b.item.number; });
      Differs("proof",
              fmt::format("{}: {}", EventName(*b.item.entry),
                          why.ok() ? "its entry is not what the proof shows" : MessageOf(why)),
              b);
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

}  // namespace parley::archive
