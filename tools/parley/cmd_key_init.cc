// parley key init: a member's whole set of keys and certificates in one go.

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/limits.h"
#include "crypto/certificate.h"
#include "crypto/private_file.h"
#include "parley/v1/charter.pb.h"
#include "tools/parley/certify.h"
#include "tools/parley/files.h"
#include "tools/parley/keys.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string dir, origin, member, role, display_name, url, passphrase_file;
  std::vector<std::string> officers, auditors;
  bool test_keys = false;
};

// Names that would collide with the member's own files.
bool IsReserved(const std::string& name) {
  return name == "root" || name == "node" || name == "cosigner" || name == "ca" ||
         name.ends_with("-tls");
}

Status CheckOptions(const InitOptions& o) {
  RETURN_IF_ERROR(CheckOrigin(o.origin));
  RETURN_IF_ERROR(CheckName(o.member, "--member"));
  if (o.role != "PARTY" && o.role != "MEDIATOR")
    return InvalidArgument(fmt::format("--role '{}': want PARTY or MEDIATOR", o.role));
  if (o.display_name.empty() || o.display_name.size() > limits::kDisplayNameBytesMax ||
      Printable(o.display_name) != o.display_name)
    return InvalidArgument(
        fmt::format("--display-name '{}': want 1 to {} bytes of UTF-8 without control characters",
                    Printable(o.display_name), limits::kDisplayNameBytesMax));
  std::set<std::string> seen;
  for (const auto* list : {&o.officers, &o.auditors}) {
    const std::string flag = list == &o.officers ? "--officer" : "--auditor";
    for (const std::string& name : *list) {
      RETURN_IF_ERROR(CheckName(name, flag));
      if (IsReserved(name))
        return InvalidArgument(fmt::format("{} '{}': this name is reserved", flag, name));
      if (!seen.insert(name).second)
        return InvalidArgument(fmt::format("{} '{}': given twice", flag, name));
    }
  }
  return absl::OkStatus();
}

// Makes the files one after the other; remembers what was made for the report.
class Maker {
 public:
  Maker(const InitOptions& o, const Passphrase& passphrase)
      : o_(o), dir_(o.dir), passphrase_(passphrase) {}

  // The directory must not exist or be empty: a half-made set is never mixed with another.
  Status PrepareDirectory() {
    RETURN_IF_ERROR(MakePrivateDirectory(dir_), "--dir");
    std::error_code error;
    if (!fs::is_empty(dir_, error) || error)
      return AlreadyExists(fmt::format("--dir '{}': not empty; nothing is overwritten", o_.dir));
    return absl::OkStatus();
  }

  StatusOr<SecretKey> Key(KeyPurpose purpose, const std::string& label, const std::string& file) {
    SecretKey key = SecretKey::Generate();
    RETURN_IF_ERROR(WriteKeyFile(dir_ / file, purpose, label, key, passphrase_,
                                 o_.test_keys ? KdfCost::kMinimal : DefaultKdfCost(purpose)));
    files_.push_back({{"file", file},
                      {"purpose", KeyPurposeName(purpose)},
                      {"name", label},
                      {"public_key", key.public_key().ToHex()},
                      {"fingerprint", FingerprintOf(key.public_key())}});
    return key;
  }

  Status TlsPair(const SecretKey& ca, Role role, const std::string& name, const std::string& stem) {
    const std::string label = role == Role::kNode ? o_.member : o_.member + "/" + name;
    ASSIGN_OR_RETURN(const SecretKey key, Key(KeyPurpose::kTls, label, stem + ".key"));
    ASSIGN_OR_RETURN(const Identity who, Identity::Create(o_.origin, o_.member, role, name));
    ASSIGN_OR_RETURN(const std::string pem,
                     IssueLeaf(ca, ca_der_, key.public_key(), who, kLeafYears));
    return WriteNewFile(dir_ / (stem + ".pem"), pem);
  }

  Status MemberKeys() {
    ASSIGN_OR_RETURN(const SecretKey root, Key(KeyPurpose::kRoot, o_.member, "root.key"));
    ASSIGN_OR_RETURN(const SecretKey node, Key(KeyPurpose::kNode, o_.member, "node.key"));
    ASSIGN_OR_RETURN(const SecretKey cosigner,
                     Key(KeyPurpose::kCosigner, o_.member, "cosigner.key"));
    ASSIGN_OR_RETURN(const SecretKey ca, Key(KeyPurpose::kCa, o_.member, "ca.key"));
    ASSIGN_OR_RETURN(ca_der_,
                     MakeCaCertificate(ca, o_.origin, o_.member, CertificateStart(), kCaYears));
    RETURN_IF_ERROR(WriteNewFile(dir_ / "ca.pem", CertificatePem(ca_der_)));
    RETURN_IF_ERROR(TlsPair(ca, Role::kNode, "node", "node-tls"));
    member_ = fmt::format(
        "# Public parts of {} for the charter of {}. Compare the fingerprint of the root key with "
        "the\n# member over a channel you trust:\n#   root  {}\nname: {}\ndisplay_name: {}\n"
        "role: {}\nroot_key: \"{}\"\nnode_key: \"{}\"\ncosigner_key: \"{}\"\n"
        "ca_certificate: \"{}\"\n",
        o_.member, o_.origin, FingerprintOf(root.public_key()), QuoteTextProto(o_.member),
        QuoteTextProto(o_.display_name), o_.role, root.public_key(), node.public_key(),
        cosigner.public_key(), Base64Encode(ca_der_));
    if (!o_.url.empty()) member_ += fmt::format("url: {}\n", QuoteTextProto(o_.url));
    root_fingerprint_ = FingerprintOf(root.public_key());
    for (const std::string& name : o_.officers) RETURN_IF_ERROR(Officer(ca, name));
    for (const std::string& name : o_.auditors) {
      RETURN_IF_ERROR(TlsPair(ca, Role::kAuditor, name, name + "-tls"));
      RETURN_IF_ERROR(WriteProfile(name, /*signs=*/false));
    }
    return WriteNewFile(dir_ / (o_.member + ".member"), member_);
  }

  Result Report() const {
    Result r;
    r.data = {{"dir", o_.dir},
              {"member", o_.member},
              {"member_file", (dir_ / (o_.member + ".member")).string()},
              {"root_fingerprint", root_fingerprint_},
              {"keys", files_}};
    std::vector<std::vector<std::string>> rows = {{"file", "purpose", "name", "fingerprint"}};
    for (const Json& f : files_)
      rows.push_back({f["file"], f["purpose"], f["name"], f["fingerprint"]});
    r.text = fmt::format(
        "Keys of {} ({}) in {}\n\n{}\nSend {}.member to whoever drafts the charter, and read the "
        "root key's fingerprint\naloud to the others. Keep root.key and ca.key offline; give each "
        "officer their own files only.\n",
        o_.display_name, o_.member, o_.dir, Table(rows), o_.member);
    return r;
  }

 private:
  Status Officer(const SecretKey& ca, const std::string& name) {
    ASSIGN_OR_RETURN(const SecretKey key,
                     Key(KeyPurpose::kOfficer, o_.member + "/" + name, name + ".key"));
    RETURN_IF_ERROR(TlsPair(ca, Role::kOfficer, name, name + "-tls"));
    member_ += fmt::format("officers {{\n  name: \"{}\"\n  public_key: \"{}\"\n}}\n", name,
                           key.public_key());
    return WriteProfile(name, /*signs=*/true);
  }

  Status WriteProfile(const std::string& name, bool signs) {
    std::string text = fmt::format(
        "# parley --profile {0}.profile: who you are and which node you talk to. Paths are "
        "relative to\n# this file. 'parley node config' fills in the node's address.\n"
        "charter: \"charter.note\"\nmember: \"{1}\"\nofficer: \"{0}\"\n",
        name, o_.member);
    if (signs) text += fmt::format("key: \"{}.key\"\noutbox: \"outbox-{}\"\n", name, name);
    text += fmt::format("tls_key: \"{0}-tls.key\"\ntls_certificate: \"{0}-tls.pem\"\n", name);
    if (!o_.passphrase_file.empty()) {
      std::error_code error;
      const fs::path absolute = fs::absolute(o_.passphrase_file, error);
      text += fmt::format(
          "# Take this line out to be asked for the passphrase.\n"
          "passphrase_file: {}\n",
          QuoteTextProto(absolute.string()));
    }
    return WriteNewFile(dir_ / (name + ".profile"), text);
  }

  const InitOptions& o_;
  const fs::path dir_;
  const Passphrase& passphrase_;
  Bytes ca_der_;
  std::string member_;  // text of the .member file
  std::string root_fingerprint_;
  std::vector<Json> files_;
};

StatusOr<Result> Init(const InitOptions& o) {
  RETURN_IF_ERROR(CheckOptions(o));
  PassphraseSource passphrases(o.passphrase_file);
  ASSIGN_OR_RETURN(const Passphrase* passphrase, passphrases.Get(/*confirm=*/true));
  Maker maker(o, *passphrase);
  RETURN_IF_ERROR(maker.PrepareDirectory());
  RETURN_IF_ERROR(maker.MemberKeys());
  return maker.Report();
}

}  // namespace

void AddKeyInitCommand(Registry& registry, Command key) {
  Command command = registry.Add(
      key, "init", "Makes a member's whole set of keys, certificates and profiles",
      "  parley key init --dir north --origin parley.example/istanbul-2025 --member north \\\n"
      "      --role PARTY --display-name 'Delegation North' --officer anna --officer omar\n");
  auto o = std::make_shared<InitOptions>();
  command.AddOption("--dir", o->dir, "Folder to fill; new or empty").Required();
  command.AddOption("--origin", o->origin, "The accord's name").Required();
  command.AddOption("--member", o->member, "The member's name: a-z, 0-9 and '-'").Required();
  command.AddOption("--role", o->role, "PARTY or MEDIATOR").Required();
  command.AddOption("--display-name", o->display_name, "Name as you want it shown, any script")
      .Required();
  command.AddOption("--officer", o->officers, "An officer who signs records; may be repeated");
  command.AddOption("--auditor", o->auditors, "Someone who reads only; may be repeated");
  command.AddOption("--url", o->url, "Where others reach your witness, for policy files");
  command.AddOption("--passphrase-file", o->passphrase_file,
                    "File with the passphrase (mode 0600); absent: asked for");
  command.AddFlag("--test-keys", o->test_keys,
                  "Make the passphrase cheap to check: protects nothing, for tests only");
  registry.Run(command, o, Init);
}

}  // namespace parley::cli
