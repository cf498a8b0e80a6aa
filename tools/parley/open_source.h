#pragma once

// What `export` and `audit` read from: an archive, a node's database, or a node.

#include <memory>
#include <string>

#include "ledger/archive/archive.h"
#include "tools/parley/session.h"

namespace parley::cli {

// A source and, for a node, the session its client lives in.
struct OpenedSource {
  std::unique_ptr<Session> session;
  std::unique_ptr<archive::Source> source;
};

// `path`: an archive folder, a tar file, a database or a node's data folder; NOT_FOUND, DATA_LOSS
// (a damaged database) and the archive's own errors name it. Empty: the node of `connect`.
StatusOr<OpenedSource> OpenSource(const std::string& path, const ConnectOptions& connect);

}  // namespace parley::cli
