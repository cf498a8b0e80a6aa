#include "tools/parley/record_flow.h"

#include <unistd.h>

#include "base/limits.h"
#include "parley/v1/entry.pb.h"
#include "tools/parley/files.h"
#include "tools/parley/form.h"
#include "tools/parley/intake_file.h"
#include "tools/parley/send.h"
#include "tools/parley/show.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

// --dry-run: everything that would be signed, with the local idea of the author's chain.
StatusOr<Result> DryRun(const v1::Record& record) {
  RETURN_IF_ERROR(record::CheckShape(record));
  Result r;
  r.data = RecordJson(record);
  r.data["dry_run"] = true;
  r.text = DescribeRecord(record) + "\nNothing was signed (--dry-run).\n";
  return r;
}

std::string LaterHint(const RecordOptions& o, size_t queued) {
  return fmt::format("{} in the outbox; send with: parley outbox send --profile {}",
                     queued == 1 ? "1 record waits" : fmt::format("{} records wait", queued),
                     o.connect.profile);
}

// --intake: the node's signature for what it took in, filed for the day when it denies it.
Status FileIntake(Session& session, const RecordOptions& o, const Sent& sent, Result* r) {
  if (o.intake.empty()) return absl::OkStatus();
  const std::string& bytes = sent.result.intake_receipt();
  RETURN_IF_ERROR(
      CheckIntake(bytes, session.charter().ledger_id(), sent.record.id(), session.member()),
      "the record was taken in, but no good receipt came with it");
  RETURN_IF_ERROR(WriteNewFile(o.intake, bytes), "the record was taken in, but --intake");
  r->data["intake_file"] = o.intake;
  r->text += fmt::format("intake  {}\n", o.intake);
  return absl::OkStatus();
}

StatusOr<Result> ReportSent(Session& session, const RecordOptions& o, const SendReport& report) {
  if (!report.refusal.ok()) return report.refusal;
  const Sent& sent = report.sent.back();
  Result r;
  r.data = SentJson(sent);
  const std::string id = sent.record.id().ToHex();
  if (!sent.result.final()) {
    r.text = fmt::format("{} accepted; not final yet\nrecord  {}\n",
                         record::ActName(sent.record.record()), id);
    if (!o.no_wait) {
      r.exit = Exit::kUnavailable;
      r.text +=
          "The ledger waits, probably for members that are not connected (parley status). "
          "The record\nis safe with the node and will become final by itself.\n";
    }
    RETURN_IF_ERROR(FileIntake(session, o, sent, &r));
    return r;
  }
  ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
  const std::string case_id = CaseOfEntry(*client, sent.result.index());
  const TimeMs time = static_cast<TimeMs>(sent.result.time_ms());
  r.data["time"] = FormatTime(time);
  r.data["case_id"] = case_id;
  r.text = fmt::format("{} is final\n", record::ActName(sent.record.record()));
  if (!case_id.empty()) r.text += fmt::format("case    {}\n", case_id);
  r.text +=
      fmt::format("entry   {}\ntime    {}\nrecord  {}\n", sent.result.index(), ShortTime(time), id);
  RETURN_IF_ERROR(FileIntake(session, o, sent, &r));
  return r;
}

StatusOr<Result> KeptOffline(const RecordOptions& o, const Outbox& outbox,
                             const record::ParsedRecord& record) {
  ASSIGN_OR_RETURN(const auto queued, outbox.Queued());
  Result r;
  r.data = {{"record_id", record.id().ToHex()},
            {"act", std::string(record::ActName(record.record()))},
            {"sequence", record.sequence()},
            {"state", "queued"},
            {"queued", queued.size()}};
  r.text = fmt::format("{} signed\nrecord  {}\n{}\n", record::ActName(record.record()), record.id(),
                       LaterHint(o, queued.size()));
  return r;
}

// An error of the way, with what became of the record.
Status StillQueued(const RecordOptions& o, const Outbox& outbox, const Status& error) {
  const auto queued = outbox.Queued();
  return Status(error.code(), fmt::format("{}. The record is signed and safe: {}", MessageOf(error),
                                          LaterHint(o, queued.ok() ? queued->size() : 1)));
}

bool IsWayBlocked(const Status& s) {
  return absl::IsUnavailable(s) || absl::IsDeadlineExceeded(s) || absl::IsCancelled(s);
}

// Signs on top of the newest head that can be known and puts the record into the outbox.
StatusOr<record::ParsedRecord> SignIntoOutbox(Session& session, Outbox& outbox,
                                              const Author& author, bool offline,
                                              v1::Record* record) {
  const KeyId key = KeyIdOf(author.key->public_key());
  rpc::Client* client = nullptr;
  if (!offline) {
    ASSIGN_OR_RETURN(client, session.Client());
  }
  auto head = NextHead(outbox, key, client);
  if (!head.ok() && IsWayBlocked(head.status())) head = outbox.Head(key);
  if (!head.ok()) return head.status();
  CompleteRecord(session, author, *head, record);
  ASSIGN_OR_RETURN(std::string envelope, record::SignRecord(*record, *author.key));
  ASSIGN_OR_RETURN(record::ParsedRecord parsed, record::ParsedRecord::Parse(std::move(envelope)));
  RETURN_IF_ERROR(outbox.Add({parsed}));
  return parsed;
}

}  // namespace

std::string CaseOfEntry(rpc::Client& client, uint64_t index) {
  v1::GetEntryRequest request;
  request.set_index(index);
  const auto answer = client.GetEntry(request);
  v1::Entry entry;
  if (!answer.ok() || !entry.ParseFromString(answer->entry())) return "";
  return entry.case_id();
}

void AddRecordOptions(Command command, RecordOptions* options, bool with_case) {
  AddConnectOptions(command, &options->connect);
  command.AddOption("--form", options->form, "JSON file with the fields; '-' standard input");
  if (with_case) command.AddOption("--case", options->case_id, "Case, such as 2025-0042");
  command.AddOption("--language", options->language, "BCP 47 tag of the text (default: en)");
  command.AddFlag("--dry-run", options->dry_run, "Show the record; sign and send nothing");
  command.AddFlag("--offline", options->offline, "Sign into the outbox and send nothing");
  command.AddFlag("--no-wait", options->no_wait, "Do not wait until the record is final");
  command.AddOption("--intake", options->intake,
                    "File for the node's signed receipt of the record");
  command.AddDefaultFlag("--wait", "Wait until the record is final (the default)");
}

FormBuilder::FormBuilder(const RecordOptions& options) {
  if (!options.form.empty()) {
    auto text = ReadInput(options.form, limits::kJsonFormBytesMax, "form");
    if (!text.ok()) {
      status_ = text.status();
      return;
    }
    auto form = ParseJsonForm(*text, options.form);
    if (!form.ok()) {
      status_ = form.status();
      return;
    }
    form_ = std::move(*form);
  }
  Text("case_id", options.case_id);
  Text("language", options.language);
}

FormBuilder& FormBuilder::Set(const std::string& field, Json value) {
  if (!status_.ok()) return *this;
  if (form_.contains(field)) {
    status_ = InvalidArgument(fmt::format("{}: given in the form and as a flag", field));
  } else {
    form_[field] = std::move(value);
  }
  return *this;
}

FormBuilder& FormBuilder::Text(const std::string& field, const std::string& value) {
  return value.empty() ? *this : Set(field, value);
}

FormBuilder& FormBuilder::List(const std::string& field, const std::vector<std::string>& values) {
  return values.empty() ? *this : Set(field, values);
}

FormBuilder& FormBuilder::Narrative(const std::string& field, const std::string& value) {
  if (value.empty() || !status_.ok()) return *this;
  // Said to people; in a script it would be noise on every line.
  if (isatty(STDERR_FILENO) == 1)
    Warn("people's names do not belong in records: nothing in the ledger can be deleted");
  if (value != "-") return Set(field, value);
  auto text = ReadInput("-", limits::kNarrativeBytesMax, field);
  if (!text.ok()) {
    status_ = text.status();
    return *this;
  }
  status_ = CheckUtf8(*text, field);
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return Set(field, std::move(*text));
}

StatusOr<Json> FormBuilder::Take() {
  if (!status_.ok()) return status_;
  return std::move(form_);
}

StatusOr<KnownRecord> FetchRecord(Session& session, const RecordId& id) {
  ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
  v1::GetRecordRequest request;
  request.set_record_id(id.ToString());
  ASSIGN_OR_RETURN(const v1::GetRecordResponse answer, client->GetRecord(request));
  ASSIGN_OR_RETURN(record::ParsedRecord record, record::ParsedRecord::Parse(answer.envelope()));
  if (record.id() != id)
    return Unauthenticated(
        fmt::format("asked for record {}, {} gave {}", id, client->target(), record.id()));
  return KnownRecord{std::move(record), answer.state() == v1::GetRecordResponse::FINAL,
                     answer.index()};
}

StatusOr<Result> SubmitForm(const RecordOptions& options, const std::string& act,
                            const StatusOr<Json>& form) {
  if (!form.ok()) return form.status();
  return SubmitRecord(
      options, [&](Session&, v1::Record* record) { return FillFromForm(*form, act, record); });
}

StatusOr<Result> SubmitRecord(const RecordOptions& o, const Fill& fill) {
  if (o.offline && o.no_wait) return InvalidArgument("--offline and --no-wait exclude each other");
  if (!o.intake.empty() && (o.offline || o.dry_run))
    return InvalidArgument("--intake: a record that is not sent gets no receipt");
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  v1::Record record;
  RETURN_IF_ERROR(fill(*session, &record));
  std::optional<SecretKey> root;
  Author author{nullptr, session->officer()};
  if (!o.root_key.empty()) {
    ASSIGN_OR_RETURN(root, OpenKey(o.root_key, KeyPurpose::kRoot, session->passphrases()));
    author = {&*root, "root"};
  } else {
    ASSIGN_OR_RETURN(author.key, session->SigningKey());
  }
  ASSIGN_OR_RETURN(const std::filesystem::path dir, session->OutboxDir());
  ASSIGN_OR_RETURN(Outbox outbox, Outbox::Open(dir, session->charter().ledger_id()));
  const KeyId key = KeyIdOf(author.key->public_key());
  if (o.dry_run) {
    ASSIGN_OR_RETURN(const AuthorHead head, outbox.Head(key));
    CompleteRecord(*session, author, head, &record);
    return DryRun(record);
  }
  ASSIGN_OR_RETURN(const record::ParsedRecord signed_record,
                   SignIntoOutbox(*session, outbox, author, o.offline, &record));
  if (o.offline) return KeptOffline(o, outbox, signed_record);
  auto report = SendQueued(*session, outbox, &key, !o.no_wait, nullptr);
  if (!report.ok()) return StillQueued(o, outbox, report.status());
  const bool own = report->sent.back().record.id() == signed_record.id();
  if (!report->refusal.ok() && (!own || IsTemporary(report->refusal)))
    return StillQueued(o, outbox, report->refusal);
  return ReportSent(*session, o, *report);
}

}  // namespace parley::cli
