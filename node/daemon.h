#pragma once

// A running node, put together: database, replica, peer links and server, in the order in which
// they may start and stop.

#include <string>
#include <string_view>

#include "base/status.h"
#include "node/config/node_config.h"
#include "node/config/node_files.h"

namespace parley {

// Exit codes of parleyd; documented in docs/operations.md.
enum class DaemonExit : int {
  kStopped = 0,    // asked to stop, and did
  kBadConfig = 2,  // flags, configuration, keys, charter, or a database of another ledger
  kBusy = 3,       // the port or the database is in use
  kInternal = 4,   // a failed write, damage, or a bug: look before it is started again
};

// Blocks SIGTERM and SIGINT in this thread and in all that it starts from now on, so that RunNode
// can wait for them, and ignores SIGPIPE. Before any other thread starts.
void PrepareSignals();

// Runs the node until SIGTERM or SIGINT comes or the replica stops by itself. Logs what happens.
// `files` has no problems; takes the secrets.
DaemonExit RunNode(const NodeConfig& config, const NodeFiles& files, NodeSecrets secrets);

}  // namespace parley
