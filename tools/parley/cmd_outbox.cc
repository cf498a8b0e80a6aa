// parley outbox list | send | export | import | drop

#include <set>

#include "tools/parley/files.h"
#include "tools/parley/import_state.h"
#include "tools/parley/quantity.h"
#include "tools/parley/registry.h"
#include "tools/parley/send.h"
#include "tools/parley/show.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct OutboxOptions {
  ConnectOptions connect;
  std::string file, sequence;
  bool no_wait = false, yes = false;
};

struct Opened {
  std::unique_ptr<Session> session;
  Outbox outbox;
};

StatusOr<Opened> OpenBoth(const ConnectOptions& connect) {
  ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::Open(connect));
  ASSIGN_OR_RETURN(const std::filesystem::path dir, session->OutboxDir());
  ASSIGN_OR_RETURN(Outbox outbox, Outbox::Open(dir, session->charter().ledger_id()));
  return Opened{std::move(session), std::move(outbox)};
}

Json ItemJson(const record::ParsedRecord& record) {
  return {{"record_id", record.id().ToHex()},
          {"key_id", record.key_id().ToHex()},
          {"sequence", record.sequence()},
          {"act", std::string(record::ActName(record.record()))},
          {"member", record.record().member()},
          {"officer", record.record().officer()},
          {"case_id", record.record().case_id()},
          {"declared_at_ms", record.record().declared_at_ms()}};
}

StatusOr<Result> List(const OutboxOptions& o) {
  ASSIGN_OR_RETURN(const Opened opened, OpenBoth(o.connect));
  ASSIGN_OR_RETURN(const auto queued, opened.outbox.Queued());
  Result r;
  r.data = {{"outbox", opened.outbox.dir().string()}, {"records", Json::array()}};
  std::vector<std::vector<std::string>> rows = {{"number", "act", "case", "declared", "record"}};
  for (const record::ParsedRecord& record : queued) {
    r.data["records"].push_back(ItemJson(record));
    rows.push_back({std::to_string(record.sequence()),
                    std::string(record::ActName(record.record())), record.record().case_id(),
                    ShortTime(static_cast<TimeMs>(record.record().declared_at_ms())),
                    record.id().ToHex().substr(0, 16)});
  }
  r.text = queued.empty() ? "Nothing waits in the outbox.\n" : Table(rows);
  return r;
}

// Sends what waits and says for each record what became of it.
StatusOr<Result> Report(const SendReport& report, bool wait) {
  Result r;
  r.data = {{"sent", Json::array()}};
  uint64_t final_count = 0;
  for (const Sent& sent : report.sent) {
    r.data["sent"].push_back(SentJson(sent));
    final_count += sent.result.final() ? 1 : 0;
  }
  r.data["final"] = final_count;
  if (!report.refusal.ok()) return report.refusal;
  r.text = report.sent.empty()
               ? "Nothing waits in the outbox.\n"
               : fmt::format("{} sent, {} of them final\n", report.sent.size(), final_count);
  if (wait && !report.all_final) r.exit = Exit::kUnavailable;
  return r;
}

StatusOr<Result> Send(const OutboxOptions& o) {
  ASSIGN_OR_RETURN(Opened opened, OpenBoth(o.connect));
  ProgressBar progress("sending");
  ASSIGN_OR_RETURN(const SendReport report,
                   SendQueued(*opened.session, opened.outbox, nullptr, !o.no_wait, &progress));
  return Report(report, !o.no_wait);
}

StatusOr<Result> Export(const OutboxOptions& o) {
  ASSIGN_OR_RETURN(const Opened opened, OpenBoth(o.connect));
  ASSIGN_OR_RETURN(const auto queued, opened.outbox.Queued());
  if (queued.empty()) return NotFound("nothing waits in the outbox");
  RETURN_IF_ERROR(WriteNewFile(o.file, SerializeOutboxFile(queued)));
  Result r;
  r.data = {{"file", o.file}, {"records", queued.size()}};
  r.text = fmt::format(
      "Wrote {} records to {}. Carry it to any member's node and give it in there:\n"
      "parley outbox import {} --profile PROFILE\n",
      queued.size(), o.file, o.file);
  return r;
}

// Records carried from elsewhere go straight to the node: they are not this officer's own.
StatusOr<Result> Import(const OutboxOptions& o) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(const std::string bytes, ReadInput(o.file, kOutboxBytesMax, "outbox file"));
  ASSIGN_OR_RETURN(const auto records, ParseOutboxFile(bytes), "'{}'", o.file);
  if (records.front().ledger_id() != session->charter().ledger_id())
    return FailedPrecondition(fmt::format("'{}' holds records of another ledger ({})", o.file,
                                          records.front().ledger_id()));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  ProgressBar progress("sending");
  ASSIGN_OR_RETURN(const SendReport report,
                   SendRecords(*client, records, !o.no_wait, session->timeout(), &progress));
  return Report(report, !o.no_wait);
}

StatusOr<Result> Drop(const OutboxOptions& o) {
  ASSIGN_OR_RETURN(Opened opened, OpenBoth(o.connect));
  ASSIGN_OR_RETURN(const uint64_t from, ParseCount(o.sequence, 999'999'999'999, "--from"));
  ASSIGN_OR_RETURN(auto queued, opened.outbox.Queued());
  ASSIGN_OR_RETURN(const SecretKey* key, opened.session->SigningKey());
  const KeyId id = KeyIdOf(key->public_key());
  std::erase_if(queued, [&](const auto& r) { return r.key_id() != id || r.sequence() < from; });
  if (queued.empty())
    return NotFound(fmt::format("no record from number {} on waits in the outbox", from));
  if (!o.yes) {
    RETURN_IF_ERROR(Confirm(
        fmt::format("{} records are dropped for good, and their numbers used again. If any of "
                    "them ever\nreached a node, signing others with these numbers is proof "
                    "against you.",
                    queued.size()),
        "--yes"));
  }
  // First, so that rows of a table whose records are gone never count as imported.
  std::set<Bytes> rows;
  for (const record::ParsedRecord& record : queued) {
    const ByteSpan nonce = AsBytes(record.record().nonce());
    rows.emplace(nonce.begin(), nonce.end());
  }
  RETURN_IF_ERROR(ForgetImported(opened.outbox.dir(), rows));
  RETURN_IF_ERROR(opened.outbox.DropFrom(id, queued.front().sequence()));
  Result r;
  r.data = {{"dropped", queued.size()}};
  r.text = fmt::format("{} records dropped\n", queued.size());
  return r;
}

}  // namespace

void AddOutboxCommands(Registry& registry) {
  Command outbox = registry.Add(registry.app(), "outbox",
                                "Signed records that wait to be sent or to become final",
                                "  parley outbox list --profile anna.profile\n"
                                "  parley outbox send --profile anna.profile\n");
  outbox.RequireSubcommand();
  const auto add = [&](const char* name, const char* description, const char* example, auto fn) {
    Command command = registry.Add(outbox, name, description, example);
    auto o = std::make_shared<OutboxOptions>();
    AddConnectOptions(command, &o->connect);
    registry.Run(command, o, fn);
    return std::pair(command, o);
  };
  add("list", "Lists what waits", "  parley outbox list --profile anna.profile\n", List);
  const auto [send, s] =
      add("send", "Sends what waits", "  parley outbox send --profile anna.profile\n", Send);
  send.AddFlag("--no-wait", s->no_wait, "Do not wait until the records are final");
  const auto [out, e] = add("export", "Writes what waits to a file, to be carried to a node",
                            "  parley outbox export stick.outbox --profile anna.profile\n", Export);
  out.AddOption("file", e->file, "File to write").Required();
  const auto [in, i] = add("import", "Sends the records of a file, whoever signed them",
                           "  parley outbox import stick.outbox --profile omar.profile\n", Import);
  in.AddOption("file", i->file, "File that 'outbox export' wrote; '-' standard input").Required();
  in.AddFlag("--no-wait", i->no_wait, "Do not wait until the records are final");
  const auto [drop, d] = add("drop", "Drops your records from a number on, for good",
                             "  parley outbox drop --from 12 --profile anna.profile\n", Drop);
  drop.AddOption("--from", d->sequence, "The first number to drop").Required();
  drop.AddFlag("--yes", d->yes, "Drop without asking");
}

}  // namespace parley::cli
