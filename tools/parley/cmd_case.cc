// parley case list | show | timeline, obligation list, record show

#include <map>

#include "base/limits.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "ledger/rules/step.h"
#include "parley/v1/entry.pb.h"
#include "tools/parley/message_json.h"
#include "tools/parley/quantity.h"
#include "tools/parley/record_flow.h"
#include "tools/parley/registry.h"
#include "tools/parley/session.h"
#include "tools/parley/show.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

TimeMs Time(uint64_t ms) { return static_cast<TimeMs>(std::min(ms, ToInt(kTimeMax))); }

std::string Join(const google::protobuf::RepeatedPtrField<std::string>& list) {
  std::string out;
  for (const std::string& item : list) out += (out.empty() ? "" : ", ") + item;
  return out;
}

struct ListOptions {
  ConnectOptions connect;
  std::string state, after, limit = "1000";
};

struct CaseList {
  std::vector<v1::CaseSummary> cases;  // at most the limit
  uint64_t total = 0;                  // also those beyond it
  uint64_t size = 0;                   // of the ledger
};

// All pages: those beyond the limit are only counted, so that nobody takes a part for the whole.
StatusOr<CaseList> FetchCases(rpc::Client& client, const ListOptions& o, uint64_t limit) {
  CaseList out;
  v1::ListCasesRequest request;
  request.set_state(o.state);
  request.set_after(o.after);
  request.set_count_max(limits::kListPageMax);
  while (true) {
    ASSIGN_OR_RETURN(const v1::ListCasesResponse page, client.ListCases(request));
    out.size = page.size();
    if (page.cases().empty()) return out;
    for (const v1::CaseSummary& c : page.cases()) {
      if (c.case_id() <= request.after())
        return Internal(fmt::format("{} lists cases out of order", client.target()));
      request.set_after(c.case_id());
      if (++out.total <= limit) out.cases.push_back(c);
    }
  }
}

// OK for a state that the rules can put a case into.
Status CheckState(const std::string& name) {
  std::string known;
  const auto* stages = v1::CaseState::Stage_descriptor();
  for (int i = 0; i < stages->value_count(); ++i) {
    const auto* value = stages->value(i);
    if (value->number() == 0) continue;
    const std::string stage = rules::StageName(static_cast<rules::Stage>(value->number()));
    if (stage == name) return absl::OkStatus();
    known += (known.empty() ? "" : ", ") + stage;
  }
  return InvalidArgument(fmt::format("--state '{}': want {}", Printable(name), known));
}

StatusOr<Result> ListCases(const ListOptions& o) {
  ASSIGN_OR_RETURN(const uint64_t limit, ParseCount(o.limit, 1'000'000, "--limit"));
  if (limit == 0) return InvalidArgument("--limit 0: want 1 to 1000000");
  if (!o.state.empty()) RETURN_IF_ERROR(CheckState(o.state));
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  ASSIGN_OR_RETURN(const CaseList list, FetchCases(*client, o, limit));
  const std::vector<v1::CaseSummary>& cases = list.cases;
  const bool more = list.total > cases.size();
  Result r;
  r.data = {{"size", list.size}, {"total", list.total}, {"more", more}, {"cases", Json::array()}};
  if (more) r.data["next_after"] = cases.back().case_id();
  std::vector<std::vector<std::string>> rows = {
      {"case", "state", "type", "by", "alleged", "opened", "flags", "place"}};
  for (const v1::CaseSummary& c : cases) {
    r.data["cases"].push_back(MessageToJson(c));
    rows.push_back({c.case_id(), c.state(), c.event_type(), c.reporter(), Join(c.alleged()),
                    ShortTime(Time(c.opened_at_ms())).substr(0, 16), Join(c.flags()), c.place()});
  }
  r.text = Table(rows) + "\n";
  r.text += more ? fmt::format(
                       "{} of {} cases{}, as of ledger size {}. There are more: go on with "
                       "--after {}, or give a higher --limit.\n",
                       cases.size(), list.total, o.after.empty() ? "" : " after " + o.after,
                       list.size, cases.back().case_id())
                 : fmt::format("{} case{}{}, as of ledger size {}\n", cases.size(),
                               cases.size() == 1 ? "" : "s",
                               o.after.empty() ? "" : " after " + o.after, list.size);
  return r;
}

struct CaseOptions {
  ConnectOptions connect;
  std::string id;
};

StatusOr<v1::GetCaseResponse> FetchCase(Session& session, const std::string& id) {
  ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
  v1::GetCaseRequest request;
  request.set_case_id(id);
  return client->GetCase(request);
}

// The members that a case's head names, as they call themselves; names of former members alone.
std::map<std::string, std::string> DisplayNames(const v1::CaseSummary& c,
                                                const rules::Charter& charter) {
  std::map<std::string, std::string> out;
  const auto add = [&](const std::string& name) {
    if (const rules::CharterMember* m = charter.FindMember(name)) out[name] = m->display_name;
  };
  add(c.reporter());
  for (const std::string& name : c.alleged()) add(name);
  return out;
}

Json CaseJson(const v1::GetCaseResponse& answer, const rules::Charter& charter) {
  Json out = MessageToJson(answer.summary());
  out["display_names"] = DisplayNames(answer.summary(), charter);
  out["entry_count"] = answer.summary().entries();
  out["size"] = answer.size();
  out["obligations"] = Json::array();
  for (const v1::Obligation& obligation : answer.obligations())
    out["obligations"].push_back(MessageToJson(obligation));
  out["legal_acts"] = Json::array();
  for (const std::string& act : answer.legal_acts()) out["legal_acts"].push_back(act);
  out["entries"] = Json::array();
  out["more"] = answer.indexes_size() > answer.entries_size();
  out["indexes"] = Json::array();
  for (const uint64_t index : answer.indexes()) out["indexes"].push_back(index);
  for (const std::string& entry : answer.entries()) out["entries"].push_back(EntryJson(entry));
  return out;
}

// A case with very many or very long entries comes without the last of them.
std::string CutNote(const v1::GetCaseResponse& answer) {
  if (answer.indexes_size() <= answer.entries_size()) return "";
  return fmt::format(
      "\nThe first {} of {} entries are shown; the next is entry {} (parley receipt get "
      "--index).\n",
      answer.entries_size(), answer.indexes_size(), answer.indexes(answer.entries_size()));
}

std::string Summary(const v1::GetCaseResponse& answer, const rules::Charter& charter) {
  const v1::CaseSummary& c = answer.summary();
  std::string out = fmt::format("case {}  {}\n", Printable(c.case_id()), Printable(c.state()));
  out += fmt::format("{} reported by {}, alleged against {}\n", Printable(c.event_type()),
                     Printable(c.reporter()),
                     c.alleged().empty() ? "no member" : Printable(Join(c.alleged())));
  for (const auto& [name, display] : DisplayNames(c, charter))
    out += fmt::format("{:<8} {}\n", name, Printable(display));
  if (!c.place().empty()) out += fmt::format("place    {}\n", Printable(c.place()));
  if (!c.flags().empty()) out += fmt::format("flags    {}\n", Printable(Join(c.flags())));
  for (const v1::Obligation& ob : answer.obligations()) {
    const std::string due = ShortTime(Time(ob.due_ms()));
    out += ob.member().empty()  // a window, in which members may act and need not
               ? fmt::format("open     {} until {}\n", Printable(ob.kind()), due)
               : fmt::format("owed     {} by {}, due {}\n", Printable(ob.kind()),
                             Printable(ob.member()), due);
  }
  for (const std::string& act : answer.legal_acts())
    out += fmt::format("legal    {}\n", Printable(act));
  return out;
}

StatusOr<Result> ShowCase(const CaseOptions& o) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(const v1::GetCaseResponse answer, FetchCase(*session, o.id));
  Result r;
  r.data = CaseJson(answer, session->charter());
  r.text = Summary(answer, session->charter());
  for (const std::string& entry : answer.entries()) r.text += "\n" + DescribeEntry(entry);
  r.text += CutNote(answer) + fmt::format("\nas of ledger size {}\n", answer.size());
  return r;
}

StatusOr<Result> Timeline(const CaseOptions& o) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(const v1::GetCaseResponse answer, FetchCase(*session, o.id));
  std::vector<std::vector<std::string>> rows = {{"entry", "ledger time", "by", "what", "record"}};
  for (const std::string& entry : answer.entries()) rows.push_back(EntryRow(entry));
  Result r;
  r.data = CaseJson(answer, session->charter());
  r.text = Summary(answer, session->charter()) + "\n" + Table(rows) + CutNote(answer);
  return r;
}

struct ObligationOptions {
  ConnectOptions connect;
  std::string member;
  bool late = false;
};

// All pages of what is owed.
StatusOr<v1::ListObligationsResponse> FetchObligations(rpc::Client& client,
                                                       const std::string& member) {
  v1::ListObligationsResponse all;
  v1::ListObligationsRequest request;
  request.set_member(member);
  do {
    ASSIGN_OR_RETURN(v1::ListObligationsResponse page, client.ListObligations(request));
    if (!page.next().empty() && (page.obligations().empty() || page.next() <= request.after()))
      return Internal(fmt::format("{} lists obligations out of order", client.target()));
    request.set_after(page.next());
    all.set_size(page.size());
    for (v1::Obligation& owed : *page.mutable_obligations())
      *all.add_obligations() = std::move(owed);
  } while (!request.after().empty());
  return all;
}

StatusOr<Result> ListObligations(const ObligationOptions& o) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  ASSIGN_OR_RETURN(const v1::ListObligationsResponse answer, FetchObligations(*client, o.member));
  const uint64_t now = ToInt(SystemClock().Now());
  Result r;
  r.data = {{"size", answer.size()}, {"obligations", Json::array()}};
  std::vector<std::vector<std::string>> rows = {{"due", "in", "by", "what", "case"}};
  for (const v1::Obligation& ob : answer.obligations()) {
    const bool late = ob.due_ms() < now;
    if (o.late && !late) continue;
    Json item = MessageToJson(ob);
    item["due"] = FormatTime(Time(ob.due_ms()));
    item["late"] = late;
    r.data["obligations"].push_back(std::move(item));
    // Whole minutes are enough for people.
    const auto left = std::chrono::milliseconds(late ? 0 : (ob.due_ms() - now) / 60'000 * 60'000);
    rows.push_back({ShortTime(Time(ob.due_ms())), late ? "LATE" : FormatDuration(left), ob.member(),
                    ob.kind(), ob.case_id()});
  }
  r.data["total"] = answer.obligations_size();
  if (rows.size() > 1) {
    r.text = Table(rows);
  } else {
    r.text = answer.obligations().empty()
                 ? "Nothing is owed.\n"
                 : fmt::format("Nothing is late; {} obligations are not due yet.\n",
                               answer.obligations_size());
  }
  r.text += fmt::format("\nas of ledger size {}\n", answer.size());
  return r;
}

StatusOr<Result> ShowRecord(const CaseOptions& o) {
  ASSIGN_OR_RETURN(const RecordId id, RecordId::FromHex(o.id), "record id");
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(const KnownRecord known, FetchRecord(*session, id));
  Result r;
  r.data = {{"record_id", id.ToHex()}, {"state", known.final ? "final" : "pending"}};
  if (known.final) r.data["index"] = known.index;
  r.data["record"] = RecordJson(known.record.record());
  r.text = fmt::format("record    {}\nstate     {}\n{}", id,
                       known.final ? fmt::format("final, entry {}", known.index) : "pending",
                       DescribeRecord(known.record.record()));
  return r;
}

template <class Fn>
void AddById(Registry& registry, Command parent, const char* name, const char* description,
             const char* example, const char* what, Fn fn) {
  Command command = registry.Add(parent, name, description, example);
  auto o = std::make_shared<CaseOptions>();
  AddConnectOptions(command, &o->connect);
  command.AddOption("id", o->id, what).Required();
  registry.Run(command, o, fn);
}

}  // namespace

void AddCaseCommands(Registry& registry) {
  Command cases = registry.Add(registry.app(), "case", "Cases: all entries about one incident",
                               "  parley case list --profile anna.profile\n"
                               "  parley case show 2025-0042 --profile anna.profile\n");
  cases.RequireSubcommand();
  Command list = registry.Add(cases, "list", "Lists cases",
                              "  parley case list --profile anna.profile --state ADMITTED\n");
  auto l = std::make_shared<ListOptions>();
  AddConnectOptions(list, &l->connect);
  list.AddOption("--state", l->state, "Only this state, such as REPORTED");
  list.AddOption("--after", l->after, "Only cases after this one: goes on with a list");
  list.AddOption("--limit", l->limit, "At most so many, from 1 (default 1000)");
  registry.Run(list, l, ListCases);
  AddById(registry, cases, "show", "Shows a case with all its accounts and what would be legal now",
          "  parley case show 2025-0042 --profile anna.profile\n", "Case, such as 2025-0042",
          ShowCase);
  AddById(registry, cases, "timeline", "Shows a case entry by entry",
          "  parley case timeline 2025-0042 --profile anna.profile\n", "Case, such as 2025-0042",
          Timeline);
  AddCaseCloseCommand(registry, cases);

  Command obligation = registry.Add(registry.app(), "obligation", "What members owe, by when",
                                    "  parley obligation list --profile anna.profile --late\n");
  obligation.RequireSubcommand();
  Command owed = registry.Add(obligation, "list", "Lists what is due, for whom, and what is late",
                              "  parley obligation list --profile anna.profile --member north\n");
  auto ob = std::make_shared<ObligationOptions>();
  AddConnectOptions(owed, &ob->connect);
  owed.AddOption("--member", ob->member, "Only what this member owes");
  owed.AddFlag("--late", ob->late, "Only what is late");
  registry.Run(owed, ob, ListObligations);

  Command record = registry.Add(registry.app(), "record", "Records: signed statements",
                                "  parley record show 9f0c... --profile anna.profile\n");
  record.RequireSubcommand();
  AddById(registry, record, "show", "Shows one record",
          "  parley record show 9f0c... --profile anna.profile\n", "Record id, 64 hex digits",
          ShowRecord);
}

}  // namespace parley::cli
