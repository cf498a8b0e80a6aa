// parley report | report amend | report withdraw

#include "base/time.h"
#include "tools/parley/form_names.h"
#include "tools/parley/quantity.h"
#include "tools/parley/record_flow.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct FactOptions {
  std::string type, from, to, time_precision, position, location_precision, place, admin_code;
  std::string direction, count_kind, source, reliability, urgency, narrative, count, credibility;
  std::vector<std::string> alleged, means, casualties, damage, asks, tags;
};

void AddFactOptions(Command c, FactOptions* o) {
  c.AddOption("--event-type,--type", o->type,
              "Event type of the charter's catalogue, such as FIRE_INDIRECT");
  c.AddOption("--from", o->from, "Begin: 2026-11-23T20:41+04:30 (offset or Z)");
  c.AddOption("--to", o->to, "End (default: --from)");
  c.AddOption("--time-precision", o->time_precision, "MINUTE (default), HOUR, DAY, WEEK, MONTH");
  c.AddOption("--position", o->position, "34.5284,69.1725 or MGRS 42SWC1234567890");
  c.AddOption("--location-precision", o->location_precision,
              "EXACT, NEAR (default), DISTRICT, PROVINCE");
  c.AddOption("--place", o->place, "Place in words");
  c.AddOption("--admin-code", o->admin_code, "ISO 3166-2 or P-code");
  c.AddOption("--alleged", o->alleged,
              "Who is said to have done it: a member, group:NAME or unknown; repeatable");
  c.AddOption("--direction", o->direction, "OUTGOING, INCOMING, IMPACT, UNDETERMINED");
  c.AddOption("--means", o->means, "SMALL_ARMS, MORTAR, UAV, ...; repeatable");
  c.AddOption("--count", o->count, "Rounds, shots, aircraft: a whole number");
  c.AddOption("--count-kind", o->count_kind, "EXACTLY, ESTIMATE (default), AT_LEAST");
  c.AddOption("--casualties", o->casualties,
              "OUTCOME:GROUP=LOW/BEST/HIGH such as KILLED:CIVILIAN=1/2/; blank is not zero");
  c.AddOption("--damage", o->damage, "One line of damage; repeatable");
  c.AddOption("--source", o->source, "Kind of source");
  c.AddOption("--reliability", o->reliability, "Of the source, A to F");
  c.AddOption("--credibility", o->credibility, "Of the information, 1 to 6");
  c.AddOption("--urgency", o->urgency, "FLASH, PRIORITY, ROUTINE (default)");
  c.AddOption("--ask", o->asks, "RESTRAINT, VERIFICATION, RETURN, APOLOGY, RECORD_ONLY");
  c.AddOption("--tag", o->tags, "A tag; repeatable");
  c.AddOption("--narrative", o->narrative, "What happened; '-' reads standard input");
}

StatusOr<Json> ParseAlleged(const std::string& text) {
  if (text == "unknown") return Json{{"unknown", true}};
  const size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  if (colon == std::string::npos && !text.empty()) return Json{{"member", text}};
  if (colon == std::string::npos || colon + 1 == text.size() ||
      (kind != "member" && kind != "group"))
    return InvalidArgument(fmt::format(
        "--alleged '{}': want a member's name, group:NAME or unknown", Printable(text)));
  return Json{{kind, text.substr(colon + 1)}};
}

Status SetBound(const std::string& text, const char* name, Json* out) {
  if (text.empty()) return absl::OkStatus();  // not stated
  ASSIGN_OR_RETURN((*out)[name], ParseCount(text, 10'000'000, name));
  return absl::OkStatus();
}

// "KILLED:CIVILIAN=1/2/": a single number is the best estimate.
StatusOr<Json> ParseCasualties(const std::string& text) {
  const Status bad =
      InvalidArgument(fmt::format("--casualties '{}': want OUTCOME:GROUP=LOW/BEST/HIGH, such as "
                                  "KILLED:CIVILIAN=1/2/ or INJURED:FORCES=3",
                                  Printable(text)));
  const size_t colon = text.find(':');
  const size_t equals = text.find('=');
  if (colon == std::string::npos || equals == std::string::npos || equals < colon) return bad;
  Json out = {{"outcome", text.substr(0, colon)},
              {"group", text.substr(colon + 1, equals - colon - 1)}};
  const std::string numbers = text.substr(equals + 1);
  const size_t first = numbers.find('/');
  const size_t second = first == std::string::npos ? first : numbers.find('/', first + 1);
  if (first == std::string::npos) {
    RETURN_IF_ERROR(SetBound(numbers, "best", &out), "--casualties '{}'", text);
    return out;
  }
  if (second == std::string::npos) return bad;
  RETURN_IF_ERROR(SetBound(numbers.substr(0, first), "low", &out), "--casualties");
  RETURN_IF_ERROR(SetBound(numbers.substr(first + 1, second - first - 1), "best", &out),
                  "--casualties");
  RETURN_IF_ERROR(SetBound(numbers.substr(second + 1), "high", &out), "--casualties");
  return out;
}

Status SetNumber(const std::string& text, const char* name, uint64_t max, Json* out) {
  if (text.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN((*out)[name], ParseCount(text, max, name));
  return absl::OkStatus();
}

template <class Parse>
Status SetList(const std::vector<std::string>& texts, const char* name, Parse parse, Json* out) {
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(Json item, parse(text));
    (*out)[name].push_back(std::move(item));
  }
  return absl::OkStatus();
}

// The flags as a form of IncidentFacts; defaults only where nothing was said.
StatusOr<Json> FactsFromFlags(const FactOptions& o, FormBuilder builder) {
  builder.Text("event_type", o.type)
      .Text("from", o.from)
      .Text("to", o.to)
      .Text("time_precision", o.time_precision)
      .Text("position", o.position)
      .Text("location_precision", o.location_precision)
      .Text("place", o.place)
      .Text("admin_code", o.admin_code)
      .Text("direction", o.direction)
      .List("means", o.means)
      .Text("count_kind", o.count_kind)
      .List("damage", o.damage)
      .Text("source_kind", o.source)
      .Text("reliability", o.reliability)
      .Text("urgency", o.urgency)
      .List("asks", o.asks)
      .List("tags", o.tags)
      .Narrative("narrative", o.narrative);
  builder.Try([&](Json* f) { return SetNumber(o.count, "count", 0xffffffffU, f); })
      .Try([&](Json* f) { return SetNumber(o.credibility, "credibility", 6, f); })
      .Try([&](Json* f) { return SetList(o.alleged, "alleged", ParseAlleged, f); })
      .Try([&](Json* f) { return SetList(o.casualties, "casualties", ParseCasualties, f); });
  ASSIGN_OR_RETURN(Json form, builder.Take());
  const auto fill = [&](const char* field, Json value) {
    if (!form.contains(field)) form[field] = std::move(value);
  };
  if (form.contains("from") && !form.contains("to_ms")) fill("to", form["from"]);
  fill("time_precision", "MINUTE");
  fill("urgency", "ROUTINE");
  if (form.contains("position")) fill("location_precision", "NEAR");
  if (form.contains("count")) fill("count_kind", "ESTIMATE");
  return form;
}

struct ReportOptions {
  RecordOptions record;
  FactOptions facts;
};

StatusOr<Result> Report(const ReportOptions& o) {
  return SubmitForm(o.record, "report_incident", FactsFromFlags(o.facts, FormBuilder(o.record)));
}

struct AmendOptions {
  RecordOptions record;
  FactOptions facts;
  std::string report, reason;
};

// A form is {"report", "reason", "facts": {...}}; flags describe the facts.
StatusOr<Result> Amend(const AmendOptions& o) {
  if (!o.record.form.empty()) {
    FormBuilder builder(o.record);
    builder.Text("report", o.report).Narrative("reason", o.reason);
    return SubmitForm(o.record, "amend_report", builder.Take());
  }
  RecordOptions bare = o.record;
  bare.case_id.clear();
  bare.language.clear();
  ASSIGN_OR_RETURN(Json facts, FactsFromFlags(o.facts, FormBuilder(bare)));
  FormBuilder builder(o.record);
  builder.Text("report", o.report).Narrative("reason", o.reason).Set("facts", std::move(facts));
  return SubmitForm(o.record, "amend_report", builder.Take());
}

struct WithdrawOptions {
  RecordOptions record;
  std::string report, reason;
};

StatusOr<Result> Withdraw(const WithdrawOptions& o) {
  FormBuilder builder(o.record);
  builder.Text("report", o.report).Narrative("reason", o.reason);
  return SubmitForm(o.record, "withdraw_report", builder.Take());
}

}  // namespace

void AddReportCommands(Registry& registry) {
  Command report = registry.Add(
      registry.app(), "report", "Reports an incident, or gives another account of one",
      "  parley report --profile anna.profile --event-type FIRE_INDIRECT \\\n"
      "      --from 2025-10-15T20:41+04:30 --position 34.10512,71.08433 --place 'Near the line' "
      "\\\n"
      "      --alleged south --means MORTAR --count 6 --casualties KILLED:CIVILIAN=1/2/ \\\n"
      "      --narrative 'Six rounds fell on a village.'\n"
      "  parley report --profile anna.profile --form report.json --case 2025-0042\n");
  auto r = std::make_shared<ReportOptions>();
  AddRecordOptions(report, &r->record, /*with_case=*/true);
  AddFactOptions(report, &r->facts);
  registry.Run(report, r, Report);

  Command amend = registry.Add(
      report, "amend", "Supplements or corrects a report of your member; both versions stay",
      "  parley report amend --profile anna.profile --case 2025-0042 --report 9f0c... \\\n"
      "      --reason 'Second count' --form amended.json\n");
  auto a = std::make_shared<AmendOptions>();
  AddRecordOptions(amend, &a->record, true);
  AddFactOptions(amend, &a->facts);
  amend.AddOption("--report", a->report, "Record id of the report, 64 hex digits");
  amend.AddOption("--reason", a->reason, "Why");
  registry.Run(amend, a, Amend);

  Command withdraw = registry.Add(
      report, "withdraw", "Withdraws a report of your member; it stays visible",
      "  parley report withdraw --profile anna.profile --case 2025-0042 --report 9f0c... \\\n"
      "      --reason 'Reported twice'\n");
  auto w = std::make_shared<WithdrawOptions>();
  AddRecordOptions(withdraw, &w->record, true);
  withdraw.AddOption("--report", w->report, "Record id of the report, 64 hex digits");
  withdraw.AddOption("--reason", w->reason, "Why");
  registry.Run(withdraw, w, Withdraw);
  // --profile is demanded of the command that runs, not of the group around it.
  report.GetOption("--profile").Required(false);
}

}  // namespace parley::cli
