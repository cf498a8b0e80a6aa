#include "tools/parley/session.h"

#include "base/limits.h"
#include "crypto/certificate.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/output.h"
#include "tools/parley/quantity.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kWarnDays = 90;  // before a certificate ends

Status CheckProfile(const v1::Profile& profile, const std::string& path) {
  const auto need = [&](const std::string& value, const char* field) {
    return value.empty() ? InvalidArgument(fmt::format("profile '{}': {} is missing", path, field))
                         : absl::OkStatus();
  };
  RETURN_IF_ERROR(need(profile.charter(), "charter"));
  RETURN_IF_ERROR(need(profile.member(), "member"));
  return need(profile.officer(), "officer");
}

}  // namespace

void AddConnectOptions(Command command, ConnectOptions* options) {
  command.AddOption("--profile", options->profile, "Your profile file (parley key init)")
      .Required();
  command.AddOption("--node", options->node, "host:port of the node, instead of the profile's");
  command.AddOption("--node-member", options->node_member,
                    "Whose node that is (default: the profile's)");
  command.AddOption("--passphrase-file", options->passphrase_file,
                    "Instead of the profile's passphrase_file");
  command.AddOption("--timeout", options->timeout, "How long to wait, such as 20s or 2m");
}

StatusOr<std::unique_ptr<Session>> Session::Open(const ConnectOptions& options) {
  if (options.profile.empty()) return InvalidArgument("--profile is required");
  ASSIGN_OR_RETURN(const std::string text,
                   ReadInput(options.profile, limits::kConfigBytesMax, "profile"));
  v1::Profile profile;
  RETURN_IF_ERROR(ParseTextProto(text, options.profile, &profile), "profile");
  RETURN_IF_ERROR(CheckProfile(profile, options.profile));
  ASSIGN_OR_RETURN(const std::chrono::milliseconds timeout, ParseDuration(options.timeout),
                   "--timeout");
  const fs::path dir = fs::path(options.profile).parent_path();
  if (!options.node.empty()) {
    profile.set_node(options.node);
    if (options.node_member.empty()) profile.clear_node_member();
  }
  if (!options.node_member.empty()) profile.set_node_member(options.node_member);
  if (!options.passphrase_file.empty()) {
    std::error_code error;
    profile.set_passphrase_file(fs::absolute(options.passphrase_file, error).string());
  }
  std::vector<std::string> files = {(dir / profile.charter()).string()};
  for (const std::string& later : profile.later_charters()) files.push_back((dir / later).string());
  ASSIGN_OR_RETURN(rules::Charter charter, ReadCharterChain(files), "profile '{}'",
                   options.profile);
  if (charter.FindMember(profile.member()) == nullptr)
    return InvalidArgument(fmt::format("profile '{}': member '{}' is not in the charter",
                                       options.profile, Printable(profile.member())));
  return std::unique_ptr<Session>(
      new Session(std::move(profile), dir, std::move(charter), timeout));
}

std::string Session::Path(const std::string& relative) const { return (dir_ / relative).string(); }

StatusOr<const SecretKey*> Session::SigningKey() {
  if (profile_.key().empty())
    return FailedPrecondition(
        fmt::format("{} of {} has no signing key in the profile: auditors read and never write",
                    officer(), member()));
  if (!signing_key_.has_value()) {
    ASSIGN_OR_RETURN(SecretKey key,
                     OpenKey(Path(profile_.key()), KeyPurpose::kOfficer, passphrases_));
    signing_key_ = std::move(key);
  }
  return &*signing_key_;
}

StatusOr<std::string> Session::NodeAddress() const {
  if (!profile_.node().empty()) return profile_.node();
  // A node on this very machine says where it listens.
  auto address = ReadInput(Path("parleyd.address"), 512, "node address");
  if (!address.ok()) return InvalidArgument("the profile names no node: give --node HOST:PORT");
  while (!address->empty() && address->back() == '\n') address->pop_back();
  return address;
}

StatusOr<rpc::Client*> Session::Client() {
  if (client_ != nullptr) return client_.get();
  rpc::ClientOptions options;
  ASSIGN_OR_RETURN(options.address, NodeAddress());
  options.member = profile_.node_member().empty() ? member() : profile_.node_member();
  options.timeout = timeout_;
  const rules::CharterMember* node = charter_->FindMember(options.member);
  if (node == nullptr)
    return InvalidArgument(
        fmt::format("node member '{}' is not in the charter", Printable(options.member)));
  options.member_ca = node->ca_certificate;
  ASSIGN_OR_RETURN(options.certificate_pem,
                   ReadInput(Path(profile_.tls_certificate()), limits::kCertificateChainBytesMax,
                             "TLS certificate"));
  ASSIGN_OR_RETURN(const Bytes der, CertificateDer(options.certificate_pem));
  ASSIGN_OR_RETURN(const CertificateInfo info, InspectCertificate(der));
  const int64_t days = DaysLeft(info, SystemClock().Now());
  if (days < 0)
    return FailedPrecondition(fmt::format("TLS certificate '{}' ended {} days ago",
                                          Path(profile_.tls_certificate()), -days));
  if (days < kWarnDays)
    Warn(fmt::format("your TLS certificate ends in {} days: ask for a new one", days));
  ASSIGN_OR_RETURN(const SecretKey tls_key,
                   OpenKey(Path(profile_.tls_key()), KeyPurpose::kTls, passphrases_));
  ASSIGN_OR_RETURN(client_, rpc::Client::Connect(std::move(options), tls_key));
  return client_.get();
}

StatusOr<fs::path> Session::OutboxDir() const {
  if (profile_.outbox().empty()) return FailedPrecondition("the profile names no outbox folder");
  return fs::path(Path(profile_.outbox()));
}

note::QuorumRule Session::Rule() const { return RuleOf(*charter_); }

note::QuorumRule RuleOf(const rules::Charter& charter) {
  note::QuorumRule rule;
  rule.origin = charter.origin();
  rule.ledger = charter.ledger_id();
  rule.quorum = charter.quorum();
  for (const rules::CharterMember& m : charter.members())
    rule.members.push_back({charter.CosignerKeyName(m.name), m.cosigner_key});
  return rule;
}

}  // namespace parley::cli
