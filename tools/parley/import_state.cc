#include "tools/parley/import_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/errno_text.h"
#include "tools/parley/files.h"

namespace parley::cli {
namespace {

constexpr std::string_view kVersion = "parley-import/v1 ";
constexpr size_t kStateBytesMax = 256ULL << 20;
constexpr size_t kNonceHexSize = 32;
constexpr size_t kDigestHexSize = 2 * Hash::kSize;

std::string LineOf(const Bytes& nonce, const std::optional<Hash>& digest) {
  return HexEncode(nonce) + (digest ? " " + digest->ToHex() : "") + "\n";
}

// One line without its end.
Status ParseLine(std::string_view line, ImportedRows* out) {
  const bool with_digest = line.size() == kNonceHexSize + 1 + kDigestHexSize;
  if (!with_digest && line.size() != kNonceHexSize)
    return DataLoss("want a row's nonce and digest in hex");
  const auto nonce = HexDecode(line.substr(0, kNonceHexSize));
  if (!nonce.ok()) return DataLoss(MessageOf(nonce.status()));
  std::optional<Hash> digest;
  if (with_digest) {
    const auto hash = Hash::FromHex(line.substr(kNonceHexSize + 1));
    if (!hash.ok() || line[kNonceHexSize] != ' ') return DataLoss("want a digest in hex");
    digest = *hash;
  }
  out->insert_or_assign(*nonce, digest);
  return absl::OkStatus();
}

}  // namespace

StatusOr<ImportedRows> ParseImportState(std::string_view text, std::string_view header) {
  if (!text.starts_with(header))
    return DataLoss("want the state of this collection and ledger in the first line");
  text.remove_prefix(header.size());
  ImportedRows out;
  size_t line = 2;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return out;  // cut short by a crash
    RETURN_IF_ERROR(ParseLine(text.substr(0, end), &out), "line {}", line);
    text.remove_prefix(end + 1);
    ++line;
  }
  return out;
}

StatusOr<ImportState> ImportState::Open(const std::filesystem::path& dir, const LedgerId& ledger,
                                        const std::string& dataset) {
  const std::string header = fmt::format("{}{} {}\n", kVersion, ledger, dataset);
  const std::string name = Sha256(AsBytes(header)).ToHex().substr(0, 16);
  ImportState state(dir / fmt::format("import-{}.state", name), header);
  const auto text = ReadInput(state.path_.string(), kStateBytesMax, "import state");
  if (absl::IsNotFound(text.status())) return state;
  if (!text.ok()) return text.status();
  ASSIGN_OR_RETURN(state.rows_, ParseImportState(*text, header), "'{}'", state.path_.string());
  // Whatever a crash cut short is cut off, so that new lines begin at a line's beginning.
  if (!text->ends_with('\n'))
    RETURN_IF_ERROR(ReplaceFile(state.path_, text->substr(0, text->rfind('\n') + 1)));
  return state;
}

Status ImportState::Add(const ImportedRows& rows) {
  std::string lines;
  for (const auto& [nonce, digest] : rows) {
    if (rows_.emplace(nonce, digest).second) lines += LineOf(nonce, digest);
  }
  if (lines.empty()) return absl::OkStatus();
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) RETURN_IF_ERROR(WriteNewFile(path_, header_));
  const int fd = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const bool ok = fd >= 0 &&
                  ::write(fd, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()) &&
                  ::fsync(fd) == 0;
  const int failed = errno;
  if (fd >= 0) ::close(fd);
  if (ok) return absl::OkStatus();
  return Unavailable(fmt::format("write '{}': {}", path_.string(), ErrnoText(failed)));
}

namespace {

// One file without these rows; written only if it has any of them.
Status ForgetIn(const std::filesystem::path& path, const std::set<Bytes>& nonces) {
  ASSIGN_OR_RETURN(const std::string text,
                   ReadInput(path.string(), kStateBytesMax, "import state"));
  std::string kept = text.substr(0, text.find('\n') + 1);
  if (!kept.starts_with(kVersion))
    return DataLoss(fmt::format("'{}' does not begin with '{}'", path.string(), kVersion));
  ASSIGN_OR_RETURN(const ImportedRows rows, ParseImportState(text, kept), "'{}'", path.string());
  bool any = false;
  for (const auto& [nonce, digest] : rows) {
    if (nonces.contains(nonce)) {
      any = true;
    } else {
      kept += LineOf(nonce, digest);
    }
  }
  return any ? ReplaceFile(path, kept) : absl::OkStatus();
}

}  // namespace

Status ForgetImported(const std::filesystem::path& dir, const std::set<Bytes>& nonces) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(dir, error)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with("import-") && name.ends_with(".state")) files.push_back(file.path());
  }
  if (error) return Unavailable(fmt::format("list '{}': {}", dir.string(), error.message()));
  for (const std::filesystem::path& file : files) RETURN_IF_ERROR(ForgetIn(file, nonces));
  return absl::OkStatus();
}

}  // namespace parley::cli
