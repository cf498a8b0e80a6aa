#include "tools/parley/open_source.h"

#include <filesystem>

#include "ledger/store/store_source.h"
#include "tools/parley/node_source.h"

namespace parley::cli {
namespace {

namespace fs = std::filesystem;

// A RocksDB directory, as far as it is still there: any of the files that only a database has.
bool IsDatabase(const fs::path& path) {
  std::error_code error;
  fs::directory_iterator it(path, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename();
    if (name == "CURRENT" || name == "IDENTITY" || name.starts_with("MANIFEST-") ||
        name.starts_with("OPTIONS-") || name.ends_with(".sst"))
      return true;
  }
  return false;
}

// What looks like a database and cannot be opened as one is a damaged one.
StatusOr<std::unique_ptr<archive::Source>> OpenDatabase(const std::string& dir) {
  auto source = store::OpenStoreSource(dir);
  if (absl::IsNotFound(source.status()))
    return DataLoss(fmt::format("database {} is damaged: CURRENT is missing", dir));
  return source;
}

StatusOr<OpenedSource> OpenNode(const ConnectOptions& connect) {
  if (connect.profile.empty())
    return InvalidArgument("--profile is required to read from a node: it takes a certificate");
  OpenedSource out;
  ASSIGN_OR_RETURN(out.session, Session::Open(connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, out.session->Client());
  ASSIGN_OR_RETURN(out.source, NodeSource::Open(*client));
  return out;
}

StatusOr<std::unique_ptr<archive::Source>> OpenPath(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return NotFound(fmt::format("'{}': no such file or folder", path));
  if (IsDatabase(path)) return OpenDatabase(path);
  // A node's data directory holds one as "db"; no archive has a folder of that name.
  if (fs::is_directory(fs::path(path) / "db", error))
    return OpenDatabase((fs::path(path) / "db").string());
  return archive::OpenArchive(path);
}

}  // namespace

StatusOr<OpenedSource> OpenSource(const std::string& path, const ConnectOptions& connect) {
  if (path.empty()) return OpenNode(connect);
  OpenedSource out;
  ASSIGN_OR_RETURN(out.source, OpenPath(path));
  return out;
}

}  // namespace parley::cli
