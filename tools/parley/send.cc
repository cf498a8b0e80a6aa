#include "tools/parley/send.h"

#include "base/limits.h"
#include "base/time.h"
#include "crypto/sign.h"

namespace parley::cli {
namespace {

// One message's worth of records from `first` on.
v1::SubmitRequest NextRequest(const std::vector<record::ParsedRecord>& records, size_t first) {
  v1::SubmitRequest request;
  size_t bytes = 0;
  for (size_t i = first; i < records.size(); ++i) {
    bytes += records[i].envelope().size();
    const auto count = static_cast<size_t>(request.envelopes_size());
    if (count == limits::kSubmitRecordsMax || (count > 0 && bytes > limits::kSubmitBytesMax)) break;
    request.add_envelopes(records[i].envelope());
  }
  return request;
}

// A refusal as a status; the code numbers are the same.
Status RefusalOf(const rpc::Client& client, const record::ParsedRecord& record,
                 const v1::SubmitResult& result) {
  const auto code = static_cast<absl::StatusCode>(static_cast<int>(result.code()));
  return Status(code,
                fmt::format("{} refused {} (number {}): {}", client.target(),
                            record::ActName(record.record()), record.sequence(), result.message()));
}

}  // namespace

bool IsTemporary(const Status& refusal) {
  return absl::IsUnavailable(refusal) || absl::IsResourceExhausted(refusal) ||
         absl::IsDeadlineExceeded(refusal) || absl::IsAborted(refusal);
}

void CompleteRecord(const Session& session, const Author& author, const AuthorHead& head,
                    v1::Record* record) {
  record->set_ledger_id(session.charter().ledger_id().ToString());
  record->set_charter(session.charter().hash().ToString());
  record->set_member(session.member());
  record->set_officer(author.officer);
  record->set_sequence(head.sequence + 1);
  if (head.sequence > 0) record->set_previous(head.previous.ToString());
  record->set_declared_at_ms(ToInt(SystemClock().Now()));
  if (record->nonce().empty()) record->set_nonce(std::string(AsText(RandomBytes(16))));
  if (record->language().empty()) record->set_language("en");
}

StatusOr<AuthorHead> NextHead(Outbox& outbox, const KeyId& key, rpc::Client* client) {
  ASSIGN_OR_RETURN(const AuthorHead local, outbox.Head(key));
  if (client == nullptr) return local;
  v1::GetAuthorHeadRequest request;
  request.set_key_id(key.ToString());
  auto answer = client->GetAuthorHead(request);
  if (absl::IsNotFound(answer.status())) return local;
  if (!answer.ok()) return answer.status();
  if (answer->sequence() == 0 || answer->sequence() < local.sequence) return local;
  AuthorHead head{local.ledger, key, answer->sequence(), RecordId()};
  ASSIGN_OR_RETURN(head.previous, RecordId::FromBytes(answer->previous()), "author head of {}",
                   client->target());
  RETURN_IF_ERROR(outbox.Advance(head));
  return head;
}

StatusOr<SendReport> SendRecords(rpc::Client& client,
                                 const std::vector<record::ParsedRecord>& records, bool wait_final,
                                 std::chrono::milliseconds timeout, ProgressBar* progress) {
  SendReport report;
  size_t done = 0;
  while (done < records.size()) {
    v1::SubmitRequest request = NextRequest(records, done);
    request.set_wait_final(wait_final);
    ASSIGN_OR_RETURN(const v1::SubmitResponse response, client.Submit(request, timeout));
    if (response.results_size() != request.envelopes_size())
      return Unavailable(fmt::format("{} answered {} results for {} records", client.target(),
                                     response.results_size(), request.envelopes_size()));
    for (const v1::SubmitResult& result : response.results()) {
      report.sent.push_back({records[done++], result});
      report.all_final = report.all_final && result.final();
      if (result.code() == 0) continue;
      report.refusal = RefusalOf(client, report.sent.back().record, result);
      return report;
    }
    if (progress != nullptr) progress->Show(done, records.size());
  }
  return report;
}

StatusOr<SendReport> SendQueued(Session& session, Outbox& outbox, const KeyId* key, bool wait_final,
                                ProgressBar* progress) {
  ASSIGN_OR_RETURN(std::vector<record::ParsedRecord> records, outbox.Queued());
  if (key != nullptr) std::erase_if(records, [&](const auto& r) { return r.key_id() != *key; });
  if (records.empty()) return SendReport{};
  ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
  ASSIGN_OR_RETURN(SendReport report,
                   SendRecords(*client, records, wait_final, session.timeout(), progress));
  for (const Sent& sent : report.sent) {
    if (sent.result.final())
      RETURN_IF_ERROR(outbox.Forget(sent.record.key_id(), sent.record.sequence()));
  }
  // A refused record will never be taken. Its number is free again if nothing was built on it.
  if (!report.refusal.ok() && !IsTemporary(report.refusal)) {
    const record::ParsedRecord& refused = report.sent.back().record;
    ASSIGN_OR_RETURN(const AuthorHead head, outbox.Head(refused.key_id()));
    if (head.previous == refused.id()) {
      RETURN_IF_ERROR(outbox.DropFrom(refused.key_id(), refused.sequence()));
    } else {
      report.refusal =
          Status(report.refusal.code(),
                 fmt::format("{}. It blocks those signed after it: 'parley outbox drop --from {}' "
                             "gives up it and them",
                             MessageOf(report.refusal), refused.sequence()));
    }
  }
  return report;
}

Json SentJson(const Sent& sent) {
  Json out = {{"record_id", sent.record.id().ToHex()},
              {"act", std::string(record::ActName(sent.record.record()))},
              {"member", sent.record.record().member()},
              {"officer", sent.record.record().officer()},
              {"sequence", sent.record.sequence()}};
  if (sent.result.code() != 0) {
    out["state"] = "refused";
    out["message"] = sent.result.message();
    return out;
  }
  out["state"] = sent.result.final() ? "final" : "pending";
  if (sent.result.final()) {
    out["index"] = sent.result.index();
    out["time_ms"] = sent.result.time_ms();
  }
  if (!sent.result.intake_receipt().empty())
    out["intake_receipt"] = HexEncode(AsBytes(sent.result.intake_receipt()));
  return out;
}

}  // namespace parley::cli
