#pragma once

// The files that a configuration names: charter, keys, certificate. Everything that can be checked
// without a passphrase is checked together, so that whoever sets a node up sees all problems at
// once.

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "crypto/passphrase.h"
#include "crypto/sign.h"
#include "ledger/rules/charter.h"
#include "node/config/node_config.h"

namespace parley {

// A certificate that ends within this many days is warned of.
inline constexpr int64_t kExpiryWarningDays = 90;

struct NodeFiles {
  std::optional<rules::Charter> charter;  // the founding one; present when there are no problems
  std::optional<rules::Charter> newest;   // the last of the later ones, when any are given
  std::string tls_certificate_pem;
  std::vector<std::string> facts;     // what was found in order, for --check-config
  std::vector<std::string> warnings;  // what the node can live with for now
  std::vector<std::string> problems;  // why the node cannot start
};

// Reads and checks:
//  - the founding charter's note with every member's signature, later ones as far as they are
//  given,
//    and the configured member in the last of them,
//  - that the other members of that charter are named as peers,
//  - node and cosigner key files: permissions and purpose; that one of each is the charter's key is
//    only a warning, since the ledger may have a later charter than the files,
//  - the TLS certificate: that the member's own CA signed it for a node of this member and accord,
//    that it is valid at `now`, and that the TLS key file is its key.
NodeFiles CheckNodeFiles(const NodeConfig& config, TimeMs now);

struct NodeSecrets {
  std::vector<SecretKey> node;
  std::vector<SecretKey> cosigner;
  SecretKey tls;
};

// Opens all key files with one passphrase: from the configured file, else the terminal.
StatusOr<NodeSecrets> UnlockNodeKeys(const NodeConfig& config);

// Whether PrepareDataDir would succeed; changes nothing.
Status CheckDataDir(const std::filesystem::path& dir);

// Creates the directory with mode 0700. PERMISSION_DENIED when it is there and others have access.
Status PrepareDataDir(const std::filesystem::path& dir);

}  // namespace parley
