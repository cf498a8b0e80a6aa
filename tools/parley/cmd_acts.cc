// parley respond | screen | comment | endorse | appeal | appeal decide | remedy | case close

#include "tools/parley/form.h"
#include "tools/parley/quantity.h"
#include "tools/parley/record_flow.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

// Most acts are one choice, one text and sometimes a list.
struct ActOptions {
  RecordOptions record;
  std::string choice, text, target, number;
  std::vector<std::string> list;
  bool flag = false;
};

StatusOr<Result> Respond(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Text("answer", o.choice).Narrative("account", o.text).List("mitigation", o.list);
  return SubmitForm(o.record, "respond", b.Take());
}

StatusOr<Result> Screen(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Text("decision", o.choice).Narrative("reason", o.text).Text("merge_into", o.target);
  return SubmitForm(o.record, "screen_case", b.Take());
}

StatusOr<Result> Comment(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Text("stance", o.choice).Narrative("text", o.text);
  return SubmitForm(o.record, "comment", b.Take());
}

// The case of the record that the form endorses, as the node has it: nobody should have to copy
// what the record says itself.
StatusOr<std::string> CaseOfRecord(Session& session, const Json& form) {
  if (!form.contains("record") || !form["record"].is_string())
    return InvalidArgument("--record is required: the record id, 64 hex digits");
  ASSIGN_OR_RETURN(const RecordId id, RecordId::FromHex(form["record"].get<std::string>()),
                   "--record");
  const StatusOr<KnownRecord> known = FetchRecord(session, id);
  if (!known.ok())
    return Status(known.status().code(),
                  fmt::format("--case is not given, and the record's case cannot be looked up: {}",
                              MessageOf(known.status())));
  std::string case_id = known->record.record().case_id();
  if (case_id.empty() && known->final) {  // a record that opened its case does not name it
    ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
    case_id = CaseOfEntry(*client, known->index);
  }
  if (case_id.empty())
    return InvalidArgument(
        fmt::format("--record {}: it belongs to no case, so nobody can endorse it", id));
  return case_id;
}

StatusOr<Result> Endorse(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Text("record", o.target).Narrative("reasons", o.text);
  if (o.record.form.empty()) b.Text("choice", o.choice.empty() ? "APPROVE" : o.choice);
  ASSIGN_OR_RETURN(Json form, b.Take());
  return SubmitRecord(o.record, [&](Session& session, v1::Record* record) -> Status {
    if (!form.contains("case_id")) {
      ASSIGN_OR_RETURN(form["case_id"], CaseOfRecord(session, form));
    }
    return FillFromForm(form, "endorse", record);
  });
}

StatusOr<Result> Appeal(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Text("ground", o.choice).Narrative("text", o.text);
  return SubmitForm(o.record, "appeal", b.Take());
}

StatusOr<Result> CloseCase(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Narrative("reason", o.text);
  return SubmitForm(o.record, "close_case", b.Take());
}

Status SetRemedy(const std::string& number, Json* form) {
  if (number.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN((*form)["remedy"], ParseCount(number, 63, "--remedy"));
  return absl::OkStatus();
}

StatusOr<Result> ReportRemedy(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Try([&](Json* f) { return SetRemedy(o.number, f); }).Narrative("account", o.text);
  return SubmitForm(o.record, "report_remedy", b.Take());
}

StatusOr<Result> CheckRemedy(const ActOptions& o) {
  FormBuilder b(o.record);
  b.Try([&](Json* f) { return SetRemedy(o.number, f); }).Narrative("reasons", o.text);
  if (o.choice == "yes" || o.choice == "no") {
    b.Set("accepted", o.choice == "yes");
  } else if (!o.choice.empty()) {
    return InvalidArgument(fmt::format("--accepted '{}': want yes or no", o.choice));
  }
  return SubmitForm(o.record, "check_remedy", b.Take());
}

struct Flag {
  const char* name;
  const char* help;
};

// One act command: null names leave the option out.
Command AddAct(Registry& registry, Command parent, const char* name, const char* description,
               const char* example, Flag choice, Flag text, Flag target,
               StatusOr<Result> (*fn)(const ActOptions&), const std::shared_ptr<ActOptions>& o) {
  Command command = registry.Add(parent, name, description, example);
  AddRecordOptions(command, &o->record, /*with_case=*/true);
  if (choice.name != nullptr) command.AddOption(choice.name, o->choice, choice.help);
  if (text.name != nullptr) command.AddOption(text.name, o->text, text.help);
  if (target.name != nullptr) command.AddOption(target.name, o->target, target.help);
  registry.Run(command, o, fn);
  return command;
}

constexpr Flag kNone{nullptr, nullptr};
constexpr Flag kReasons{"--reasons", "Why; '-' reads standard input; demanded for DISSENT"};

void AddRemedy(Registry& registry) {
  Command remedy = registry.Add(registry.app(), "remedy", "Remedies that a verdict ordered",
                                "  parley remedy report --profile anna.profile --case 2025-0042 "
                                "--remedy 0 \\\n"
                                "      --account 'Post removed'\n");
  remedy.RequireSubcommand();
  auto r = std::make_shared<ActOptions>();
  AddAct(registry, remedy, "report", "Reports that a remedy was carried out",
         "  parley remedy report --profile anna.profile --case 2025-0042 --remedy 0 \\\n"
         "      --account 'Post removed'\n",
         kNone, {"--account", "What was done"}, kNone, ReportRemedy, r)
      .AddOption("--remedy", r->number, "Number in the verdict's list, from 0");
  auto c = std::make_shared<ActOptions>();
  AddAct(registry, remedy, "check", "Accepts a remedy, or says what is missing",
         "  parley remedy check --profile maria.profile --case 2025-0042 --remedy 0 \\\n"
         "      --accepted yes\n",
         {"--accepted", "yes or no"}, {"--reasons", "What was seen, or is missing"}, kNone,
         CheckRemedy, c)
      .AddOption("--remedy", c->number, "Number in the verdict's list, from 0");
}

}  // namespace

void AddActCommands(Registry& registry) {
  Command app = registry.app();
  auto respond = std::make_shared<ActOptions>();
  AddAct(registry, app, "respond", "Answers what is alleged against your member",
         "  parley respond --profile omar.profile --case 2025-0042 --answer DENY \\\n"
         "      --account 'Our posts did not fire that night.'\n",
         {"--answer", "ADMIT, DENY, EXPLAIN, COUNTER_CLAIM"},
         {"--account", "Your account; '-' reads standard input"}, kNone, Respond, respond)
      .AddOption("--mitigation", respond->list, "SELF_DEFENCE_CLAIMED, ACCIDENT, ...");
  AddAct(registry, app, "screen", "Admits, rejects or merges a reported case (mediators)",
         "  parley screen --profile maria.profile --case 2025-0042 --decision ADMIT\n",
         {"--decision", "ADMIT, REJECT, MERGE"}, {"--reason", "Why; demanded for REJECT"},
         {"--merge-into", "MERGE: the case that takes the accounts"}, Screen,
         std::make_shared<ActOptions>());
  AddAct(registry, app, "comment", "Comments before the verdict (parties concerned)",
         "  parley comment --profile omar.profile --case 2025-0042 --stance REJECT \\\n"
         "      --text 'The count is wrong.'\n",
         {"--stance", "AGREE, AGREE_IN_PART, REJECT"}, {"--text", "'-' reads standard input"},
         kNone, Comment, std::make_shared<ActOptions>());
  AddAct(registry, app, "endorse", "Approves or dissents from exactly one record",
         "  parley endorse --profile jonas.profile --record 5be1... \\\n"
         "      --choice APPROVE\n",
         {"--choice", "APPROVE (default) or DISSENT"}, kReasons,
         {"--record", "Record id, 64 hex digits"}, Endorse, std::make_shared<ActOptions>());
  AddAct(registry, app, "appeal", "Appeals against a verdict (parties concerned)",
         "  parley appeal --profile omar.profile --case 2025-0042 --ground NEW_EVIDENCE \\\n"
         "      --text 'A recording has come to light.'\n",
         {"--ground", "NEW_EVIDENCE, PROCEDURE, ATTRIBUTION, PROPORTIONALITY, ..."},
         {"--text", "'-' reads standard input"}, kNone, Appeal, std::make_shared<ActOptions>())
      .GetOption("--profile")
      .Required(false);  // not demanded of `appeal decide` twice
  AddRemedy(registry);
}

void AddVerdictEndorseCommand(Registry& registry, Command verdict) {
  AddAct(registry, verdict, "endorse", "Approves or dissents from a proposed verdict",
         "  parley verdict endorse --profile jonas.profile --record 5be1...\n",
         {"--choice", "APPROVE (default) or DISSENT"}, kReasons,
         {"--record", "Record id of the proposal, 64 hex digits"}, Endorse,
         std::make_shared<ActOptions>());
}

void AddCaseCloseCommand(Registry& registry, Command cases) {
  AddAct(registry, cases, "close", "Closes a case (mediators)",
         "  parley case close --profile maria.profile --case 2025-0042 --reason 'Settled'\n", kNone,
         {"--reason", "Why"}, kNone, CloseCase, std::make_shared<ActOptions>());
}

}  // namespace parley::cli
