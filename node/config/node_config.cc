#include "node/config/node_config.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/limits.h"
#include "crypto/identity.h"
#include "node/config/address.h"
#include "parley/v1/config.pb.h"

namespace parley {
namespace {

using google::protobuf::TextFormat;

constexpr uint64_t kViewTimeoutMinMs = 50;
constexpr uint64_t kViewTimeoutMaxMs = 600'000;
constexpr int kNestingMax = 8;
constexpr size_t kPathsMax = 64;

// Keeps the first error; lines and columns counted from 1.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ = line < 0 ? message : fmt::format("{}:{}: {}", line + 1, column + 1, message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Checks fields one by one and says where each stands.
class FieldChecker {
 public:
  FieldChecker(const v1::NodeConfig& proto, const TextFormat::ParseInfoTree& places,
               std::string_view source, const std::filesystem::path& folder)
      : proto_(proto), places_(places), source_(source), folder_(folder) {}

  Status Error(std::string_view field, int index, const std::string& what) const {
    const auto* const descriptor = proto_.GetDescriptor()->FindFieldByName(std::string(field));
    const bool absent = descriptor->is_repeated() && index < 0;
    const TextFormat::ParseLocation place =
        absent ? TextFormat::ParseLocation() : places_.GetLocation(descriptor, index);
    if (place.line < 0) return InvalidArgument(fmt::format("{}: {}: {}", source_, field, what));
    return InvalidArgument(
        fmt::format("{}:{}:{}: {}: {}", source_, place.line + 1, place.column + 1, field, what));
  }

  // A text without control characters; `required`: not empty either.
  Status Text(std::string_view field, const std::string& value, bool required) const {
    if (value.empty() && required) return Error(field, -1, "missing; it has no default");
    const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
    if (std::any_of(value.begin(), value.end(), control))
      return Error(field, -1, "control characters are not allowed");
    return absl::OkStatus();
  }

  StatusOr<std::filesystem::path> Path(std::string_view field, const std::string& value) const {
    RETURN_IF_ERROR(Text(field, value, /*required=*/true));
    return (folder_ / std::filesystem::path(value)).lexically_normal();
  }

  // At least one, at most kPathsMax.
  template <class List>
  StatusOr<std::vector<std::filesystem::path>> Paths(std::string_view field,
                                                     const List& values) const {
    if (values.empty()) return Error(field, -1, "missing; it has no default");
    if (static_cast<size_t>(values.size()) > kPathsMax)
      return Error(field, static_cast<int>(kPathsMax),
                   fmt::format("given more than {} times", kPathsMax));
    std::vector<std::filesystem::path> out;
    for (const std::string& value : values) {
      ASSIGN_OR_RETURN(out.emplace_back(), Path(field, value));
    }
    return out;
  }

  StatusOr<std::optional<std::filesystem::path>> OptionalPath(std::string_view field,
                                                              const std::string& value) const {
    if (value.empty()) return std::optional<std::filesystem::path>();
    ASSIGN_OR_RETURN(std::filesystem::path path, Path(field, value));
    return std::optional(std::move(path));
  }

 private:
  const v1::NodeConfig& proto_;
  const TextFormat::ParseInfoTree& places_;
  const std::string source_;
  const std::filesystem::path folder_;
};

Status FillPaths(const v1::NodeConfig& proto, const FieldChecker& check, NodeConfig* out) {
  ASSIGN_OR_RETURN(out->charter, check.Path("charter", proto.charter()));
  ASSIGN_OR_RETURN(out->data_dir, check.Path("data_dir", proto.data_dir()));
  ASSIGN_OR_RETURN(out->node_keys, check.Paths("node_key", proto.node_key()));
  ASSIGN_OR_RETURN(out->cosigner_keys, check.Paths("cosigner_key", proto.cosigner_key()));
  if (proto.later_charters_size() > 0) {
    ASSIGN_OR_RETURN(out->later_charters, check.Paths("later_charters", proto.later_charters()));
  }
  ASSIGN_OR_RETURN(out->tls_key, check.Path("tls_key", proto.tls_key()));
  ASSIGN_OR_RETURN(out->tls_certificate, check.Path("tls_certificate", proto.tls_certificate()));
  ASSIGN_OR_RETURN(out->passphrase_file,
                   check.OptionalPath("passphrase_file", proto.passphrase_file()));
  ASSIGN_OR_RETURN(out->address_file, check.OptionalPath("address_file", proto.address_file()));
  return absl::OkStatus();
}

Status FillPeers(const v1::NodeConfig& proto, const FieldChecker& check, NodeConfig* out) {
  if (static_cast<size_t>(proto.peers_size()) >= limits::kMembersMax)
    return check.Error("peers", static_cast<int>(limits::kMembersMax) - 1,
                       fmt::format("an accord has at most {} members", limits::kMembersMax));
  std::set<std::string> seen;
  for (int i = 0; i < proto.peers_size(); ++i) {
    const v1::NodeConfig::Peer& peer = proto.peers(i);
    if (!IsName(peer.member()))
      return check.Error("peers", i, "member: want a name of [a-z0-9-], at most 32 bytes");
    if (peer.member() == proto.member())
      return check.Error("peers", i, "names this node's own member");
    if (!seen.insert(peer.member()).second)
      return check.Error("peers", i, fmt::format("names '{}' a second time", peer.member()));
    const Status address = CheckAddress(peer.address(), PortZero::kRefused);
    if (!address.ok())
      return check.Error("peers", i, fmt::format("{}: {}", peer.member(), MessageOf(address)));
    out->peers.push_back({peer.member(), peer.address()});
  }
  return absl::OkStatus();
}

Status FillRest(const v1::NodeConfig& proto, const FieldChecker& check, NodeConfig* out) {
  RETURN_IF_ERROR(check.Text("member", proto.member(), /*required=*/true));
  if (!IsName(proto.member()))
    return check.Error("member", -1, "want a name of [a-z0-9-], at most 32 bytes");
  out->member = proto.member();
  RETURN_IF_ERROR(check.Text("listen", proto.listen(), /*required=*/true));
  const Status listen = CheckAddress(proto.listen(), PortZero::kAllowed);
  if (!listen.ok()) return check.Error("listen", -1, MessageOf(listen));
  out->listen = proto.listen();
  if (!proto.log_level().empty()) out->log_level = proto.log_level();
  const std::set<std::string> levels = {"debug", "info", "warn", "error"};
  if (!levels.contains(out->log_level))
    return check.Error("log_level", -1, "want debug, info, warn or error");
  if (proto.view_timeout_ms() != 0) out->view_timeout_ms = proto.view_timeout_ms();
  if (out->view_timeout_ms < kViewTimeoutMinMs || out->view_timeout_ms > kViewTimeoutMaxMs)
    return check.Error("view_timeout_ms", -1,
                       fmt::format("want {} to {}, got {}", kViewTimeoutMinMs, kViewTimeoutMaxMs,
                                   out->view_timeout_ms));
  return absl::OkStatus();
}

}  // namespace

StatusOr<NodeConfig> ParseNodeConfig(std::string_view text, std::string_view source,
                                     const std::filesystem::path& folder) {
  if (text.size() > limits::kConfigBytesMax)
    return ResourceExhausted(fmt::format("{}: {} bytes; a configuration has at most {}", source,
                                         text.size(), limits::kConfigBytesMax));
  v1::NodeConfig proto;
  TextFormat::ParseInfoTree places;
  FirstError error;
  TextFormat::Parser parser;  // refuses unknown fields and single fields given twice
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&places);
  parser.SetRecursionLimit(kNestingMax);
  if (!parser.ParseFromString(std::string(text), &proto))
    return InvalidArgument(fmt::format("{}:{}", source, error.text()));
  const FieldChecker check(proto, places, source, folder);
  NodeConfig out;
  RETURN_IF_ERROR(FillRest(proto, check, &out));
  RETURN_IF_ERROR(FillPaths(proto, check, &out));
  RETURN_IF_ERROR(FillPeers(proto, check, &out));
  return out;
}

StatusOr<NodeConfig> LoadNodeConfig(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(file, limits::kConfigBytesMax));
  return ParseNodeConfig(text, file.string(), file.parent_path());
}

std::string DescribeNodeConfig(const NodeConfig& config) {
  const auto path = [](const std::optional<std::filesystem::path>& p, const char* absent) {
    return p ? p->string() : std::string(absent);
  };
  std::string out;
  const auto line = [&out](std::string_view key, const std::string& value) {
    out += fmt::format("{}: {}\n", key, value);
  };
  line("charter", config.charter.string());
  line("member", config.member);
  line("data_dir", config.data_dir.string());
  line("listen", config.listen);
  for (const auto& file : config.later_charters) line("later_charters", file.string());
  for (const auto& file : config.node_keys) line("node_key", file.string());
  for (const auto& file : config.cosigner_keys) line("cosigner_key", file.string());
  line("tls_key", config.tls_key.string());
  line("tls_certificate", config.tls_certificate.string());
  line("passphrase_file", path(config.passphrase_file, "(asked for on the terminal)"));
  for (const PeerConfig& peer : config.peers) line("peer " + peer.member, peer.address);
  line("address_file", path(config.address_file, "(none)"));
  line("log_level", config.log_level);
  line("view_timeout_ms", fmt::to_string(config.view_timeout_ms));
  return out;
}

StatusOr<std::string> ReadTextFile(const std::filesystem::path& path, size_t bytes_max) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    return NotFound(fmt::format("{}: there is no such file", path.string()));
  if (!std::filesystem::is_regular_file(status))
    return InvalidArgument(fmt::format("{}: not a regular file", path.string()));
  std::ifstream in(path, std::ios::binary);
  std::string out(bytes_max + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (in.bad() || (!in && in.gcount() == 0 && !in.eof()))
    return Unavailable(fmt::format("{}: cannot be read", path.string()));
  out.resize(static_cast<size_t>(in.gcount()));
  if (out.size() > bytes_max)
    return ResourceExhausted(fmt::format("{}: more than {} bytes", path.string(), bytes_max));
  return out;
}

}  // namespace parley
