// parley charter amend | diff | propose | get: replacing one charter by another.

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "base/limits.h"
#include "ledger/rules/charter_change.h"
#include "tools/parley/charter_draft.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/record_flow.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct AmendOptions {
  std::string current, text, title, out;
  std::vector<std::string> add, remove, deadlines;
  bool Edits() const {
    return !title.empty() || !add.empty() || !remove.empty() || !deadlines.empty();
  }
};

Status RemoveMember(const std::string& name, v1::Charter* charter) {
  auto* members = charter->mutable_members();
  const auto found = std::find_if(members->begin(), members->end(),
                                  [&](const v1::Member& m) { return m.name() == name; });
  if (found == members->end())
    return NotFound(fmt::format("--remove '{}': the charter has no such member", Printable(name)));
  members->erase(found);
  return absl::OkStatus();
}

StatusOr<v1::Charter> Edit(const AmendOptions& o, const rules::Charter& current) {
  v1::Charter out = current.proto();
  if (!o.title.empty()) out.set_title(o.title);
  for (const std::string& name : o.remove) RETURN_IF_ERROR(RemoveMember(name, &out));
  for (const std::string& file : o.add) {
    ASSIGN_OR_RETURN(v1::Member member, ReadMemberFile(file));
    if (current.FindMember(member.name()) != nullptr)
      return AlreadyExists(
          fmt::format("--add '{}': '{}' is a member already", file, Printable(member.name())));
    *out.add_members() = std::move(member);
  }
  std::sort(out.mutable_members()->begin(), out.mutable_members()->end(),
            [](const v1::Member& a, const v1::Member& b) { return a.name() < b.name(); });
  for (const std::string& deadline : o.deadlines)
    RETURN_IF_ERROR(SetDeadline(deadline, out.mutable_deadlines()));
  return out;
}

StatusOr<Result> Amend(const AmendOptions& o) {
  if (o.text.empty() == !o.Edits())
    return InvalidArgument("give either --text, or changes such as --add, --remove or --deadline");
  ASSIGN_OR_RETURN(const CharterFile current, ReadCharterFile(o.current));
  std::string text;
  if (o.text.empty()) {
    ASSIGN_OR_RETURN(const v1::Charter edited, Edit(o, current.charter));
    text = WriteCharter(edited);
  } else {
    ASSIGN_OR_RETURN(text, ReadInput(o.text, limits::kCharterNoteBytesMax, "charter text"));
  }
  ASSIGN_OR_RETURN(text, rules::FollowingText(current.charter, text));
  ASSIGN_OR_RETURN(const rules::Charter after, rules::Charter::ParseText(text), "new charter");
  RETURN_IF_ERROR(rules::CheckSuccessor(current.charter, after));
  RETURN_IF_ERROR(WriteNewFile(o.out, text), "--out");
  Result r;
  r.data = CharterJson(after);
  r.data["file"] = o.out;
  r.data["changes"] = CharterDiff(current.charter, after);
  r.text =
      fmt::format("Wrote version {} of the charter to {}\nfingerprint  {}\n\n{}", after.version(),
                  o.out, FingerprintOf(AsBytes(text)), DescribeDiff(current.charter, after));
  r.text +=
      "\nSend it to all who must sign: parley charter sign --current CHARTER. When the signatures "
      "are\ntogether, any officer hands them in: parley charter propose.\n";
  return r;
}

struct DiffOptions {
  std::string before, after;
};

StatusOr<Result> Diff(const DiffOptions& o) {
  ASSIGN_OR_RETURN(const CharterFile before, ReadCharterFile(o.before));
  ASSIGN_OR_RETURN(const CharterFile after, ReadCharterFile(o.after));
  const Status follows = rules::CheckSuccessor(before.charter, after.charter);
  Result r;
  r.data = {{"before", before.charter.version()},
            {"after", after.charter.version()},
            {"follows", follows.ok()},
            {"changes", CharterDiff(before.charter, after.charter)}};
  if (!follows.ok()) r.data["why_not"] = MessageOf(follows);
  r.text = DescribeDiff(before.charter, after.charter);
  if (!follows.ok())
    r.text += fmt::format("\nIt cannot replace the first: {}\n", MessageOf(follows));
  return r;
}

struct GetOptions {
  ConnectOptions connect;
  std::string out;
  uint32_t version = 0;
};

StatusOr<Result> Get(const GetOptions& o) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  v1::GetCharterRequest request;
  request.set_version(o.version);
  ASSIGN_OR_RETURN(const v1::GetCharterResponse answer, client->GetCharter(request));
  ASSIGN_OR_RETURN(const rules::Charter charter, rules::Charter::FromState(answer.charter_note()),
                   "the node's charter");
  Result r;
  r.data = CharterJson(charter);
  r.data["in_force"] = answer.in_force();
  r.data["entry"] = answer.index();
  r.data["proposed"] = Json::array();
  for (const std::string& note : answer.proposed()) {
    const auto proposal = rules::Charter::FromState(note);
    if (proposal.ok()) r.data["proposed"].push_back(FingerprintOf(AsBytes(proposal->text())));
  }
  r.text = fmt::format("version      {} of {} (in force)\nentry        {}\nfingerprint  {}\n",
                       charter.version(), answer.in_force(), answer.index(),
                       FingerprintOf(AsBytes(charter.text())));
  if (answer.proposed_size() > 0)
    r.text += fmt::format("{} proposed texts wait for signatures\n", answer.proposed_size());
  if (!o.out.empty()) {
    RETURN_IF_ERROR(WriteNewFile(o.out, answer.charter_note()), "--out");
    r.data["file"] = o.out;
    r.text += fmt::format("written to   {}\n", o.out);
  }
  return r;
}

struct ProposeOptions {
  RecordOptions record;
  std::string note;
};

// What the ledger made of it.
Status AddOutcome(const ProposeOptions& o, const std::string& note, Result* r) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.record.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  ASSIGN_OR_RETURN(const v1::GetCharterResponse answer,
                   client->GetCharter(v1::GetCharterRequest()));
  ASSIGN_OR_RETURN(const rules::Charter now, rules::Charter::FromState(answer.charter_note()));
  ASSIGN_OR_RETURN(const rules::Charter proposed, rules::Charter::FromState(note));
  const bool adopted = now.hash() == proposed.hash();
  r->data["adopted"] = adopted;
  r->data["in_force"] = now.version();
  r->text += adopted ? fmt::format("Charter version {} is in force.\n", now.version())
                     : fmt::format("It waits for more signatures; in force is version {}.\n",
                                   now.version());
  return absl::OkStatus();
}

StatusOr<Result> Propose(const ProposeOptions& o) {
  ASSIGN_OR_RETURN(const std::string note,
                   ReadInput(o.note, limits::kCharterNoteBytesMax, "charter note"));
  ASSIGN_OR_RETURN(Result r, SubmitRecord(o.record, [&](Session&, v1::Record* record) -> Status {
                     record->mutable_propose_charter()->set_charter_note(note);
                     return absl::OkStatus();
                   }));
  const bool sent = !o.record.offline && !o.record.dry_run && !o.record.no_wait;
  if (sent && r.exit == Exit::kOk) RETURN_IF_ERROR(AddOutcome(o, note, &r));
  return r;
}

void AddAmend(Registry& registry, Command charter) {
  Command command = registry.Add(
      charter, "amend", "Drafts the charter that is to replace the present one",
      "  parley charter amend --current charter.note --add east.member --out charter-2.txt\n"
      "  parley charter amend --current charter.note --deadline respond=24h --out charter-2.txt\n");
  auto o = std::make_shared<AmendOptions>();
  command.AddOption("--current", o->current, "The charter in force, text or note").Required();
  command.AddOption("--out", o->out, "Text file to write").Required();
  command.AddOption("--add", o->add, "A new member's .member file; repeat for each");
  command.AddOption("--remove", o->remove, "A member that leaves; repeat for each");
  command.AddOption("--deadline", o->deadlines, "NAME=DURATION; repeat for each");
  command.AddOption("--title", o->title, "A new title");
  command.AddOption("--text", o->text,
                    "A text that you have edited: version, ledger_id and previous are set");
  registry.Run(command, o, Amend);
}

}  // namespace

void AddCharterChangeCommands(Registry& registry, Command charter) {
  AddAmend(registry, charter);
  Command diff = registry.Add(charter, "diff", "Says in words what one charter changes in another",
                              "  parley charter diff charter.note charter-2.txt\n");
  auto d = std::make_shared<DiffOptions>();
  diff.AddOption("before", d->before, "Charter text or note").Required();
  diff.AddOption("after", d->after, "Charter text or note").Required();
  registry.Run(diff, d, Diff);

  Command get = registry.Add(charter, "get", "Fetches a charter from a node",
                             "  parley charter get --profile anna.profile --out charter-2.note\n");
  auto g = std::make_shared<GetOptions>();
  AddConnectOptions(get, &g->connect);
  get.AddOption("--version", g->version, "Which one (default: the one in force)");
  get.AddOption("--out", g->out, "Note to write");
  registry.Run(get, g, Get);

  Command propose =
      registry.Add(charter, "propose", "Hands a new charter with root signatures in to the ledger",
                   "  parley charter propose charter-2.note --profile anna.profile\n");
  auto p = std::make_shared<ProposeOptions>();
  AddRecordOptions(propose, &p->record, /*with_case=*/false);
  propose.RemoveOption("--form");
  propose.AddOption("note", p->note, "The note with root signatures").Required();
  registry.Run(propose, p, Propose);
}

}  // namespace parley::cli
