// parley node config: a parleyd configuration from a `key init` folder.

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/limits.h"
#include "parley/v1/config.pb.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/keys.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

namespace fs = std::filesystem;

struct ConfigOptions {
  std::string dir, charter, member, listen, profile_node, passphrase_file;
  std::vector<std::string> peers, later_charters;
};

// host:port; the host may be a bracketed IPv6 address.
Status CheckAddress(const std::string& address, const std::string& what) {
  const size_t colon = address.rfind(':');
  const Status bad = InvalidArgument(
      fmt::format("{} '{}': want host:port such as 192.0.2.7:7401", what, Printable(address)));
  if (colon == std::string::npos || colon == 0 || Printable(address) != address) return bad;
  const std::string port = address.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos)
    return bad;
  return std::stoul(port) > 65'535 ? bad : absl::OkStatus();
}

// Member to address: every other member exactly once.
StatusOr<std::map<std::string, std::string>> ParsePeers(const ConfigOptions& o,
                                                        const rules::Charter& charter) {
  std::map<std::string, std::string> peers;
  for (const std::string& text : o.peers) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (equals == std::string::npos)
      return InvalidArgument(fmt::format("--peer '{}': want MEMBER=HOST:PORT", Printable(text)));
    if (charter.FindMember(name) == nullptr || name == o.member)
      return InvalidArgument(fmt::format("--peer '{}': '{}' is no other member of the charter",
                                         Printable(text), Printable(name)));
    RETURN_IF_ERROR(CheckAddress(text.substr(equals + 1), "--peer " + name));
    if (!peers.emplace(name, text.substr(equals + 1)).second)
      return InvalidArgument(fmt::format("--peer: {} is given twice", name));
  }
  for (const rules::CharterMember& m : charter.members()) {
    if (m.name != o.member && !peers.contains(m.name))
      return InvalidArgument(fmt::format("--peer: no address for {}", m.name));
  }
  return peers;
}

// A key file of the folder must be the one the charter names: found now rather than when peers
// refuse the node.
Status CheckKey(const fs::path& file, KeyPurpose purpose, const PublicKey& want) {
  ASSIGN_OR_RETURN(const KeyFileInfo info, InspectKeyFile(file), "key file '{}'", file.string());
  if (info.purpose != purpose || info.public_key != want)
    return FailedPrecondition(fmt::format("key file '{}' is not the {} key that the charter names",
                                          file.string(), KeyPurposeName(purpose)));
  return absl::OkStatus();
}

// The charter note beside the keys; an existing one must be the same.
Status CopyCharter(const fs::path& to, const std::string& note) {
  std::error_code error;
  if (!fs::exists(to, error)) return WriteNewFile(to, note);
  ASSIGN_OR_RETURN(const std::string there,
                   ReadInput(to.string(), limits::kCharterNoteBytesMax, "charter"));
  if (there == note) return absl::OkStatus();
  return AlreadyExists(fmt::format("'{}' is another charter; nothing is overwritten", to.string()));
}

std::string LaterFile(size_t i) { return fmt::format("charter-{}.note", i + 2); }

std::string LaterLines(const ConfigOptions& o) {
  std::string out;
  for (size_t i = 0; i < o.later_charters.size(); ++i)
    out += fmt::format("later_charters: \"{}\"\n", LaterFile(i));
  return out;
}

// Profiles that name no node yet get this one; others are left alone.
StatusOr<std::vector<std::string>> CompleteProfiles(const ConfigOptions& o, const fs::path& dir,
                                                    const std::string& address) {
  std::vector<std::string> completed;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(dir, error)) {
    if (item.path().extension() != ".profile") continue;
    const std::string path = item.path().string();
    ASSIGN_OR_RETURN(std::string text, ReadInput(path, limits::kConfigBytesMax, "profile"));
    v1::Profile profile;
    RETURN_IF_ERROR(ParseTextProto(text, path, &profile));
    if (!profile.node().empty()) continue;
    text += fmt::format("node: {}\n", QuoteTextProto(address)) + LaterLines(o);
    RETURN_IF_ERROR(ReplaceFile(item.path(), text));
    completed.push_back(item.path().filename().string());
  }
  std::sort(completed.begin(), completed.end());
  return completed;
}

std::string ConfigText(const ConfigOptions& o, const std::map<std::string, std::string>& peers) {
  std::string out = fmt::format(
      "# parleyd --config parleyd.conf: the node of {0}. Paths are relative to this file.\n"
      "charter: \"charter.note\"\n{2}member: \"{0}\"\ndata_dir: \"data\"\nlisten: {1}\n"
      "address_file: \"parleyd.address\"\nnode_key: \"node.key\"\ncosigner_key: \"cosigner.key\"\n"
      "tls_key: \"node-tls.key\"\ntls_certificate: \"node-tls.pem\"\n",
      o.member, QuoteTextProto(o.listen), LaterLines(o));
  if (!o.passphrase_file.empty()) {
    std::error_code error;
    out += fmt::format(
        "# Take this line out to be asked for the passphrase.\n"
        "passphrase_file: {}\n",
        QuoteTextProto(fs::absolute(o.passphrase_file, error).string()));
  }
  for (const auto& [name, address] : peers)
    out += fmt::format("peers {{ member: \"{}\" address: {} }}\n", name, QuoteTextProto(address));
  return out;
}

std::string ProfileAddress(const ConfigOptions& o) {
  if (!o.profile_node.empty()) return o.profile_node;
  if (o.listen.ends_with(":0")) return "";  // not known before the node runs
  for (const std::string any : {"0.0.0.0:", "[::]:"}) {
    if (o.listen.starts_with(any)) return "127.0.0.1:" + o.listen.substr(any.size());
  }
  return o.listen;
}

StatusOr<Result> Config(const ConfigOptions& o) {
  ASSIGN_OR_RETURN(const rules::Charter founding, ReadSignedCharter(o.charter));
  std::vector<std::string> files = {o.charter};
  files.insert(files.end(), o.later_charters.begin(), o.later_charters.end());
  ASSIGN_OR_RETURN(const rules::Charter charter, ReadCharterChain(files));
  const rules::CharterMember* member = charter.FindMember(o.member);
  if (member == nullptr)
    return NotFound(
        fmt::format("--member '{}': the charter has no such member", Printable(o.member)));
  RETURN_IF_ERROR(CheckAddress(o.listen, "--listen"));
  if (!o.profile_node.empty()) RETURN_IF_ERROR(CheckAddress(o.profile_node, "--profile-node"));
  ASSIGN_OR_RETURN(const auto peers, ParsePeers(o, charter));
  const fs::path dir(o.dir);
  RETURN_IF_ERROR(CheckKey(dir / "node.key", KeyPurpose::kNode, member->node_key));
  RETURN_IF_ERROR(CheckKey(dir / "cosigner.key", KeyPurpose::kCosigner, member->cosigner_key));
  const fs::path config = dir / "parleyd.conf";
  RETURN_IF_ERROR(WriteNewFile(config, ConfigText(o, peers)));
  RETURN_IF_ERROR(CopyCharter(dir / "charter.note", founding.note()));
  for (size_t i = 0; i < o.later_charters.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string note,
                     ReadInput(o.later_charters[i], limits::kCharterNoteBytesMax, "charter note"));
    RETURN_IF_ERROR(CopyCharter(dir / LaterFile(i), note));
  }
  std::vector<std::string> completed;
  const std::string address = ProfileAddress(o);
  if (!address.empty()) {
    ASSIGN_OR_RETURN(completed, CompleteProfiles(o, dir, address));
  }
  Result r;
  r.data = {{"config", config.string()},
            {"member", o.member},
            {"listen", o.listen},
            {"profiles", completed}};
  r.text = fmt::format("Wrote {}\n", config.string());
  for (const std::string& name : completed)
    r.text += fmt::format("Wrote the node's address into {}\n", name);
  r.text += fmt::format(
      "\nCheck it:  parleyd --config {0} --check-config\n"
      "Start it:  parleyd --config {0}\n",
      config.string());
  return r;
}

}  // namespace

void AddNodeCommands(Registry& registry) {
  Command node = registry.Add(registry.app(), "node", "Setting up a node",
                              "  parley node config --dir north --charter charter.note "
                              "--member north \\\n"
                              "      --listen 0.0.0.0:7401 --peer south=192.0.2.2:7401\n");
  node.RequireSubcommand();
  Command command =
      registry.Add(node, "config", "Writes a node's configuration into a 'key init' folder",
                   "  parley node config --dir north --charter charter.note --member north \\\n"
                   "      --listen 0.0.0.0:7401 --peer south=192.0.2.2:7401 \\\n"
                   "      --peer mediator-a=192.0.2.3:7401 --peer mediator-b=192.0.2.4:7401\n");
  auto o = std::make_shared<ConfigOptions>();
  command.AddOption("--dir", o->dir, "Folder made by 'parley key init'").Required();
  command.AddOption("--charter", o->charter, "The founding charter's note").Required();
  command.AddOption("--later-charter", o->later_charters,
                    "Notes of the charters adopted since, in order: for a member that joins");
  command.AddOption("--member", o->member, "Whose node it is").Required();
  command.AddOption("--listen", o->listen, "host:port; port 0 picks a free one").Required();
  command.AddOption("--peer", o->peers, "MEMBER=HOST:PORT; repeat for every other member");
  command.AddOption("--profile-node", o->profile_node,
                    "Address to write into the officers' profiles (default: --listen)");
  command.AddOption("--passphrase-file", o->passphrase_file,
                    "File with the keys' passphrase; absent: parleyd asks");
  registry.Run(command, o, Config);
}

}  // namespace parley::cli
