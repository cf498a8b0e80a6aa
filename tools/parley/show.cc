#include "tools/parley/show.h"

#include "base/time.h"
#include "crypto/hash.h"
#include "tools/parley/form.h"
#include "tools/parley/message_json.h"
#include "tools/parley/mgrs.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

TimeMs Time(uint64_t ms) { return static_cast<TimeMs>(std::min(ms, ToInt(kTimeMax))); }

std::string Cut(const std::string& text, size_t bytes) {
  if (text.size() <= bytes) return text;
  size_t end = bytes;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// A plain field that was not stated: people do not want to read it.
bool IsUnset(const Json& item) {
  if (item.is_structured()) return item.empty();
  if (item.is_string()) return item.get_ref<const std::string&>().empty();
  return item.is_number() && item == 0;
}

// "key: value" lines of an act's JSON, nested ones indented.
void Lines(const Json& value, size_t indent, std::string* out) {
  const std::string pad(indent, ' ');
  for (const auto& [key, item] : value.items()) {
    const std::string label = value.is_array() ? "-" : key + ":";
    // "from" and "to" say it better.
    if (IsUnset(item) || key == "from_ms" || key == "to_ms" || key == "utc_offset_minutes")
      continue;
    if (item.is_structured()) {
      *out += fmt::format("{}{}\n", pad, label);
      Lines(item, indent + 2, out);
      continue;
    }
    const std::string text = item.is_string() ? item.get<std::string>() : item.dump();
    if (text.find('\n') != std::string::npos) {
      *out += fmt::format("{}{}\n{}", pad, label, Indent(text, indent + 2));
    } else {
      *out += fmt::format("{}{} {}\n", pad, label, Printable(text));
    }
  }
}

// Adds readable times and the grid reference beside what the record itself holds.
void AddReadable(const v1::IncidentFacts& facts, Json* out) {
  const int offset = facts.utc_offset_minutes();
  (*out)["from"] = LocalTime(Time(facts.from_ms()), offset);
  (*out)["to"] = LocalTime(Time(facts.to_ms()), offset);
  if (facts.has_position()) {
    (*out)["position"] = fmt::format("{},{}", FormatDegrees(facts.position().latitude_e7()),
                                     FormatDegrees(facts.position().longitude_e7()));
  }
  if (facts.has_position())
    (*out)["mgrs"] = ToMgrs({facts.position().latitude_e7(), facts.position().longitude_e7()});
}

Json ReadableAct(const v1::Record& record) {
  Json act = ActToJson(record);
  if (record.has_report_incident())
    AddReadable(record.report_incident().facts(), &act["report_incident"]["facts"]);
  if (record.has_amend_report())
    AddReadable(record.amend_report().facts(), &act["amend_report"]["facts"]);
  return act;
}

std::string ShortContent(const v1::Record& record) {
  if (record.has_report_incident()) {
    const v1::IncidentFacts& f = record.report_incident().facts();
    return fmt::format("{} {}", f.event_type(), Cut(f.place(), 48));
  }
  if (record.has_screen_case())
    return v1::ScreenCase::Decision_Name(record.screen_case().decision());
  if (record.has_respond()) return v1::Respond::Answer_Name(record.respond().answer());
  if (record.has_comment()) return v1::Comment::Stance_Name(record.comment().stance());
  if (record.has_propose_verdict())
    return v1::Determination_Name(record.propose_verdict().verdict().determination());
  if (record.has_endorse()) return v1::Endorse::Choice_Name(record.endorse().choice());
  if (record.has_appeal()) return v1::Appeal::Ground_Name(record.appeal().ground());
  if (record.has_decide_appeal())
    return v1::DecideAppeal::Outcome_Name(record.decide_appeal().outcome());
  if (record.has_enrol_key()) return record.enrol_key().officer();
  return "";
}

std::string EventText(const v1::Event& event) {
  if (event.has_genesis()) return "Genesis";
  if (event.has_charter_adopted()) return "Charter adopted";
  if (event.has_misbehaviour()) {
    const v1::Misbehaviour& m = event.misbehaviour();
    return fmt::format("Misbehaviour proven: {} by {} in epoch {}, number {}", m.kind(), m.member(),
                       m.epoch(), m.number());
  }
  if (!event.has_lapse()) return "event";
  const v1::Lapse& lapse = event.lapse();
  const std::string due = ShortTime(Time(lapse.due_ms()));
  // A window is nobody's duty: it closes, and nobody failed.
  if (lapse.obligation().ends_with("_WINDOW"))
    return fmt::format("{} closed, due {}", lapse.obligation(), due);
  return fmt::format("Lapse: {} by {}, due {}", lapse.obligation(),
                     lapse.member().empty() ? "its role" : lapse.member(), due);
}

Json EventJson(const v1::Event& event) {
  Json out = MessageToJson(event);
  // Notes and proofs are long and have their own commands.
  if (event.has_genesis())
    out = {{"genesis", {{"charter_note_bytes", event.genesis().charter_note().size()}}}};
  if (event.has_charter_adopted())
    out = {{"charter_adopted",
            {{"charter_note_bytes", event.charter_adopted().charter_note().size()}}}};
  if (event.has_misbehaviour()) {
    out["misbehaviour"].erase("proof");
    out["misbehaviour"]["proof_bytes"] = event.misbehaviour().proof().size();
  }
  return out;
}

}  // namespace

std::string BothTimes(uint64_t ms, int offset_minutes) {
  return fmt::format("{} ({})", LocalTime(Time(ms), offset_minutes), ShortTime(Time(ms)));
}

Json RecordJson(const v1::Record& record) {
  Json references = Json::array();
  for (const v1::Reference& reference : record.references())
    references.push_back(
        {{"record_id", HexEncode(AsBytes(reference.record_id()))}, {"role", reference.role()}});
  return {{"member", record.member()},
          {"officer", record.officer()},
          {"sequence", record.sequence()},
          {"previous", HexEncode(AsBytes(record.previous()))},
          {"declared_at_ms", record.declared_at_ms()},
          {"declared_at", FormatTime(Time(record.declared_at_ms()))},
          {"case_id", record.case_id()},
          {"language", record.language()},
          {"ledger_id", HexEncode(AsBytes(record.ledger_id()))},
          {"charter", HexEncode(AsBytes(record.charter()))},
          {"nonce", HexEncode(AsBytes(record.nonce()))},
          {"references", std::move(references)},
          {"act", ReadableAct(record)}};
}

std::string DescribeRecord(const v1::Record& record) {
  std::string out =
      fmt::format("{} by {}/{}, number {}\ndeclared  {} (the author's own clock)\n",
                  record::ActName(record), Printable(record.member()), Printable(record.officer()),
                  record.sequence(), ShortTime(Time(record.declared_at_ms())));
  if (!record.case_id().empty()) out += fmt::format("case      {}\n", Printable(record.case_id()));
  const Json act = ReadableAct(record);
  for (const auto& [name, fields] : act.items()) Lines(fields, 2, &out);
  return out;
}

Json EntryJson(std::string_view bytes) {
  v1::Entry entry;
  if (!entry.ParseFromString(std::string(bytes))) return {{"error", "not an entry"}};
  Json out = {{"index", entry.index()},
              {"height", entry.height()},
              {"time_ms", entry.time_ms()},
              {"time", FormatTime(Time(entry.time_ms()))},
              {"case_id", entry.case_id()},
              {"previous", HexEncode(AsBytes(entry.previous()))},
              {"entry_hash", Sha256<EntryHash>(AsBytes(bytes)).ToHex()}};
  if (entry.has_event()) {
    out["event"] = EventJson(entry.event());
    return out;
  }
  const auto record = record::ParsedRecord::Parse(entry.record());
  if (!record.ok()) {
    out["error"] = MessageOf(record.status());
    return out;
  }
  out["record_id"] = record->id().ToHex();
  out["key_id"] = record->key_id().ToHex();
  out["record"] = RecordJson(record->record());
  return out;
}

std::string DescribeEntry(std::string_view bytes) {
  v1::Entry entry;
  if (!entry.ParseFromString(std::string(bytes))) return "not an entry\n";
  std::string out =
      fmt::format("entry     {}\nledger    {}\n", entry.index(), ShortTime(Time(entry.time_ms())));
  if (entry.has_event()) return out + Printable(EventText(entry.event())) + "\n";
  const auto record = record::ParsedRecord::Parse(entry.record());
  if (!record.ok()) return out + "unreadable record: " + MessageOf(record.status()) + "\n";
  return out + fmt::format("record    {}\n", record->id()) + DescribeRecord(record->record());
}

std::vector<std::string> EntryRow(std::string_view bytes) {
  v1::Entry entry;
  if (!entry.ParseFromString(std::string(bytes))) return {"?", "?", "?", "not an entry", ""};
  std::vector<std::string> row = {std::to_string(entry.index()), ShortTime(Time(entry.time_ms()))};
  if (entry.has_event()) {
    row.insert(row.end(), {"(ledger)", EventText(entry.event()), ""});
    return row;
  }
  const auto record = record::ParsedRecord::Parse(entry.record());
  if (!record.ok()) {
    row.insert(row.end(), {"?", "unreadable record", ""});
    return row;
  }
  const v1::Record& r = record->record();
  row.push_back(r.member() + "/" + r.officer());
  row.push_back(fmt::format("{} {}", record::ActName(r), ShortContent(r)));
  row.push_back(record->id().ToHex().substr(0, 16));
  return row;
}

}  // namespace parley::cli
