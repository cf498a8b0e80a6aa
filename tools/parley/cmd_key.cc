// parley key generate | show

#include "base/limits.h"
#include "crypto/certificate.h"
#include "tools/parley/files.h"
#include "tools/parley/keys.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct GenerateOptions {
  std::string purpose, name, out, passphrase_file;
  bool test_keys = false;
};

StatusOr<Result> Generate(const GenerateOptions& o) {
  ASSIGN_OR_RETURN(const KeyPurpose purpose, ParseKeyPurpose(o.purpose), "--purpose");
  PassphraseSource passphrases(o.passphrase_file);
  ASSIGN_OR_RETURN(const Passphrase* passphrase, passphrases.Get(/*confirm=*/true));
  const SecretKey key = SecretKey::Generate();
  RETURN_IF_ERROR(WriteKeyFile(o.out, purpose, o.name, key, *passphrase,
                               o.test_keys ? KdfCost::kMinimal : DefaultKdfCost(purpose)),
                  "--out '{}'", o.out);
  Result r;
  r.data = {{"file", o.out},
            {"purpose", KeyPurposeName(purpose)},
            {"name", o.name},
            {"public_key", key.public_key().ToHex()},
            {"key_id", KeyIdOf(key.public_key()).ToHex()},
            {"fingerprint", FingerprintOf(key.public_key())}};
  r.text = fmt::format("Wrote the {} key of {} to {}\npublic key   {}\nfingerprint  {}\n",
                       KeyPurposeName(purpose), o.name, o.out, key.public_key(),
                       FingerprintOf(key.public_key()));
  return r;
}

struct ShowOptions {
  std::string file;
};

Result ShowKeyFile(const KeyFileInfo& info) {
  Result r;
  r.data = {{"kind", "key"},
            {"purpose", KeyPurposeName(info.purpose)},
            {"name", info.label},
            {"public_key", info.public_key.ToHex()},
            {"key_id", KeyIdOf(info.public_key).ToHex()},
            {"fingerprint", FingerprintOf(info.public_key)},
            {"kdf_passes", info.kdf_passes},
            {"kdf_memory_bytes", info.kdf_memory_bytes}};
  r.text = Table({{"purpose", std::string(KeyPurposeName(info.purpose))},
                  {"name", info.label},
                  {"public key", info.public_key.ToHex()},
                  {"key id", KeyIdOf(info.public_key).ToHex()},
                  {"fingerprint", FingerprintOf(info.public_key)},
                  {"passphrase", fmt::format("Argon2id, {} passes, {} KiB", info.kdf_passes,
                                             info.kdf_memory_bytes / 1024)}});
  return r;
}

Result ShowCertificate(const CertificateInfo& info) {
  const int64_t days = DaysLeft(info, SystemClock().Now());
  const std::string who = info.is_ca ? fmt::format("CA of {} in {}", info.ca_member, info.ca_origin)
                          : info.identity.has_value() ? info.identity->ToUri()
                                                      : "nobody";
  Result r;
  r.data = {{"kind", info.is_ca ? "ca_certificate" : "certificate"},
            {"identity", who},
            {"subject", info.subject},
            {"serial", info.serial},
            {"not_before", FormatTime(info.not_before)},
            {"not_after", FormatTime(info.not_after)},
            {"days_left", days},
            {"public_key", info.public_key.ToHex()},
            {"fingerprint", FingerprintOf(info.public_key)}};
  r.text =
      Table({{"certificate of", who},
             {"valid from", ShortTime(info.not_before)},
             {"valid until", fmt::format("{} ({} days left)", ShortTime(info.not_after), days)},
             {"public key", info.public_key.ToHex()},
             {"fingerprint", FingerprintOf(info.public_key)},
             {"serial", info.serial}});
  return r;
}

StatusOr<Result> Show(const ShowOptions& o) {
  ASSIGN_OR_RETURN(const std::string text,
                   ReadInput(o.file, limits::kCertificateChainBytesMax, "key or certificate"));
  if (text.starts_with("-----BEGIN")) {
    ASSIGN_OR_RETURN(const Bytes der, CertificateDer(text), "certificate '{}'", o.file);
    ASSIGN_OR_RETURN(const CertificateInfo info, InspectCertificate(der), "certificate '{}'",
                     o.file);
    return ShowCertificate(info);
  }
  // Said before anything about the mode of a file that holds no secret.
  if (!text.starts_with("parley-key-file/"))
    return InvalidArgument(
        fmt::format("'{}' is neither a key file nor a certificate in PEM", Printable(o.file)));
  if (o.file == "-") {
    ASSIGN_OR_RETURN(const KeyFileInfo info, InspectKeyText(text), "standard input");
    return ShowKeyFile(info);
  }
  ASSIGN_OR_RETURN(const KeyFileInfo info, InspectKeyFile(o.file), "key file '{}'", o.file);
  return ShowKeyFile(info);
}

void AddGenerate(Registry& registry, Command key) {
  Command command =
      registry.Add(key, "generate", "Makes one new key in an encrypted file",
                   "  parley key generate --purpose officer --name north/anna --out anna.key\n");
  auto o = std::make_shared<GenerateOptions>();
  command.AddOption("--purpose", o->purpose, "root, node, cosigner, officer, ca or tls").Required();
  command.AddOption("--name", o->name, "member, or member/officer").Required();
  command.AddOption("--out", o->out, "Key file to write (mode 0600)").Required();
  command.AddOption("--passphrase-file", o->passphrase_file,
                    "File with the passphrase (mode 0600); absent: asked for");
  command.AddFlag("--test-keys", o->test_keys,
                  "Make the passphrase cheap to check: protects nothing, for tests only");
  registry.Run(command, o, Generate);
}

}  // namespace

void AddKeyCommands(Registry& registry) {
  Command key =
      registry.Add(registry.app(), "key", "Keys and TLS certificates",
                   "  parley key init --dir north --origin parley.example/istanbul-2025 \\\n"
                   "      --member north --role PARTY --display-name 'Delegation North' \\\n"
                   "      --officer anna\n");
  key.RequireSubcommand();
  AddGenerate(registry, key);

  Command show = registry.Add(key, "show", "Shows what a key file or certificate says",
                              "  parley key show anna.key\n  parley key show ca.pem --json\n");
  auto o = std::make_shared<ShowOptions>();
  show.AddOption("file", o->file, "Key file or PEM certificate; '-' for standard input").Required();
  registry.Run(show, o, Show);

  AddKeyCertificateCommands(registry, key);
  AddKeyInitCommand(registry, key);
  AddKeyEnrolCommands(registry, key);
  AddKeyRotateCommand(registry, key);
}

}  // namespace parley::cli
