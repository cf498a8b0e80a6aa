// parley import: rows of a CSV table as incident reports.

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/limits.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "ledger/record/record.h"
#include "tools/parley/files.h"
#include "tools/parley/import_mapping.h"
#include "tools/parley/import_state.h"
#include "tools/parley/quantity.h"
#include "tools/parley/registry.h"
#include "tools/parley/send.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

constexpr size_t kTableBytesMax = 512ULL << 20;
constexpr size_t kProblemsShown = 100;

struct ImportOptions {
  ConnectOptions connect;
  std::string file, mapping, from, to, limit, batch = "100";
  bool dry_run = false;
};

// A row that is ready to be signed.
struct Ready {
  size_t line;
  std::string id;
  Bytes nonce;
  Hash digest;  // of the facts
  v1::IncidentFacts facts;
};

struct Tally {
  uint64_t rows = 0, imported = 0, skipped = 0, refused = 0;
  std::vector<RowProblem> problems;
};

struct Range {
  uint64_t from = 1;
  uint64_t to = 0;  // inclusive, from 1
};

StatusOr<Range> RangeOf(const ImportOptions& o, size_t rows) {
  Range range{1, rows};
  if (rows == 0) return InvalidArgument("the table has a header and no rows");
  if (!o.to.empty() && !o.limit.empty())
    return InvalidArgument("--to and --limit exclude each other");
  if (!o.from.empty()) {
    ASSIGN_OR_RETURN(range.from, ParseCount(o.from, 1'000'000'000, "--from"));
  }
  if (!o.to.empty()) {
    ASSIGN_OR_RETURN(range.to, ParseCount(o.to, 1'000'000'000, "--to"));
  }
  if (!o.limit.empty()) {
    ASSIGN_OR_RETURN(const uint64_t limit, ParseCount(o.limit, 1'000'000'000, "--limit"));
    if (limit == 0) return InvalidArgument("--limit 0: want one row or more");
    range.to = range.from + limit - 1;
  }
  if (!o.to.empty() && range.to < range.from)
    return InvalidArgument(fmt::format("--to {} is before --from {}", range.to, range.from));
  range.to = std::min<uint64_t>(range.to, rows);
  if (range.from == 0 || range.from > rows)
    return InvalidArgument(fmt::format("--from {}: the table has rows 1 to {}", range.from, rows));
  return range;
}

// The same row of the same collection by the same key always has the same nonce.
Bytes NonceOf(const LedgerId& ledger, const KeyId& key, const std::string& dataset,
              const std::string& id) {
  Encoder enc("parley/import/v1");
  enc.Fixed(ledger).Fixed(key).Var(dataset).Var(id);
  const Hash hash = Sha256(enc.bytes());
  return Bytes(hash.bytes().begin(), hash.bytes().begin() + 16);
}

// Tells rows with one id apart by what they would report: the columns that the mapping leaves out
// do not count.
Hash DigestOf(const v1::IncidentFacts& facts) {
  return Sha256(AsBytes(record::CanonicalBytes(facts)));
}

// What a report must be beside its mapping: an event type of this charter, a good shape.
Status CheckReport(const rules::Charter& charter, const v1::IncidentFacts& facts) {
  if (charter.FindEventType(facts.event_type()) == nullptr)
    return InvalidArgument(fmt::format("event type '{}' is not in the charter's catalogue",
                                       Printable(facts.event_type())));
  v1::Record record;
  record.set_ledger_id(charter.ledger_id().ToString());
  record.set_charter(charter.hash().ToString());
  record.set_member("check");
  record.set_officer("check");
  record.set_sequence(1);
  record.set_declared_at_ms(ToInt(SystemClock().Now()));
  record.set_nonce(std::string(16, 'x'));
  record.set_language("en");
  *record.mutable_report_incident()->mutable_facts() = facts;
  return record::CheckShape(record);
}

class Importer {
 public:
  Importer(Session& session, const ImportMapping& mapping, ImportState& state, Outbox& outbox,
           const SecretKey& key)
      : session_(session),
        mapping_(mapping),
        state_(state),
        outbox_(outbox),
        author_{&key, session.officer()},
        key_id_(KeyIdOf(key.public_key())) {}

  // Turns the rows that were not imported before into reports; problems go into the tally.
  std::vector<Ready> Prepare(const CsvTable& table, const Range& range, Tally* tally) {
    std::vector<Ready> out;
    for (uint64_t i = range.from; i <= range.to; ++i) {
      const CsvRow& row = table.rows[i - 1];
      ++tally->rows;
      const std::string id = mapping_.IdOf(row);
      std::vector<RowProblem> problems;
      const std::optional<v1::IncidentFacts> facts = FactsOf(row, id, &problems);
      Bytes nonce = NonceOf(session_.charter().ledger_id(), key_id_, mapping_.dataset(), id);
      if (facts.has_value()) {
        const Hash digest = DigestOf(*facts);
        const std::string why = WhyNotAgain(nonce, digest);
        if (why.empty() && IsReported(nonce)) {
          ++tally->skipped;  // its remarks were made when it went in
          continue;
        }
        if (why.empty()) {
          seen_.emplace(nonce, std::make_pair(row.line, digest));
          out.push_back({row.line, id, std::move(nonce), digest, *facts});
        } else {
          problems.push_back({row.line, id, "", "", why, false});
        }
      }
      if (out.empty() || out.back().line != row.line) ++tally->refused;
      tally->problems.insert(tally->problems.end(), problems.begin(), problems.end());
    }
    return out;
  }

  // Signs, keeps and sends one batch. Rows that the node refuses are named and left out.
  Status SendBatch(std::vector<Ready> batch, Tally* tally) {
    ASSIGN_OR_RETURN(rpc::Client* const client, session_.Client());
    while (!batch.empty()) {
      ASSIGN_OR_RETURN(const auto records, SignAll(batch, *client));
      RETURN_IF_ERROR(outbox_.Add(records));
      ASSIGN_OR_RETURN(const SendReport report, SendRecords(*client, records, /*wait_final=*/true,
                                                            session_.timeout(), nullptr));
      const size_t taken = report.sent.size() - (report.refusal.ok() ? 0 : 1);
      ImportedRows rows;
      for (size_t i = 0; i < taken; ++i) rows.emplace(batch[i].nonce, batch[i].digest);
      RETURN_IF_ERROR(state_.Add(rows));
      tally->imported += taken;
      if (report.refusal.ok()) {
        if (!report.all_final)
          return absl::DeadlineExceededError("accepted, but not final in time: the ledger waits");
        return outbox_.Forget(key_id_, records.back().sequence());
      }
      // The refused record's number, and those after it, are used again.
      RETURN_IF_ERROR(outbox_.DropFrom(key_id_, records[taken].sequence()));
      if (IsTemporary(report.refusal)) return report.refusal;
      tally->problems.push_back(
          {batch[taken].line, batch[taken].id, "", "", MessageOf(report.refusal), false});
      ++tally->refused;
      batch.erase(batch.begin(), batch.begin() + static_cast<ptrdiff_t>(taken) + 1);
    }
    return absl::OkStatus();
  }

 private:
  // What the row would report; nullopt after a problem that refuses it.
  std::optional<v1::IncidentFacts> FactsOf(const CsvRow& row, const std::string& id,
                                           std::vector<RowProblem>* problems) const {
    if (!row.problem.empty()) {
      problems->push_back({row.line, id, "", "", row.problem, false});
      return std::nullopt;
    }
    std::optional<v1::IncidentFacts> facts = mapping_.Convert(row, problems);
    if (!facts.has_value()) return std::nullopt;
    const Status shape = CheckReport(session_.charter(), *facts);
    if (shape.ok()) return facts;
    problems->push_back({row.line, id, "", "", MessageOf(shape), false});
    return std::nullopt;
  }

  bool IsReported(const Bytes& nonce) const {
    return state_.rows().contains(nonce) || seen_.contains(nonce);
  }

  // Two rows with one id that say different things: the second is never taken for the first. Empty
  // when there is no such conflict.
  std::string WhyNotAgain(const Bytes& nonce, const Hash& digest) const {
    if (const auto earlier = seen_.find(nonce); earlier != seen_.end()) {
      if (earlier->second.second == digest) return "";
      return fmt::format("line {} has this id too and says something else", earlier->second.first);
    }
    const auto reported = state_.rows().find(nonce);
    if (reported == state_.rows().end() || !reported->second || *reported->second == digest)
      return "";
    return "a row with this id was imported before and said something else (the row or the mapping "
           "has changed); amend that report instead";
  }

  StatusOr<std::vector<record::ParsedRecord>> SignAll(const std::vector<Ready>& batch,
                                                      rpc::Client& client) {
    ASSIGN_OR_RETURN(AuthorHead head, NextHead(outbox_, key_id_, &client));
    std::vector<record::ParsedRecord> out;
    for (const Ready& ready : batch) {
      v1::Record record;
      *record.mutable_report_incident()->mutable_facts() = ready.facts;
      record.set_nonce(std::string(AsText(ready.nonce)));
      record.set_language(mapping_.language());
      CompleteRecord(session_, author_, head, &record);
      ASSIGN_OR_RETURN(std::string envelope, record::SignRecord(record, *author_.key), "line {}",
                       ready.line);
      ASSIGN_OR_RETURN(record::ParsedRecord parsed,
                       record::ParsedRecord::Parse(std::move(envelope)), "line {}", ready.line);
      head.sequence = parsed.sequence();
      head.previous = parsed.id();
      out.push_back(std::move(parsed));
    }
    return out;
  }

  Session& session_;
  const ImportMapping& mapping_;
  ImportState& state_;
  Outbox& outbox_;
  const Author author_;
  const KeyId key_id_;
  // Line and digest of what this run has taken, so that an id that stands there twice is noticed.
  std::map<Bytes, std::pair<size_t, Hash>> seen_;
};

Json ProblemJson(const RowProblem& p) {
  return {{"line", p.line},   {"id", p.id},   {"column", p.column},
          {"value", p.value}, {"why", p.why}, {"remark", p.remark}};
}

std::string ProblemText(const RowProblem& p) {
  std::string out = fmt::format("  line {} (id {})", p.line, Printable(p.id));
  if (!p.column.empty()) out += fmt::format(", {} = '{}'", Printable(p.column), Printable(p.value));
  return out + ": " + Printable(p.why) + (p.remark ? "" : " - refused") + "\n";
}

Result Summary(const Tally& tally, bool dry_run, const Status& stopped) {
  Result r;
  r.data = {{"rows", tally.rows},       {"imported", tally.imported}, {"skipped", tally.skipped},
            {"refused", tally.refused}, {"dry_run", dry_run},         {"problems", Json::array()}};
  for (const RowProblem& p : tally.problems) r.data["problems"].push_back(ProblemJson(p));
  r.text = fmt::format("{} rows: {} {}, {} skipped (reported before), {} refused\n", tally.rows,
                       tally.imported, dry_run ? "would be imported" : "imported", tally.skipped,
                       tally.refused);
  for (size_t i = 0; i < std::min(tally.problems.size(), kProblemsShown); ++i)
    r.text += ProblemText(tally.problems[i]);
  if (tally.problems.size() > kProblemsShown)
    r.text += fmt::format("  ... and {} more (--json shows all)\n",
                          tally.problems.size() - kProblemsShown);
  if (tally.refused > 0) r.exit = Exit::kUsage;
  if (!stopped.ok()) {
    r.data["stopped"] = MessageOf(stopped);
    r.text += fmt::format("stopped: {}\nRun the same command again to go on where it stopped.\n",
                          MessageOf(stopped));
    r.exit = ExitOf(stopped);
  }
  return r;
}

// What the outbox still holds of an earlier run goes first, and counts as imported.
Status ResumeQueued(Session& session, Outbox& outbox, ImportState& state) {
  ASSIGN_OR_RETURN(const auto queued, outbox.Queued());
  ImportedRows rows;
  for (const record::ParsedRecord& record : queued) {
    if (!record.record().has_report_incident()) continue;
    const ByteSpan nonce = AsBytes(record.record().nonce());
    rows.emplace(Bytes(nonce.begin(), nonce.end()),
                 DigestOf(record.record().report_incident().facts()));
  }
  RETURN_IF_ERROR(state.Add(rows));
  if (queued.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const SendReport report, SendQueued(session, outbox, nullptr, true, nullptr));
  return Annotate(report.refusal, "records that waited in the outbox");
}

StatusOr<Result> Import(const ImportOptions& o) {
  ASSIGN_OR_RETURN(const uint64_t batch_max, ParseCount(o.batch, 500, "--batch"));
  if (batch_max == 0) return InvalidArgument("--batch 0: want 1 to 500");
  ASSIGN_OR_RETURN(const std::string text, ReadInput(o.file, kTableBytesMax, "table"));
  ASSIGN_OR_RETURN(const CsvTable table, ParseCsvTable(text), "'{}'", o.file);
  ASSIGN_OR_RETURN(const std::string json,
                   ReadInput(o.mapping, limits::kJsonFormBytesMax, "mapping"));
  ASSIGN_OR_RETURN(const ImportMapping mapping, ImportMapping::Parse(json, o.mapping, table));
  ASSIGN_OR_RETURN(const Range range, RangeOf(o, table.rows.size()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(const SecretKey* key, session->SigningKey());
  ASSIGN_OR_RETURN(const std::filesystem::path dir, session->OutboxDir());
  ASSIGN_OR_RETURN(Outbox outbox, Outbox::Open(dir, session->charter().ledger_id()));
  ASSIGN_OR_RETURN(ImportState state,
                   ImportState::Open(dir, session->charter().ledger_id(), mapping.dataset()));
  if (!o.dry_run) RETURN_IF_ERROR(ResumeQueued(*session, outbox, state));
  Importer importer(*session, mapping, state, outbox, *key);
  Tally tally;
  const std::vector<Ready> ready = importer.Prepare(table, range, &tally);
  if (o.dry_run) {
    tally.imported = ready.size();
    return Summary(tally, true, absl::OkStatus());
  }
  ProgressBar progress("importing");
  for (size_t first = 0; first < ready.size(); first += batch_max) {
    const size_t end = std::min<size_t>(first + batch_max, ready.size());
    const Status sent = importer.SendBatch({ready.begin() + static_cast<ptrdiff_t>(first),
                                            ready.begin() + static_cast<ptrdiff_t>(end)},
                                           &tally);
    if (!sent.ok()) return Summary(tally, false, sent);
    progress.Show(end, ready.size());
  }
  return Summary(tally, false, absl::OkStatus());
}

}  // namespace

void AddImportCommand(Registry& registry) {
  Command command = registry.Add(
      registry.app(), "import", "Imports the rows of a CSV table as incident reports",
      "  parley import data/ucdp_ged_pakistan_1989-2021_hxl.csv --mapping data/ucdp-mapping.json "
      "\\\n"
      "      --from 1 --to 150 --profile anna.profile\n"
      "  parley import events.csv --mapping mapping.json --dry-run --profile anna.profile\n");
  auto o = std::make_shared<ImportOptions>();
  command.AddOption("file", o->file, "CSV file with a header and, usually, an HXL row").Required();
  command.AddOption("--mapping", o->mapping, "JSON file: which column is what").Required();
  AddConnectOptions(command, &o->connect);
  command.AddOption("--from", o->from, "First row, from 1 (default: 1)");
  command.AddOption("--to", o->to, "Last row (default: the last)");
  command.AddOption("--limit", o->limit, "At most so many rows");
  command.AddOption("--batch", o->batch, "Records sent together, 1 to 500 (default 100)");
  command.AddFlag("--dry-run", o->dry_run, "Check every row; sign and send nothing");
  registry.Run(command, o, Import);
}

}  // namespace parley::cli
