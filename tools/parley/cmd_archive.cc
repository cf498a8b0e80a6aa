// parley export | audit

#include "base/limits.h"
#include "ledger/archive/archive.h"
#include "ledger/archive/audit.h"
#include "node/proofs/proof_check.h"
#include "tools/parley/consensus_check.h"
#include "tools/parley/evidence_check.h"
#include "tools/parley/files.h"
#include "tools/parley/open_source.h"
#include "tools/parley/registry.h"
#include "tools/parley/session.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct ExportOptions {
  ConnectOptions connect;
  std::string db, out;
};

StatusOr<Result> ExportLedger(const ExportOptions& o) {
  ASSIGN_OR_RETURN(const OpenedSource opened, OpenSource(o.db, o.connect));
  const bool tar = o.out.ends_with(".tar");
  ProgressBar progress("exporting");
  RETURN_IF_ERROR(archive::Export(*opened.source, o.out, tar, [&](uint64_t done, uint64_t total) {
    progress.Show(done, total);
  }));
  ASSIGN_OR_RETURN(const std::string checkpoint, opened.source->LatestCheckpoint());
  ASSIGN_OR_RETURN(const auto parsed, note::CosignedCheckpoint::Parse(checkpoint));
  Result r;
  r.data = {{"file", o.out},
            {"source", opened.source->Name()},
            {"size", parsed.checkpoint.size},
            {"root", parsed.checkpoint.root.ToHex()}};
  r.text = fmt::format("Wrote {} entries of {} to {}\nAnybody can check it: parley audit {}\n",
                       parsed.checkpoint.size, parsed.checkpoint.origin, o.out, o.out);
  return r;
}

struct AuditCommandOptions {
  ConnectOptions connect;
  std::string path, charter, ledger_id;
  std::vector<std::string> checkpoints, receipts, entries;
  unsigned threads = 0;
};

// What the auditor holds from before.
Status ReadHeld(const AuditCommandOptions& o, archive::AuditOptions* options) {
  for (const std::string& file : o.checkpoints) {
    ASSIGN_OR_RETURN(std::string bytes,
                     ReadInput(file, limits::kArchiveFileBytesMax, "--checkpoint"));
    options->held_checkpoints.push_back({file, std::move(bytes)});
  }
  if (o.receipts.size() != o.entries.size())
    return InvalidArgument("give one --entry for each --receipt");
  for (size_t i = 0; i < o.receipts.size(); ++i) {
    ASSIGN_OR_RETURN(std::string receipt,
                     ReadInput(o.receipts[i], limits::kArchiveFileBytesMax, "--receipt"));
    ASSIGN_OR_RETURN(std::string entry,
                     ReadInput(o.entries[i], limits::kArchiveFileBytesMax, "--entry"));
    options->held_receipts.push_back({{o.receipts[i], std::move(receipt)}, std::move(entry)});
  }
  return absl::OkStatus();
}

std::string TimeOf(uint64_t seconds) {
  return seconds == 0 ? "" : FormatTime(static_cast<TimeMs>(seconds * 1'000));
}

// What no audit of one source can know.
std::string Completeness(const archive::AuditReport& a) {
  if (a.covered == 0)
    return "no checkpoint covers any entry: nothing says how much of the ledger this is";
  if (!a.ok())
    return fmt::format(
        "the newest checkpoint covers {} entries, cosigned at {} by {}; the problems "
        "say what is wrong with them",
        a.covered, TimeOf(a.covered_at_s), fmt::join(a.latest_cosigners, ", "));
  return fmt::format(
      "complete up to size {}, cosigned at {} by {}: a later part could have been "
      "withheld",
      a.covered, TimeOf(a.covered_at_s), fmt::join(a.latest_cosigners, ", "));
}

Json ProblemJson(const archive::Problem& p) {
  Json out = {{"kind", p.kind}, {"detail", p.detail}};
  out["entry"] = p.entry.has_value() ? Json(*p.entry) : Json(nullptr);
  out["author"] = p.author;
  out["member"] = p.member;
  out["place"] = p.place;
  return out;
}

Json ReportJson(const archive::AuditReport& a) {
  Json out = {{"ok", a.ok()},
              {"source", a.source},
              {"origin", a.origin},
              {"ledger_id", a.ledger_id},
              {"charter_trusted", a.charter_trusted},
              {"entries", a.entries},
              {"records", a.records},
              {"lapses", a.lapses},
              {"blocks", a.blocks},
              {"cases", a.cases},
              {"checkpoints", a.checkpoints},
              {"covered", a.covered},
              {"root", a.root},
              {"latest_cosigners", a.latest_cosigners},
              {"covered_at", TimeOf(a.covered_at_s)},
              {"completeness", Completeness(a)},
              {"checkpoint_sizes", a.checkpoint_sizes},
              {"held_checked", a.held},
              {"suspect", a.suspect}};
  out["misbehaviour"] = Json::array();
  for (const archive::MisbehaviourSummary& m : a.misbehaviour)
    out["misbehaviour"].push_back({{"entry", m.entry},
                                   {"member", m.member},
                                   {"kind", m.kind},
                                   {"epoch", m.epoch},
                                   {"number", m.number}});
  out["problems"] = Json::array();
  for (const archive::Problem& p : a.problems) out["problems"].push_back(ProblemJson(p));
  out["unlisted"] = a.unlisted;
  return out;
}

std::string ProblemText(const archive::Problem& p) {
  std::string out = fmt::format("  [{}]", p.kind);
  if (p.entry.has_value()) out += fmt::format(" entry {}", *p.entry);
  if (!p.author.empty()) out += " by " + Printable(p.author);
  if (p.author.empty() && !p.member.empty()) out += " of " + Printable(p.member);
  if (!p.place.empty()) out += " in " + Printable(p.place);
  return out + "\n    " + Printable(p.detail) + "\n";
}

std::string ReportText(const archive::AuditReport& a) {
  std::string out = fmt::format(
      "Audit of {}\nledger      {} ({})\nchecked     {} entries in {} blocks: {} records, {} "
      "lapses, {} cases\ncheckpoints {}, the newest covers {} entries, cosigned by {}\n",
      Printable(a.source), Printable(a.origin), a.ledger_id, a.entries, a.blocks, a.records,
      a.lapses, a.cases, a.checkpoints, a.covered,
      a.latest_cosigners.empty() ? "nobody"
                                 : fmt::format("{}", fmt::join(a.latest_cosigners, ", ")));
  out += Printable(Completeness(a)) + "\n";
  if (a.held > 0)
    out += fmt::format("held        {} of what you hold was compared with it\n", a.held);
  if (!a.charter_trusted)
    out += "The charter is the source's own: compare its fingerprint, or give --charter.\n";
  for (const archive::MisbehaviourSummary& m : a.misbehaviour)
    out += fmt::format("proven      entry {}: {} {} ({}, epoch {}, number {})\n", m.entry,
                       Printable(m.member), KindInWords(m.kind), m.kind, m.epoch, m.number);
  for (const std::string& s : a.suspect) out += fmt::format("suspect     {}\n", Printable(s));
  if (a.ok()) {
    return out +
           "\nEverything holds: signatures, author chains, hash chain, tree, checkpoints, and "
           "every act\nwas legal when it was made.\n";
  }
  out += fmt::format("\n{} problem{}{}:\n", a.problems.size(), a.problems.size() == 1 ? "" : "s",
                     a.unlisted.empty() ? "" : " and more of the same kinds, counted at the end");
  for (const archive::Problem& p : a.problems) out += ProblemText(p);
  for (const auto& [kind, count] : a.unlisted) out += fmt::format("  [{}] {} more\n", kind, count);
  return out;
}

StatusOr<Result> RunAudit(const AuditCommandOptions& o) {
  if (o.path.empty() == o.connect.node.empty())
    return InvalidArgument("give either an archive, a database folder, or --node");
  archive::AuditOptions options;
  options.threads = o.threads;
  options.trusted_ledger_id = o.ledger_id;
  if (!o.charter.empty()) {
    ASSIGN_OR_RETURN(options.trusted_charter_note,
                     ReadInput(o.charter, limits::kCharterNoteBytesMax, "charter"));
  }
  RETURN_IF_ERROR(ReadHeld(o, &options));
  NodeConsensusCheck consensus;
  options.consensus = &consensus;
  options.proofs = proofs::CheckProof;
  ProgressBar progress("auditing");
  options.progress = [&](uint64_t done, uint64_t total) { progress.Show(done, total); };
  ASSIGN_OR_RETURN(const OpenedSource opened, OpenSource(o.path, o.connect));
  ASSIGN_OR_RETURN(const archive::AuditReport report, archive::Audit(*opened.source, options));
  Result r;
  r.data = ReportJson(report);
  r.text = ReportText(report);
  r.exit = report.ok() ? Exit::kOk : Exit::kNotVerified;
  return r;
}

}  // namespace

void AddArchiveCommands(Registry& registry) {
  Command out = registry.Add(registry.app(), "export", "Writes the whole ledger as plain files",
                             "  parley export --profile anna.profile --out ledger.tar\n"
                             "  parley export --db north/data --out ledger-archive\n");
  auto e = std::make_shared<ExportOptions>();
  AddConnectOptions(out, &e->connect);
  out.GetOption("--profile").Required(false);
  out.AddOption("--db", e->db, "A node's data folder, instead of asking a node");
  out.AddOption("--out", e->out, "New folder, or FILE.tar").Required();
  registry.Run(out, e, ExportLedger);

  Command audit = registry.Add(
      registry.app(), "audit", "Verifies a whole ledger from genesis and trusts nobody",
      "  parley audit ledger.tar --charter charter.note\n"
      "  parley audit north/data --ledger-id 4f2a...\n"
      "  parley audit --node 192.0.2.2:7401 --node-member south --profile ruth.profile \\\n"
      "      --charter charter.note\n");
  auto a = std::make_shared<AuditCommandOptions>();
  audit.AddOption("path", a->path, "Archive folder, FILE.tar, or a node's data folder");
  AddConnectOptions(audit, &a->connect);
  audit.GetOption("--profile").Required(false);
  audit.AddOption("--charter", a->charter, "The charter as you know it");
  audit.AddOption("--ledger-id", a->ledger_id, "... or its ledger id, 64 hex digits");
  audit.AddOption("--checkpoint", a->checkpoints, "A checkpoint that you hold (repeatable)")
      .Expected(1);
  audit.AddOption("--receipt", a->receipts, "A receipt that you hold, with --entry (repeatable)")
      .Expected(1);
  audit.AddOption("--entry", a->entries, "The entry of that receipt").Expected(1);
  audit.AddOption("--threads", a->threads, "Threads for signatures (default: all processors)");
  registry.Run(audit, a, RunAudit);
  AddEvidenceCommand(registry, audit);
}

}  // namespace parley::cli
