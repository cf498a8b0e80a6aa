#include "ledger/archive/audit_run.h"
#include "ledger/note/signed_note.h"
#include "parley/v1/entry.pb.h"

namespace parley::archive {
namespace {

std::string TextOf(const std::string& note_or_text) {
  const auto note = note::SignedNote::Parse(note_or_text);
  return note.ok() ? note->text() : note_or_text;
}

// The charter note inside entry 0; empty when it cannot be read.
std::string GenesisNote(Source& source) {
  const StatusOr<std::string> bytes = source.Entry(0);
  v1::Entry entry;
  if (!bytes.ok() || !entry.ParseFromString(*bytes)) return {};
  return entry.event().genesis().charter_note();
}

// What the source shows as its charter: reported when damaged. Empty when there is none.
std::string ShownNote(AuditRun& run) {
  const StatusOr<std::vector<std::string>> held = run.source.Charters();
  if (!held.ok()) {
    run.Add("charter", MessageOf(held.status()), run.source.CharterPlace(1));
  } else if (held->empty()) {
    run.Add("charter", "it is missing", run.source.CharterPlace(1));
  } else if (held->front().empty()) {
    run.Add("charter", "it is empty", run.source.CharterPlace(1));
  }
  return held.ok() && !held->empty() ? held->front() : std::string();
}

// Parses a note; when only its signatures are wrong, says so and goes on with its text, since that
// is what tells who should have signed everything else.
std::optional<rules::Charter> TryNote(AuditRun& run, const std::string& note,
                                      const std::string& place) {
  if (note.empty()) return std::nullopt;
  StatusOr<rules::Charter> charter = rules::Charter::ParseNote(note);
  if (charter.ok()) return std::move(*charter);
  run.Add("charter", MessageOf(charter.status()), place);
  StatusOr<rules::Charter> text = rules::Charter::ParseText(TextOf(note));
  if (text.ok()) return std::move(*text);
  return std::nullopt;
}

// Whether any member of a charter cosigned this checkpoint.
bool IsCosigned(const StatusOr<std::string>& note, const rules::Charter& charter) {
  if (!note.ok()) return false;
  const auto parsed = note::CosignedCheckpoint::Parse(*note);
  if (!parsed.ok()) return false;
  for (const rules::CharterMember& m : charter.members()) {
    const note::VerifierKey key{charter.CosignerKeyName(m.name), note::KeyType::kCosignature,
                                m.cosigner_key};
    const note::SignatureLine* line = parsed->note.Find(key.name, key.id());
    if (line != nullptr && note::VerifyCosignature(*line, parsed->note.text(), key).ok())
      return true;
  }
  return false;
}

// Whether nothing ties the source to this charter: neither its own charters nor a signature on its
// oldest or newest checkpoint. Then it is another ledger, not an altered one.
bool IsForeign(AuditRun& run, const rules::Charter& own) {
  const StatusOr<std::vector<std::string>> held = run.source.Charters();
  if (held.ok() && !held->empty() && TextOf(held->front()) == own.text()) return false;
  if (TextOf(GenesisNote(run.source)) == own.text()) return false;
  if (IsCosigned(run.source.LatestCheckpoint(), own)) return false;
  const StatusOr<std::vector<uint64_t>> sizes = run.source.CheckpointSizes();
  return !sizes.ok() || sizes->empty() || !IsCosigned(run.source.Checkpoint(sizes->front()), own);
}

// The auditor's own copy decides, whatever the source says.
Status CompareWithTrusted(AuditRun& run) {
  const AuditOptions& o = run.options;
  if (!o.trusted_charter_note.empty()) {
    StatusOr<rules::Charter> own = rules::Charter::ParseNote(o.trusted_charter_note);
    if (!own.ok()) own = rules::Charter::ParseText(TextOf(o.trusted_charter_note));
    RETURN_IF_ERROR(own.status(), "the charter you gave");
    run.report.charter_trusted = true;
    if (run.charter.has_value() && IsForeign(run, *own))
      return FailedPrecondition(
          fmt::format("the ledger is another one than your charter's: its ledger id is {}, yours "
                      "{}, and nobody "
                      "of your charter cosigned it. Nothing else was checked",
                      run.charter->ledger_id(), own->ledger_id()));
    if (!run.charter.has_value() || run.charter->text() != own->text())
      run.Add(
          "charter",
          fmt::format("the ledger's charter is not the one you gave: its ledger id is {}, "
                      "yours {}",
                      run.charter ? run.charter->ledger_id().ToHex() : "unknown", own->ledger_id()),
          run.source.CharterPlace(1));
    // The note of the ledger goes on to be compared with entry 0 when the text is the same.
    if (!run.charter.has_value() || run.charter->text() != own->text())
      run.charter = std::move(*own);
  }
  if (!o.trusted_ledger_id.empty() && run.charter.has_value()) {
    run.report.charter_trusted = true;
    if (run.charter->ledger_id().ToHex() != o.trusted_ledger_id)
      run.Add("charter",
              fmt::format("the ledger id is {}, you gave {}", run.charter->ledger_id(),
                          o.trusted_ledger_id),
              run.source.CharterPlace(1));
  }
  return absl::OkStatus();
}

}  // namespace

Status AuditCharter(AuditRun& run) {
  const std::string held = ShownNote(run);
  const std::string genesis = GenesisNote(run.source);
  if (!held.empty() && !genesis.empty() && held != genesis)
    run.Add("charter", "the charter's file is not the charter note in entry 0",
            run.source.CharterPlace(1));
  // Either copy may be damaged; a good one is preferred and both are reported.
  if (rules::Charter::ParseNote(held).ok() || genesis.empty()) {
    run.charter = TryNote(run, held, run.source.CharterPlace(1));
  } else {
    if (!held.empty() && held != genesis) TryNote(run, held, run.source.CharterPlace(1));
    run.charter = TryNote(run, genesis, run.source.EntryPlace(0));
    if (!run.charter.has_value()) run.charter = TryNote(run, held, run.source.CharterPlace(1));
  }
  const Status trusted = CompareWithTrusted(run);
  if (run.charter.has_value()) {
    run.report.origin = run.charter->origin();
    run.report.ledger_id = run.charter->ledger_id().ToHex();
  }
  RETURN_IF_ERROR(trusted);
  if (!run.charter.has_value()) return NotFound("no charter can be read");
  AuditAdoptions(run);
  return absl::OkStatus();
}

}  // namespace parley::archive
