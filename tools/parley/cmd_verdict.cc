// parley verdict propose | verdict endorse | appeal decide

#include "tools/parley/record_flow.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct VerdictOptions {
  RecordOptions record;
  std::string fact, determination, severity, standard, undetermined_reason, reasons, outcome;
  std::vector<std::string> attributions, mitigation, remedies;
};

void AddVerdictOptions(Command c, VerdictOptions* o) {
  c.AddOption("--fact", o->fact, "ESTABLISHED, PARTLY_ESTABLISHED, NOT_ESTABLISHED, REFUTED");
  c.AddOption("--determination", o->determination,
              "NOT_AN_INCIDENT, OUT_OF_SCOPE, INCIDENT_NO_VIOLATION, VIOLATION, UNDETERMINED");
  c.AddOption("--severity", o->severity, "VIOLATION only: MINOR, SERIOUS, GRAVE");
  c.AddOption("--attribution", o->attributions,
              "MEMBER[:RESPONSIBILITY], group:NAME[:RESPONSIBILITY] or unattributed; "
              "OWN_FORCES, TOLERATED_OR_HARBOURED, FAILED_TO_PREVENT; repeatable");
  c.AddOption("--standard", o->standard, "INDICATIVE, REASONABLE_GROUNDS, CLEAR_AND_CONVINCING");
  c.AddOption("--mitigation", o->mitigation, "SELF_DEFENCE_ACCEPTED, ACCIDENT, ...; repeatable");
  c.AddOption("--undetermined-reason", o->undetermined_reason,
              "ACCESS_DENIED, TOO_LATE, CONFLICTING, INSUFFICIENT, SECURITY");
  c.AddOption("--reasons", o->reasons, "Reasons; '-' reads standard input");
  c.AddOption("--remedy", o->remedies,
              "who=NAME;due=TIME;checker=NAME;proof=TEXT;what=TEXT; repeatable");
}

// "NAME[:RESPONSIBILITY]" for a member, "group:NAME[:RESPONSIBILITY]", or "unattributed".
StatusOr<Json> ParseAttribution(const std::string& text) {
  if (text == "unattributed") return Json{{"unattributed", true}};
  std::string rest = text;
  std::string field = "member";
  for (const auto& [prefix, name] :
       {std::pair<std::string, std::string>{"group:", "third_party_group"},
        {"member:", "member"}}) {
    if (!text.starts_with(prefix)) continue;
    field = name;
    rest = text.substr(prefix.size());
    break;
  }
  const size_t colon = rest.rfind(':');
  if (rest.empty() || colon == 0)
    return InvalidArgument(fmt::format(
        "--attribution '{}': want MEMBER[:RESPONSIBILITY], group:NAME[:RESPONSIBILITY] or "
        "unattributed",
        Printable(text)));
  Json out = {{field, rest.substr(0, colon)}};
  if (colon != std::string::npos) out["responsibility"] = rest.substr(colon + 1);
  return out;
}

// "what" comes last because it may hold semicolons.
StatusOr<Json> ParseRemedy(const std::string& text) {
  Json out = Json::object();
  std::string rest = text;
  while (!rest.empty()) {
    const size_t equals = rest.find('=');
    const std::string key = rest.substr(0, equals);
    if (equals == std::string::npos || out.contains(key) ||
        (key != "who" && key != "due" && key != "checker" && key != "proof" && key != "what"))
      return InvalidArgument(fmt::format(
          "--remedy '{}': want who=...;due=...;checker=...;proof=...;what=...", Printable(text)));
    rest = rest.substr(equals + 1);
    const size_t end = key == "what" ? std::string::npos : rest.find(';');
    out[key] = rest.substr(0, end);
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  return out;
}

template <class Parse>
Status SetList(const std::vector<std::string>& texts, const char* name, Parse parse, Json* out) {
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(Json item, parse(text));
    (*out)[name].push_back(std::move(item));
  }
  return absl::OkStatus();
}

void FillVerdict(const VerdictOptions& o, FormBuilder* b) {
  b->Text("fact", o.fact)
      .Text("determination", o.determination)
      .Text("severity", o.severity)
      .Text("standard", o.standard)
      .List("mitigation", o.mitigation)
      .Text("undetermined_reason", o.undetermined_reason)
      .Try([&](Json* f) { return SetList(o.attributions, "attributions", ParseAttribution, f); })
      .Try([&](Json* f) { return SetList(o.remedies, "remedies", ParseRemedy, f); });
}

StatusOr<Result> Propose(const VerdictOptions& o) {
  FormBuilder b(o.record);
  FillVerdict(o, &b);
  b.Narrative("reasons", o.reasons);
  return SubmitForm(o.record, "propose_verdict", b.Take());
}

// A form is {"outcome", "reasons", "verdict": {...}}; with flags the verdict is described by them.
StatusOr<Result> Decide(const VerdictOptions& o) {
  FormBuilder b(o.record);
  b.Text("outcome", o.outcome).Narrative("reasons", o.reasons);
  if (o.record.form.empty() && o.outcome == "VARIED") {
    RecordOptions bare;
    FormBuilder verdict(bare);
    FillVerdict(o, &verdict);
    verdict.Text("reasons", o.reasons);
    ASSIGN_OR_RETURN(Json form, verdict.Take());
    b.Set("verdict", std::move(form));
  }
  return SubmitForm(o.record, "decide_appeal", b.Take());
}

}  // namespace

void AddVerdictCommands(Registry& registry) {
  Command verdict =
      registry.Add(registry.app(), "verdict", "Verdicts of the mediators on a case",
                   "  parley verdict propose --profile maria.profile --case 2025-0042 \\\n"
                   "      --form verdict.json\n"
                   "  parley verdict endorse --profile jonas.profile --record 5be1...\n");
  verdict.RequireSubcommand();
  Command propose = registry.Add(
      verdict, "propose", "Proposes a verdict (mediators)",
      "  parley verdict propose --profile maria.profile --case 2025-0042 --fact ESTABLISHED \\\n"
      "      --determination VIOLATION --severity SERIOUS --attribution south:OWN_FORCES \\\n"
      "      --standard REASONABLE_GROUNDS --reasons 'Craters, both accounts, radar.' \\\n"
      "      --remedy 'who=south;due=2025-12-01T00:00Z;checker=mediator-a;proof=photograph;"
      "what=Withdraw the post'\n"
      "  parley verdict propose --profile maria.profile --case 2025-0042 --form verdict.json\n");
  auto p = std::make_shared<VerdictOptions>();
  AddRecordOptions(propose, &p->record, /*with_case=*/true);
  AddVerdictOptions(propose, p.get());
  registry.Run(propose, p, Propose);
  AddVerdictEndorseCommand(registry, verdict);

  Command decide = registry.Add(
      registry.app().GetSubcommand("appeal"), "decide", "Decides an appeal (mediators)",
      "  parley appeal decide --profile maria.profile --case 2025-0042 --outcome UPHELD \\\n"
      "      --reasons 'Nothing new was shown.'\n");
  auto d = std::make_shared<VerdictOptions>();
  AddRecordOptions(decide, &d->record, true);
  decide.AddOption("--outcome", d->outcome, "UPHELD, VARIED (with a verdict), SET_ASIDE");
  AddVerdictOptions(decide, d.get());
  registry.Run(decide, d, Decide);
}

}  // namespace parley::cli
