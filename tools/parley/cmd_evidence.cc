// parley audit evidence

#include "base/limits.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/evidence_check.h"
#include "tools/parley/files.h"
#include "tools/parley/open_source.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct EvidenceOptions {
  std::string file, ledger;
  std::vector<std::string> charters;
};

StatusOr<Result> CheckEvidence(const EvidenceOptions& o) {
  ASSIGN_OR_RETURN(const std::vector<rules::Charter> charters, ReadCharters(o.charters));
  ASSIGN_OR_RETURN(std::string bytes, ReadInput(o.file, limits::kBlockBytesMax, "evidence"));
  ASSIGN_OR_RETURN(const EvidenceFile evidence, ReadEvidence(std::move(bytes)), "'{}'", o.file);
  rules::Misbehaviour proven;
  if (o.ledger.empty()) {
    ASSIGN_OR_RETURN(proven, ProveByCharters(charters, evidence), "'{}'", o.file);
  } else {
    archive::AuditOptions options;
    options.trusted_charter_note = charters.front().note();
    ProgressBar progress("auditing");
    options.progress = [&](uint64_t done, uint64_t total) { progress.Show(done, total); };
    ASSIGN_OR_RETURN(const OpenedSource opened, OpenSource(o.ledger, ConnectOptions()));
    ASSIGN_OR_RETURN(proven, ProveByLedger(*opened.source, std::move(options), evidence), "'{}'",
                     o.file);
  }
  const bool about_size = proven.kind.starts_with('C');
  Result r;
  r.data = {{"proven", true},
            {"member", proven.member},
            {"kind", proven.kind},
            {"meaning", KindInWords(proven.kind)},
            {"epoch", proven.epoch},
            {about_size ? "size" : "view", proven.number},
            {"ledger_id", charters.front().ledger_id().ToHex()}};
  r.text = fmt::format(
      "Proven: {} {}.\nkind      {}, epoch {}, {} {}\nledger    {} ({})\n\nThe member's own key "
      "signed what no honest member signs. The proof shows who signed, not why: a\nstolen key or a "
      "node set up twice leaves the same trace.\n",
      Printable(proven.member), KindInWords(proven.kind), proven.kind, proven.epoch,
      about_size ? "size" : "view", proven.number, Printable(charters.front().origin()),
      charters.front().ledger_id().ToHex());
  return r;
}

}  // namespace

void AddEvidenceCommand(Registry& registry, Command audit) {
  Command evidence = registry.Add(
      audit, "evidence", "Checks one proof of a member's misbehaviour",
      "  parley receipt get --index 57 --out proof --profile ruth.profile\n"
      "  parley audit evidence proof.entry --charter charter.note\n"
      "  parley audit evidence proof.entry --charter charter.note --charter charter-2.note\n"
      "  parley audit evidence proof.entry --charter charter.note --ledger ledger.tar\n");
  auto o = std::make_shared<EvidenceOptions>();
  evidence.AddOption("file", o->file, "The proof, or the ledger entry that holds it").Required();
  evidence
      .AddOption("--charter", o->charters,
                 "The founding charter as you know it; again for each later one, in order")
      .Required()
      .Expected(1);
  evidence.AddOption("--ledger", o->ledger,
                     "Archive or node's data folder: needed for E6, and for E5 of a later epoch");
  registry.Run(evidence, o, CheckEvidence);
}

}  // namespace parley::cli
