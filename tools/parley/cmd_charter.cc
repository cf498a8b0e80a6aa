// parley charter check | show | sign | assemble | verify | policy

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "ledger/note/policy.h"
#include "ledger/rules/charter_change.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/keys.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct FileOptions {
  std::string file, out;
};

StatusOr<Result> Check(const FileOptions& o) {
  ASSIGN_OR_RETURN(const CharterFile file, ReadCharterFile(o.file));
  Result r;
  r.data = CharterJson(file.charter);
  r.text = fmt::format(
      "The charter is well formed: {} members, quorum {}, version {}\n"
      "fingerprint  {}\n",
      file.charter.members().size(), file.charter.quorum(), file.charter.proto().version(),
      FingerprintOf(AsBytes(file.text)));
  return r;
}

// Who has signed, as text and JSON.
std::string Signers(const CharterFile& file, Json* out) {
  if (file.lines.empty()) return "\nNobody has signed this text yet.\n";
  std::string text = "\nSignatures:\n";
  for (const note::SignatureLine& line : file.lines) {
    const std::string member = MemberOfLine(file.charter, line);
    const Status valid = CheckCharterLine(file.charter, member, line);
    out->push_back({{"name", line.name}, {"member", member}, {"valid", valid.ok()}});
    text += fmt::format("  {} {}\n", valid.ok() ? "valid  " : "INVALID", Printable(line.name));
  }
  return text;
}

StatusOr<Result> Show(const FileOptions& o) {
  ASSIGN_OR_RETURN(const CharterFile file, ReadCharterFile(o.file));
  Result r;
  r.data = CharterJson(file.charter);
  r.data["signatures"] = Json::array();
  r.text = DescribeCharter(file.charter) + Signers(file, &r.data["signatures"]);
  return r;
}

struct SignOptions {
  std::string file, key, member, out, passphrase_file, current;
  bool yes = false;
};

// A charter that is to replace another: whoever signs sees what changes.
StatusOr<Result> SignSuccessor(const SignOptions& o, const CharterFile& file) {
  ASSIGN_OR_RETURN(const CharterFile current, ReadCharterFile(o.current));
  RETURN_IF_ERROR(rules::CheckSuccessor(current.charter, file.charter));
  const std::string fingerprint = FingerprintOf(AsBytes(file.text));
  if (!o.yes) {
    RETURN_IF_ERROR(Confirm(
        fmt::format("{}\n{} is about to sign this change. The new text's fingerprint is\n\n  {}\n\n"
                    "Compare it with every other member over a channel you trust.",
                    DescribeDiff(current.charter, file.charter), Printable(o.member), fingerprint),
        "--yes"));
  }
  PassphraseSource passphrases(o.passphrase_file);
  ASSIGN_OR_RETURN(const SecretKey key, OpenKey(o.key, KeyPurpose::kRoot, passphrases));
  ASSIGN_OR_RETURN(const std::string content,
                   ReadInput(o.file, limits::kCharterNoteBytesMax, "charter"));
  ASSIGN_OR_RETURN(const std::string note,
                   rules::AddSuccessorSignature(current.charter, content, o.member, key));
  RETURN_IF_ERROR(WriteNewFile(o.out, note), "--out");
  Result r;
  r.data = {{"file", o.out},
            {"member", o.member},
            {"origin", file.charter.origin()},
            {"version", file.charter.version()},
            {"ledger_id", file.charter.ledger_id().ToHex()},
            {"changes", CharterDiff(current.charter, file.charter)},
            {"fingerprint", fingerprint}};
  r.text = fmt::format(
      "{}\n{} signed version {} of the charter of {}\nfingerprint  {}\n"
      "written to   {}\n",
      DescribeDiff(current.charter, file.charter), Printable(o.member), file.charter.version(),
      file.charter.origin(), fingerprint, o.out);
  return r;
}

StatusOr<Result> Sign(const SignOptions& o) {
  ASSIGN_OR_RETURN(const CharterFile file, ReadCharterFile(o.file));
  if (file.charter.version() > 1 && o.current.empty())
    return InvalidArgument(
        fmt::format("--current: this is version {} of a charter; give the one it is to replace",
                    file.charter.version()));
  if (!o.current.empty()) return SignSuccessor(o, file);
  const rules::CharterMember* member = file.charter.FindMember(o.member);
  if (member == nullptr)
    return NotFound(
        fmt::format("--member '{}': the charter has no such member", Printable(o.member)));
  const std::string fingerprint = FingerprintOf(AsBytes(file.text));
  if (!o.yes) {
    RETURN_IF_ERROR(Confirm(
        fmt::format("{}\n{} is about to sign this charter. Its fingerprint is\n\n  {}\n\nCompare "
                    "it with every other member over a channel you trust.",
                    DescribeCharter(file.charter), Printable(member->display_name), fingerprint),
        "--yes"));
  }
  PassphraseSource passphrases(o.passphrase_file);
  ASSIGN_OR_RETURN(const SecretKey key, OpenKey(o.key, KeyPurpose::kRoot, passphrases));
  if (key.public_key() != member->root_key)
    return FailedPrecondition(fmt::format(
        "--key '{}' has the fingerprint {}; the charter names {} as the root key of {}", o.key,
        FingerprintOf(key.public_key()), FingerprintOf(member->root_key), o.member));
  ASSIGN_OR_RETURN(const std::string content,
                   ReadInput(o.file, limits::kCharterNoteBytesMax, "charter"));
  ASSIGN_OR_RETURN(const std::string note, rules::AddCharterSignature(content, o.member, key));
  RETURN_IF_ERROR(WriteNewFile(o.out, note), "--out");
  Result r;
  r.data = {{"file", o.out},
            {"member", o.member},
            {"origin", file.charter.origin()},
            {"ledger_id", file.charter.ledger_id().ToHex()},
            {"fingerprint", fingerprint}};
  r.text = fmt::format("{} signed the charter \"{}\" of {}\nfingerprint  {}\nwritten to   {}\n",
                       Printable(member->display_name), Printable(file.charter.proto().title()),
                       file.charter.origin(), fingerprint, o.out);
  return r;
}

struct AssembleOptions {
  std::string text, out, current;
  std::vector<std::string> signatures;
  bool partial = false;
};

using Lines = std::map<std::string, note::SignatureLine>;  // by member

// Takes the lines of one file over; its text must be the very same bytes.
Status Collect(const CharterFile& base, const std::string& path, Lines* out) {
  ASSIGN_OR_RETURN(const std::string content,
                   ReadInput(path, limits::kCharterNoteBytesMax, "signature"));
  ASSIGN_OR_RETURN(const note::SignedNote note, note::SignedNote::Parse(content), "'{}'", path);
  for (const note::SignatureLine& line : note.signatures()) {
    const std::string member = MemberOfLine(base.charter, line);
    const std::string who = member.empty() ? line.name : member;
    if (note.text() != base.text)
      return Unauthenticated(fmt::format("'{}': {} signed another text: {}", path, who,
                                         FirstDifference(base.text, note.text())));
    RETURN_IF_ERROR(CheckCharterLine(base.charter, member, line), "'{}'", path);
    out->insert_or_assign(member, line);
  }
  return absl::OkStatus();
}

StatusOr<Result> AssembleSuccessor(const AssembleOptions& o, const CharterFile& base) {
  ASSIGN_OR_RETURN(const CharterFile current, ReadCharterFile(o.current));
  RETURN_IF_ERROR(rules::CheckSuccessor(current.charter, base.charter));
  ASSIGN_OR_RETURN(note::SignedNote note, note::SignedNote::FromText(base.text));
  for (const note::SignatureLine& line : base.lines) RETURN_IF_ERROR(note.Add(line));
  for (const std::string& path : o.signatures) {
    ASSIGN_OR_RETURN(const std::string content,
                     ReadInput(path, limits::kCharterNoteBytesMax, "signature"));
    ASSIGN_OR_RETURN(const note::SignedNote other, note::SignedNote::Parse(content), "'{}'", path);
    if (other.text() != base.text)
      return Unauthenticated(fmt::format("'{}' is of another text: {}", path,
                                         FirstDifference(base.text, other.text())));
    ASSIGN_OR_RETURN(note, rules::MergeNotes(note, other));
  }
  ASSIGN_OR_RETURN(const rules::Consent consent,
                   rules::JudgeConsent(current.charter, base.charter, note));
  const std::string missing = fmt::format("{}", fmt::join(consent.missing, "; "));
  if (!consent.met() && !o.partial)
    return FailedPrecondition(fmt::format("not signed yet by: {}", missing));
  RETURN_IF_ERROR(WriteNewFile(o.out, note.Serialize()), "--out");
  Result r;
  r.data = {{"file", o.out},
            {"version", base.charter.version()},
            {"fingerprint", FingerprintOf(AsBytes(base.text))},
            {"complete", consent.met()},
            {"missing", consent.missing}};
  r.text = fmt::format(
      "Version {} with {} signatures; written to {}\n{}\n", base.charter.version(),
      note.signatures().size(), o.out,
      consent.met() ? "It may be adopted: parley charter propose." : "Still missing: " + missing);
  return r;
}

StatusOr<Result> Assemble(const AssembleOptions& o) {
  ASSIGN_OR_RETURN(const CharterFile base, ReadCharterFile(o.text));
  if (base.charter.version() > 1 && o.current.empty())
    return InvalidArgument(
        fmt::format("--current: this is version {} of a charter; give the one it is to replace",
                    base.charter.version()));
  if (!o.current.empty()) return AssembleSuccessor(o, base);
  Lines lines;
  for (const note::SignatureLine& line : base.lines) {
    const std::string member = MemberOfLine(base.charter, line);
    RETURN_IF_ERROR(CheckCharterLine(base.charter, member, line), "'{}'", o.text);
    lines.insert_or_assign(member, line);
  }
  for (const std::string& path : o.signatures) RETURN_IF_ERROR(Collect(base, path, &lines));
  ASSIGN_OR_RETURN(note::SignedNote note, note::SignedNote::FromText(base.text));
  std::string missing;
  for (const rules::CharterMember& m : base.charter.members()) {
    const auto line = lines.find(m.name);
    if (line == lines.end()) {
      missing += (missing.empty() ? "" : ", ") + m.name;
    } else {
      RETURN_IF_ERROR(note.Add(line->second));
    }
  }
  if (!missing.empty() && (!o.partial || lines.empty()))
    return FailedPrecondition(fmt::format("not signed yet by: {}", missing));
  const std::string content = note.Serialize();
  if (missing.empty()) RETURN_IF_ERROR(rules::Charter::ParseNote(content).status());
  RETURN_IF_ERROR(WriteNewFile(o.out, content), "--out");
  Result r;
  r.data = {{"file", o.out},
            {"origin", base.charter.origin()},
            {"ledger_id", base.charter.ledger_id().ToHex()},
            {"fingerprint", FingerprintOf(AsBytes(base.text))},
            {"signed", lines.size()},
            {"members", base.charter.members().size()}};
  r.text =
      fmt::format("{} of {} members have signed; written to {}\nfingerprint  {}\n", lines.size(),
                  base.charter.members().size(), o.out, FingerprintOf(AsBytes(base.text)));
  return r;
}

struct VerifyOptions {
  std::vector<std::string> files;
};

StatusOr<Result> Verify(const VerifyOptions& o) {
  ASSIGN_OR_RETURN(const rules::Charter charter, ReadCharterChain(o.files));
  Result r;
  r.data = CharterJson(charter);
  r.data["verified"] = true;
  if (o.files.size() > 1) {
    r.text = fmt::format(
        "{} charters, each rightly replacing the one before; the last has version {}\n"
        "ledger id    {}\nfingerprint  {}\n",
        o.files.size(), charter.version(), charter.ledger_id(),
        FingerprintOf(AsBytes(charter.text())));
    return r;
  }
  r.text = fmt::format(
      "All {} members signed this charter of {}\nledger id    {}\n"
      "fingerprint  {}\n",
      charter.members().size(), charter.origin(), charter.ledger_id(),
      FingerprintOf(AsBytes(charter.text())));
  return r;
}

StatusOr<Result> Policy(const FileOptions& o) {
  ASSIGN_OR_RETURN(const CharterFile file, ReadCharterFile(o.file));
  const rules::Charter& charter = file.charter;
  std::vector<note::PolicyMember> members;
  for (const rules::CharterMember& m : charter.members())
    members.push_back({m.name, charter.CosignerKeyName(m.name), m.cosigner_key, m.url});
  ASSIGN_OR_RETURN(const note::Policy policy, note::PolicyOf(charter.origin(), charter.ledger_id(),
                                                             members, charter.quorum()));
  const std::string text = policy.Serialize();
  Result r;
  r.data = {{"policy", text}, {"quorum", charter.quorum()}};
  r.text = text;
  if (!o.out.empty()) {
    RETURN_IF_ERROR(WriteNewFile(o.out, text), "--out");
    r.data["file"] = o.out;
    r.text = fmt::format("Wrote the policy file to {}\n", o.out);
  }
  return r;
}

template <class Fn>
Command AddFileCommand(Registry& registry, Command charter, const char* name,
                       const char* description, const char* example, Fn fn, bool with_out) {
  Command command = registry.Add(charter, name, description, example);
  auto o = std::make_shared<FileOptions>();
  command.AddOption("file", o->file, "Charter text or note; '-' for standard input").Required();
  if (with_out) command.AddOption("--out", o->out, "File to write; absent: standard output");
  registry.Run(command, o, fn);
  return command;
}

void AddSign(Registry& registry, Command charter) {
  Command command = registry.Add(
      charter, "sign", "Signs a charter with a member's root key",
      "  parley charter sign charter.txt --key root.key --member north --out north.note\n");
  auto o = std::make_shared<SignOptions>();
  command.AddOption("file", o->file, "Charter text, or note with others' signatures").Required();
  command.AddOption("--key", o->key, "The member's root key file").Required();
  command.AddOption("--member", o->member, "The member who signs").Required();
  command.AddOption("--out", o->out, "Note to write").Required();
  command.AddOption("--passphrase-file", o->passphrase_file, "File with the key's passphrase");
  command.AddOption("--current", o->current, "The charter that this one is to replace");
  command.AddFlag("--yes", o->yes, "Sign without asking");
  registry.Run(command, o, Sign);
}

void AddAssemble(Registry& registry, Command charter) {
  Command command = registry.Add(
      charter, "assemble", "Puts the members' signatures together into the charter note",
      "  parley charter assemble charter.txt --signature north.note --signature south.note \\\n"
      "      --out charter.note\n");
  auto o = std::make_shared<AssembleOptions>();
  command.AddOption("text", o->text, "Charter text, or note with some signatures").Required();
  command.AddOption("--signature", o->signatures, "A signed note; repeat for each").Required();
  command.AddOption("--out", o->out, "Note to write").Required();
  command.AddOption("--current", o->current, "The charter that this one is to replace");
  command.AddFlag("--partial", o->partial, "Write the note though signatures are missing");
  registry.Run(command, o, Assemble);
}

}  // namespace

void AddCharterCommands(Registry& registry) {
  Command charter = registry.Add(registry.app(), "charter", "The accord's founding rules",
                                 "  parley charter show charter.txt\n");
  charter.RequireSubcommand();
  AddCharterNewCommand(registry, charter);
  AddFileCommand(registry, charter, "check", "Checks a charter's form and rules",
                 "  parley charter check charter.txt\n", Check, false);
  AddFileCommand(registry, charter, "show", "Says in words what a charter means and who signed it",
                 "  parley charter show charter.txt\n", Show, false);
  AddSign(registry, charter);
  AddAssemble(registry, charter);
  Command verify =
      registry.Add(charter, "verify",
                   "Verifies that every member signed the charter, and the ones that followed",
                   "  parley charter verify charter.note\n"
                   "  parley charter verify charter.note charter-2.note charter-3.note\n");
  auto v = std::make_shared<VerifyOptions>();
  verify.AddOption("files", v->files, "The founding note, then later ones in order").Required();
  registry.Run(verify, v, Verify);
  AddCharterChangeCommands(registry, charter);
  AddFileCommand(registry, charter, "policy", "Writes a C2SP tlog-policy file of the accord",
                 "  parley charter policy charter.note --out parley.policy\n", Policy, true);
}

}  // namespace parley::cli
