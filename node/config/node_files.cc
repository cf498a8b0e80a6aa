#include "node/config/node_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/errno_text.h"
#include "base/limits.h"
#include "crypto/certificate.h"
#include "crypto/key_file.h"

namespace parley {
namespace {

void CheckPeers(const NodeConfig& config, const rules::Charter& charter, NodeFiles* out) {
  for (const rules::CharterMember& member : charter.members()) {
    bool named = member.name == config.member;
    for (const PeerConfig& peer : config.peers) named = named || peer.member == member.name;
    if (!named) out->problems.push_back(fmt::format("peers: member '{}' is missing", member.name));
  }
  for (const PeerConfig& peer : config.peers) {
    if (charter.FindMember(peer.member) == nullptr)
      out->warnings.push_back(
          fmt::format("peers: '{}' is no member of charter version {}; it will be dialled when a "
                      "charter names it",
                      peer.member, charter.version()));
  }
}

// The public key of a key file of this purpose; nothing after a problem.
std::optional<PublicKey> ReadKeyFile(std::string_view field, const std::filesystem::path& path,
                                     KeyPurpose purpose, NodeFiles* out) {
  const auto info = InspectKeyFile(path);
  if (info.ok() && info->purpose == purpose) return info->public_key;
  out->problems.push_back(
      fmt::format("{}: {}: {}", field, path.string(),
                  info.ok() ? fmt::format("it is {}; want {}", KeyPurposePhrase(info->purpose),
                                          KeyPurposePhrase(purpose))
                            : MessageOf(info.status())));
  return std::nullopt;
}

// Key files of one purpose, of which the charter names one.
void CheckKeyFiles(std::string_view field, const std::vector<std::filesystem::path>& paths,
                   KeyPurpose purpose, const PublicKey& want, NodeFiles* out) {
  bool found = false;
  for (const std::filesystem::path& path : paths) {
    const std::optional<PublicKey> key = ReadKeyFile(field, path, purpose, out);
    if (!key) continue;
    found = found || *key == want;
    out->facts.push_back(fmt::format("{}: {}{}", field, FingerprintOf(*key),
                                     *key == want ? " (the charter's is)" : ""));
  }
  if (!found)
    out->warnings.push_back(
        fmt::format("{}: none of these is the key that the charter names, {}; unless a later "
                    "charter is on the ledger, this node will only follow",
                    field, FingerprintOf(want)));
}

// A key file that must hold the key `want`, for one purpose.
void CheckKeyFile(std::string_view field, const std::filesystem::path& path, KeyPurpose purpose,
                  const PublicKey& want, std::string_view whose, NodeFiles* out) {
  const std::optional<PublicKey> key = ReadKeyFile(field, path, purpose, out);
  if (!key) return;
  if (*key != want) {
    out->problems.push_back(fmt::format("{}: {}: its fingerprint is {}, {} {}", field,
                                        path.string(), FingerprintOf(*key), whose,
                                        FingerprintOf(want)));
  } else {
    out->facts.push_back(fmt::format("{}: {} ({})", field, FingerprintOf(want), whose));
  }
}

void WarnOfExpiry(std::string_view what, const CertificateInfo& info, TimeMs now, NodeFiles* out) {
  const int64_t days = DaysLeft(info, now);
  if (days < kExpiryWarningDays)
    out->warnings.push_back(
        fmt::format("{} ends at {}, in {} days", what, FormatTime(info.not_after), days));
}

// The TLS certificate; its public key, or nothing after a problem.
std::optional<PublicKey> CheckCertificate(const NodeConfig& config, const rules::Charter& charter,
                                          TimeMs now, NodeFiles* out) {
  const auto problem = [&](const Status& status) {
    out->problems.push_back(
        fmt::format("tls_certificate: {}: {}", config.tls_certificate.string(), MessageOf(status)));
    return std::nullopt;
  };
  auto pem = ReadTextFile(config.tls_certificate, limits::kCertificateChainBytesMax);
  if (!pem.ok()) return problem(pem.status());
  const auto der = CertificateDer(*pem);
  if (!der.ok()) return problem(der.status());
  const auto info = InspectCertificate(*der);
  if (!info.ok()) return problem(info.status());
  const auto ca_of = [&charter](std::string_view member) -> const Bytes* {
    const rules::CharterMember* const found = charter.FindMember(member);
    return found == nullptr ? nullptr : &found->ca_certificate;
  };
  const auto who = VerifyPeerChain(*pem, ca_of, charter.origin(), now);
  if (!who.ok()) return problem(who.status());
  if (who->role != Role::kNode || who->member != config.member)
    return problem(InvalidArgument(
        fmt::format("it is for {}; want a node of {}", who->ToUri(), config.member)));
  WarnOfExpiry("the TLS certificate", *info, now, out);
  out->facts.push_back(
      fmt::format("tls_certificate: {}, until {}", who->ToUri(), FormatTime(info->not_after)));
  out->tls_certificate_pem = *std::move(pem);
  return info->public_key;
}

void WarnOfCas(const rules::Charter& charter, TimeMs now, NodeFiles* out) {
  for (const rules::CharterMember& member : charter.members()) {
    const auto info = InspectCertificate(member.ca_certificate);
    if (info.ok()) WarnOfExpiry(fmt::format("the CA of {}", member.name), *info, now, out);
  }
}

// The founding charter first.
StatusOr<std::vector<rules::Charter>> LoadCharters(const NodeConfig& config) {
  std::vector<std::string> notes;
  ASSIGN_OR_RETURN(notes.emplace_back(),
                   ReadTextFile(config.charter, limits::kCharterNoteBytesMax));
  for (const std::filesystem::path& file : config.later_charters) {
    ASSIGN_OR_RETURN(notes.emplace_back(), ReadTextFile(file, limits::kCharterNoteBytesMax));
  }
  ASSIGN_OR_RETURN(std::vector<rules::Charter> charters, rules::ParseCharterChain(notes), "{}",
                   config.charter.string());
  if (charters.back().FindMember(config.member) == nullptr)
    return InvalidArgument(fmt::format("{}: version {} has no member '{}'", config.charter.string(),
                                       charters.back().version(), config.member));
  return charters;
}

}  // namespace

NodeFiles CheckNodeFiles(const NodeConfig& config, TimeMs now) {
  NodeFiles out;
  auto charters = LoadCharters(config);
  if (!charters.ok()) {  // nothing else can be judged without it
    out.problems.push_back(fmt::format("charter: {}", MessageOf(charters.status())));
    return out;
  }
  const rules::Charter& charter = charters->back();
  out.facts.push_back(fmt::format("charter: {}, ledger {}, version {}", charter.origin(),
                                  charter.ledger_id(), charter.version()));
  CheckPeers(config, charter, &out);
  const rules::CharterMember& self = *charter.FindMember(config.member);
  CheckKeyFiles("node_key", config.node_keys, KeyPurpose::kNode, self.node_key, &out);
  CheckKeyFiles("cosigner_key", config.cosigner_keys, KeyPurpose::kCosigner, self.cosigner_key,
                &out);
  const auto tls = CheckCertificate(config, charter, now, &out);
  if (tls)
    CheckKeyFile("tls_key", config.tls_key, KeyPurpose::kTls, *tls, "the certificate's is", &out);
  WarnOfCas(charter, now, &out);
  if (!out.problems.empty()) return out;
  if (charters->size() > 1) out.newest = std::move(charters->back());
  out.charter = std::move(charters->front());
  return out;
}

StatusOr<NodeSecrets> UnlockNodeKeys(const NodeConfig& config) {
  auto passphrase = config.passphrase_file
                        ? Passphrase::FromFile(*config.passphrase_file)
                        : Passphrase::FromTerminal("Passphrase of the node's keys: ",
                                                   /*confirm=*/false);
  if (!passphrase.ok()) return Annotate(passphrase.status(), "passphrase");
  std::vector<SecretKey> node;
  for (const std::filesystem::path& file : config.node_keys) {
    ASSIGN_OR_RETURN(SecretKey key, LoadKeyFile(file, KeyPurpose::kNode, *passphrase), "node_key");
    node.push_back(std::move(key));
  }
  std::vector<SecretKey> cosigner;
  for (const std::filesystem::path& file : config.cosigner_keys) {
    ASSIGN_OR_RETURN(SecretKey key, LoadKeyFile(file, KeyPurpose::kCosigner, *passphrase),
                     "cosigner_key");
    cosigner.push_back(std::move(key));
  }
  ASSIGN_OR_RETURN(SecretKey tls, LoadKeyFile(config.tls_key, KeyPurpose::kTls, *passphrase),
                   "tls_key");
  return NodeSecrets{std::move(node), std::move(cosigner), std::move(tls)};
}

namespace {

// What lies there already must be a directory of the owner's alone.
Status CheckPrivateDirectory(const std::filesystem::path& dir) {
  struct stat info {};
  if (::stat(dir.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return InvalidArgument(fmt::format("data_dir: {}: not a directory", dir.string()));
  if ((info.st_mode & 0077) != 0)
    return PermissionDenied(
        fmt::format("data_dir: {}: others have access (mode {:04o}); run: "
                    "chmod 700 {}",
                    dir.string(), info.st_mode & 07777U, dir.string()));
  return absl::OkStatus();
}

}  // namespace

Status CheckDataDir(const std::filesystem::path& dir) {
  std::error_code error;
  if (std::filesystem::symlink_status(dir, error).type() != std::filesystem::file_type::not_found)
    return CheckPrivateDirectory(dir);
  std::filesystem::path above = std::filesystem::absolute(dir, error).parent_path();
  while (above.has_relative_path() && !std::filesystem::exists(above, error))
    above = above.parent_path();
  if (!std::filesystem::is_directory(above, error))
    return InvalidArgument(
        fmt::format("data_dir: {}: {} is not a directory", dir.string(), above.string()));
  if (::access(above.c_str(), W_OK | X_OK) != 0)
    return PermissionDenied(fmt::format("data_dir: {}: it cannot be made in {}: {}", dir.string(),
                                        above.string(), ErrnoText(errno)));
  return absl::OkStatus();
}

Status PrepareDataDir(const std::filesystem::path& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir.parent_path(), error);
  if (::mkdir(dir.c_str(), 0700) == 0) return absl::OkStatus();
  if (errno == EEXIST) return CheckPrivateDirectory(dir);
  return Unavailable(fmt::format("data_dir: {}: {}", dir.string(), ErrnoText(errno)));
}

}  // namespace parley
