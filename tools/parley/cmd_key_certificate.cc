// parley key ca | certify

#include <algorithm>

#include "base/limits.h"
#include "crypto/certificate.h"
#include "tools/parley/certify.h"
#include "tools/parley/files.h"
#include "tools/parley/keys.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct CaOptions {
  std::string key, origin, member, out, passphrase_file;
  int years = kCaYears;
};

StatusOr<Result> MakeCa(const CaOptions& o) {
  RETURN_IF_ERROR(CheckOrigin(o.origin));
  RETURN_IF_ERROR(CheckName(o.member, "--member"));
  PassphraseSource passphrases(o.passphrase_file);
  ASSIGN_OR_RETURN(const SecretKey key, OpenKey(o.key, KeyPurpose::kCa, passphrases));
  ASSIGN_OR_RETURN(const Bytes der,
                   MakeCaCertificate(key, o.origin, o.member, CertificateStart(), o.years));
  RETURN_IF_ERROR(WriteNewFile(o.out, CertificatePem(der)), "--out");
  Result r;
  r.data = {{"file", o.out},
            {"origin", o.origin},
            {"member", o.member},
            {"fingerprint", FingerprintOf(key.public_key())}};
  r.text = fmt::format("Wrote the CA certificate of {} to {} (valid for {} years)\n", o.member,
                       o.out, o.years);
  return r;
}

struct CertifyOptions {
  std::string ca_key, ca_cert, role, origin, member, name, key, public_key, out, passphrase_file;
  int years = kLeafYears;
};

StatusOr<PublicKey> SubjectKey(const CertifyOptions& o) {
  if (o.key.empty() == o.public_key.empty())
    return InvalidArgument("give either --key or --public-key");
  if (!o.public_key.empty()) return PublicKey::FromHex(o.public_key);
  ASSIGN_OR_RETURN(const KeyFileInfo info, InspectKeyFile(o.key), "--key '{}'", o.key);
  if (info.purpose != KeyPurpose::kTls)
    return FailedPrecondition(fmt::format("--key '{}': want a TLS key, this is {}", o.key,
                                          KeyPurposePhrase(info.purpose)));
  return info.public_key;
}

StatusOr<Result> Certify(const CertifyOptions& o) {
  ASSIGN_OR_RETURN(const Role role, ParseRole(o.role), "--role");
  ASSIGN_OR_RETURN(const Identity identity, Identity::Create(o.origin, o.member, role, o.name));
  ASSIGN_OR_RETURN(const PublicKey subject, SubjectKey(o));
  ASSIGN_OR_RETURN(const std::string ca_pem,
                   ReadInput(o.ca_cert, limits::kCertificateChainBytesMax, "CA certificate"));
  ASSIGN_OR_RETURN(const Bytes ca_der, CertificateDer(ca_pem), "--ca-cert '{}'", o.ca_cert);
  PassphraseSource passphrases(o.passphrase_file);
  ASSIGN_OR_RETURN(const SecretKey ca_key, OpenKey(o.ca_key, KeyPurpose::kCa, passphrases));
  ASSIGN_OR_RETURN(const std::string pem, IssueLeaf(ca_key, ca_der, subject, identity, o.years));
  RETURN_IF_ERROR(WriteNewFile(o.out, pem), "--out");
  Result r;
  r.data = {{"file", o.out}, {"identity", identity.ToUri()}, {"public_key", subject.ToHex()}};
  r.text = fmt::format("Wrote the certificate of {} to {}\n", identity.ToUri(), o.out);
  return r;
}

}  // namespace

TimeMs CertificateStart() { return static_cast<TimeMs>(ToInt(SystemClock().Now()) - 3'600'000); }

StatusOr<std::string> IssueLeaf(const SecretKey& ca_key, ByteSpan ca_der, const PublicKey& subject,
                                const Identity& identity, int years) {
  if (years < 1 || years > kCaYears)
    return InvalidArgument(fmt::format("--years {}: want 1 to {}", years, kCaYears));
  ASSIGN_OR_RETURN(const CertificateInfo ca, InspectCertificate(ca_der), "CA certificate");
  const TimeMs from = std::max(ca.not_before, CertificateStart());
  const TimeMs until = std::min(ca.not_after, from + std::chrono::hours(24 * 365 * years));
  return IssueCertificate(ca_key, ca_der, subject, identity, Validity{from, until});
}

void AddKeyCertificateCommands(Registry& registry, Command key) {
  Command ca = registry.Add(
      key, "ca", "Makes a member's CA certificate",
      "  parley key ca --key ca.key --origin parley.example/istanbul-2025 --member north \\\n"
      "      --out ca.pem\n");
  auto c = std::make_shared<CaOptions>();
  ca.AddOption("--key", c->key, "The member's CA key file").Required();
  ca.AddOption("--origin", c->origin, "The accord's name").Required();
  ca.AddOption("--member", c->member, "The member's name").Required();
  ca.AddOption("--out", c->out, "PEM file to write").Required();
  ca.AddOption("--years", c->years, "Validity, 1 to 50 (default 20)");
  ca.AddOption("--passphrase-file", c->passphrase_file, "File with the key's passphrase");
  registry.Run(ca, c, MakeCa);

  Command certify =
      registry.Add(key, "certify", "Signs the TLS certificate of a node, officer or auditor",
                   "  parley key certify --ca-key ca.key --ca-cert ca.pem --role auditor \\\n"
                   "      --origin parley.example/istanbul-2025 --member north --name ruth \\\n"
                   "      --public-key 3b6a... --out ruth.pem\n");
  auto o = std::make_shared<CertifyOptions>();
  certify.AddOption("--ca-key", o->ca_key, "The member's CA key file").Required();
  certify.AddOption("--ca-cert", o->ca_cert, "The member's CA certificate").Required();
  certify.AddOption("--role", o->role, "node, officer or auditor").Required();
  certify.AddOption("--origin", o->origin, "The accord's name").Required();
  certify.AddOption("--member", o->member, "The member's name").Required();
  certify.AddOption("--name", o->name, "The node's, officer's or auditor's name").Required();
  certify.AddOption("--key", o->key, "TLS key file of whom the certificate is for");
  certify.AddOption("--public-key", o->public_key, "... or its public key, 64 hex digits");
  certify.AddOption("--out", o->out, "PEM file to write").Required();
  certify.AddOption("--years", o->years, "Validity, 1 to 20 (default 5)");
  certify.AddOption("--passphrase-file", o->passphrase_file, "File with the CA key's passphrase");
  registry.Run(certify, o, Certify);
}

}  // namespace parley::cli
