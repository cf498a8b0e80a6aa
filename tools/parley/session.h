#pragma once

// A session: one profile (who I am), its charter, keys and node. Everything is loaded when first
// needed, so that offline work asks for nothing it does not use.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "crypto/sign.h"
#include "ledger/note/cosignature.h"
#include "ledger/rules/charter.h"
#include "node/rpc/client.h"
#include "parley/v1/config.pb.h"
#include "tools/parley/command.h"
#include "tools/parley/keys.h"

namespace parley::cli {

struct ConnectOptions {
  std::string profile;
  std::string node;         // instead of the profile's
  std::string node_member;  // whose node that is
  std::string passphrase_file;
  std::string timeout = "20s";
};
void AddConnectOptions(Command command, ConnectOptions* options);

// Not thread-safe, but the client it hands out is.
class Session {
 public:
  // Reads profile and charter; NOT_FOUND or INVALID_ARGUMENT name file and field.
  static StatusOr<std::unique_ptr<Session>> Open(const ConnectOptions& options);

  // The newest that the profile names.
  const rules::Charter& charter() const { return *charter_; }
  const std::string& member() const { return profile_.member(); }
  const std::string& officer() const { return profile_.officer(); }
  std::chrono::milliseconds timeout() const { return timeout_; }
  PassphraseSource& passphrases() { return passphrases_; }

  // The officer's signing key. FAILED_PRECONDITION for an auditor's profile.
  StatusOr<const SecretKey*> SigningKey();
  // A client of the profile's node; warns when the certificate ends soon.
  StatusOr<rpc::Client*> Client();
  // FAILED_PRECONDITION when the profile names none.
  StatusOr<std::filesystem::path> OutboxDir() const;
  // Judges checkpoints and receipts by the charter.
  note::QuorumRule Rule() const;

 private:
  Session(v1::Profile profile, std::filesystem::path dir, rules::Charter charter,
          std::chrono::milliseconds timeout)
      : profile_(std::move(profile)),
        dir_(std::move(dir)),
        charter_(std::move(charter)),
        timeout_(timeout),
        passphrases_(profile_.passphrase_file().empty() ? "" : Path(profile_.passphrase_file())) {}
  std::string Path(const std::string& relative) const;
  StatusOr<std::string> NodeAddress() const;

  v1::Profile profile_;
  std::filesystem::path dir_;  // of the profile: its paths are relative to it
  std::optional<rules::Charter> charter_;
  std::chrono::milliseconds timeout_;
  PassphraseSource passphrases_;
  std::optional<SecretKey> signing_key_;
  std::unique_ptr<rpc::Client> client_;
};

note::QuorumRule RuleOf(const rules::Charter& charter);

}  // namespace parley::cli
