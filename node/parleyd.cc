// parleyd: one member's node. Flags, then configuration, then node/daemon.h.

#include <google/protobuf/stubs/logging.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "base/time.h"
#include "crypto/sign.h"
#include "node/backup.h"
#include "node/config/node_config.h"
#include "node/config/node_files.h"
#include "node/daemon.h"
#include "node/rpc/channel.h"
#include "node/rpc/log.h"
#include "node/rpc/version.h"

namespace parley {
namespace {

constexpr const char* kDescription =
    "parleyd: one member's node of a Parley accord.\n"
    "\n"
    "It keeps the ledger with the other members' nodes and serves officers and auditors, all\n"
    "over TLS 1.3 with certificates on both sides. It logs to standard error and stops on\n"
    "SIGTERM.\n";
constexpr const char* kFooter =
    "Example of a configuration file (paths are relative to its folder):\n"
    "  charter: \"charter.note\"\n"
    "  member: \"north\"\n"
    "  data_dir: \"data\"\n"
    "  listen: \"0.0.0.0:7401\"\n"
    "  node_key: \"node.key\"\n"
    "  cosigner_key: \"cosigner.key\"\n"
    "  tls_key: \"tls.key\"\n"
    "  tls_certificate: \"tls.pem\"\n"
    "  passphrase_file: \"passphrase\"\n"
    "  peers { member: \"south\" address: \"node.south.example:7401\" }\n"
    "\n"
    "Examples:\n"
    "  parleyd --config north.conf --check-config\n"
    "  parleyd --config north.conf\n"
    "  parleyd backup --config north.conf --out /backup/north-2026-03-01\n"
    "  parleyd restore --config north.conf --from /backup/north-2026-03-01\n"
    "\n"
    "Exit codes: 0 stopped when asked to; 2 bad flags, configuration, keys or charter;\n"
    "3 the port or the database is in use; 4 a failed write or damage: look at the disk first.";

int Exit(DaemonExit code) { return static_cast<int>(code); }

int BadConfig(const std::string& message) {
  std::cerr << "parleyd: " << message << '\n';
  return Exit(DaemonExit::kBadConfig);
}

// Prints what is in force and what is wrong; starts nothing, makes nothing and asks nothing. With a
// passphrase file the keys are opened, so that a wrong one shows now and not at the next start.
int CheckConfig(const NodeConfig& config) {
  NodeFiles files = CheckNodeFiles(config, SystemClock().Now());
  if (const Status dir = CheckDataDir(config.data_dir); !dir.ok())
    files.problems.push_back(MessageOf(dir));
  if (config.passphrase_file && files.problems.empty()) {
    const auto secrets = UnlockNodeKeys(config);
    if (!secrets.ok()) files.problems.push_back(MessageOf(secrets.status()));
    if (secrets.ok()) files.facts.push_back("passphrase_file: it opens every key");
  }
  std::cout << DescribeNodeConfig(config);
  for (const std::string& fact : files.facts) std::cout << "ok: " << fact << '\n';
  for (const std::string& warning : files.warnings) std::cout << "warning: " << warning << '\n';
  for (const std::string& problem : files.problems) std::cerr << "parleyd: " << problem << '\n';
  if (!files.problems.empty()) return Exit(DaemonExit::kBadConfig);
  std::cout << "The configuration is good.\n";
  return Exit(DaemonExit::kStopped);
}

int Start(const NodeConfig& config) {
  const NodeFiles files = CheckNodeFiles(config, SystemClock().Now());
  for (const std::string& problem : files.problems) std::cerr << "parleyd: " << problem << '\n';
  if (!files.problems.empty()) return Exit(DaemonExit::kBadConfig);
  auto secrets = UnlockNodeKeys(config);
  if (!secrets.ok()) return BadConfig(MessageOf(secrets.status()));
  const auto level = rpc::ParseLogLevel(config.log_level);
  if (!level.ok()) return BadConfig(MessageOf(level.status()));
  rpc::StartLog(*level);
  return Exit(RunNode(config, files, *std::move(secrets)));
}

int ExitOf(const Status& status) {
  if (absl::IsUnavailable(status)) return Exit(DaemonExit::kBusy);
  if (absl::IsDataLoss(status) || absl::IsInternal(status)) return Exit(DaemonExit::kInternal);
  return Exit(DaemonExit::kBadConfig);
}

int WriteBackup(const NodeConfig& config, const std::string& out) {
  const Status written = BackUp(config, out);
  if (!written.ok()) {
    std::cerr << "parleyd: no backup was written: " << MessageOf(written) << '\n';
    return ExitOf(written);
  }
  std::cout << "Backup written to " << out << ".\n";
  return Exit(DaemonExit::kStopped);
}

int RestoreBackup(const NodeConfig& config, const std::string& from) {
  const NodeFiles files = CheckNodeFiles(config, SystemClock().Now());
  if (!files.charter) return CheckConfig(config);
  const auto restored = Restore(config, files.charter->ledger_id(), from);
  if (!restored.ok()) {
    std::cerr << "parleyd: nothing was restored: " << MessageOf(restored.status()) << '\n';
    return ExitOf(restored.status());
  }
  std::cout
      << "Restored " << restored->entries << " entries in " << restored->height + 1
      << " blocks.\n"
         "The node will fetch what is missing from the others. It will not vote with the node\n"
         "key it had, since it cannot know what that key signed since the backup: give it a\n"
         "new one with 'parley key rotate'.\n";
  return Exit(DaemonExit::kStopped);
}

int Main(int argc, char** argv) {
  PrepareSignals();
  rpc::RequireTls13();
  InitCrypto();
  CLI::App app(kDescription, "parleyd");
  app.footer(kFooter);
  std::string config_file;
  bool check_config = false;
  std::string out;
  std::string from;
  app.add_option("--config", config_file, "The configuration file");
  app.add_flag("--check-config", check_config,
               "Check the configuration and all files it names, print what is in force, and end");
  CLI::App& backup = *app.add_subcommand(
      "backup", "Write a copy of the node's database, also while the node runs");
  backup.add_option("--config", config_file, "The configuration file");
  backup.add_option("--out", out, "The folder to write; must not exist yet")->required();
  CLI::App& restore =
      *app.add_subcommand("restore", "Put a backup in place of a database that was lost");
  restore.add_option("--config", config_file, "The configuration file");
  restore.add_option("--from", from, "The backup's folder")->required();
  app.set_version_flag("--version", std::string("parleyd ") + std::string(rpc::kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error);
      return 0;
    }
    return BadConfig(std::string(error.what()) + " (see parleyd --help)");
  }
  google::protobuf::SetLogHandler(nullptr);  // foreign bytes are refused with errors of our own
  if (config_file.empty()) return BadConfig("--config is required; see parleyd --help");
  const auto config = LoadNodeConfig(config_file);
  if (!config.ok()) return BadConfig(MessageOf(config.status()));
  if (backup.parsed()) return WriteBackup(*config, out);
  if (restore.parsed()) return RestoreBackup(*config, from);
  return check_config ? CheckConfig(*config) : Start(*config);
}

}  // namespace
}  // namespace parley

int main(int argc, char** argv) { return parley::Main(argc, argv); }
