#include "tools/parley/charter_file.h"

#include <algorithm>

#include "base/limits.h"
#include "tools/parley/files.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

std::string LineAt(const std::string& text, size_t line) {
  size_t start = 0;
  for (size_t i = 1; i < line; ++i) {
    const size_t end = text.find('\n', start);
    if (end == std::string::npos) return "";
    start = end + 1;
  }
  return text.substr(start, std::min<size_t>(text.find('\n', start) - start, 80));
}

}  // namespace

StatusOr<CharterFile> ReadCharterFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content,
                   ReadInput(path, limits::kCharterNoteBytesMax, "charter"));
  std::string text = content;
  std::vector<note::SignatureLine> lines;
  if (content.find("\n\n\u2014 ") != std::string::npos) {
    ASSIGN_OR_RETURN(const note::SignedNote note, note::SignedNote::Parse(content),
                     "charter note '{}'", path);
    text = note.text();
    lines = note.signatures();
  }
  ASSIGN_OR_RETURN(rules::Charter charter, rules::Charter::ParseText(text), "charter '{}'", path);
  return CharterFile{std::move(text), std::move(lines), std::move(charter)};
}

StatusOr<rules::Charter> ReadSignedCharter(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content,
                   ReadInput(path, limits::kCharterNoteBytesMax, "charter note"));
  ASSIGN_OR_RETURN(rules::Charter charter, rules::Charter::ParseNote(content), "charter '{}'",
                   path);
  return charter;
}

StatusOr<std::vector<rules::Charter>> ReadCharters(const std::vector<std::string>& paths) {
  if (paths.empty()) return InvalidArgument("give the founding charter's note");
  std::vector<std::string> notes;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(notes.emplace_back(),
                     ReadInput(path, limits::kCharterNoteBytesMax, "charter note"));
  }
  ASSIGN_OR_RETURN(std::vector<rules::Charter> charters, rules::ParseCharterChain(notes), "'{}'",
                   paths.back());
  return charters;
}

StatusOr<rules::Charter> ReadCharterChain(const std::vector<std::string>& paths) {
  ASSIGN_OR_RETURN(std::vector<rules::Charter> charters, ReadCharters(paths));
  return std::move(charters.back());
}

std::string MemberOfLine(const rules::Charter& charter, const note::SignatureLine& line) {
  for (const rules::CharterMember& m : charter.members()) {
    if (line.name == charter.RootKeyName(m.name)) return m.name;
  }
  return "";
}

Status CheckCharterLine(const rules::Charter& charter, const std::string& member,
                        const note::SignatureLine& line) {
  const rules::CharterMember* m = charter.FindMember(member);
  if (m == nullptr)
    return Unauthenticated(
        fmt::format("signature line of '{}': no member's root key has this name", line.name));
  ASSIGN_OR_RETURN(note::SignedNote note, note::SignedNote::FromText(charter.text()));
  RETURN_IF_ERROR(note.Add(line));
  const note::VerifierKey key{line.name, note::KeyType::kEd25519, m->root_key};
  const Status valid = note::VerifySignature(note, key);
  if (valid.ok()) return valid;
  return Unauthenticated(fmt::format("signature of {}: {}", member, MessageOf(valid)));
}

std::string FirstDifference(const std::string& ours, const std::string& theirs) {
  const size_t size = std::min(ours.size(), theirs.size());
  size_t at = 0;
  size_t line = 1;
  while (at < size && ours[at] == theirs[at]) {
    if (ours[at] == '\n') ++line;
    ++at;
  }
  return fmt::format("first difference at byte {}, line {}: here '{}', there '{}'", at, line,
                     Printable(LineAt(ours, line)), Printable(LineAt(theirs, line)));
}

}  // namespace parley::cli
