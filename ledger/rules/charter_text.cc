// Changes to a charter's text that leave every other byte as it is: people have signed these very
// bytes, comments included. Protobuf's own tokenizer finds the fields.

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <map>

#include "ledger/rules/charter_change.h"

namespace parley::rules {
namespace {

namespace io = google::protobuf::io;

class NoErrors final : public io::ErrorCollector {
 public:
  void AddError(int, io::ColumnNumber, const std::string& message) override { text_ = message; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct Place {  // bytes of a field's value
  size_t begin = 0;
  size_t end = 0;
};

// Where lines begin; the tokenizer counts lines and columns from 0. Columns count a tab as a step
// to the next multiple of 8, so texts with tabs cannot be located and are refused.
std::vector<size_t> LineStarts(std::string_view text) {
  std::vector<size_t> out = {0};
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') out.push_back(i + 1);
  return out;
}

bool Opens(const std::string& token) { return token == "{" || token == "<" || token == "["; }
bool Closes(const std::string& token) { return token == "}" || token == ">" || token == "]"; }

// The values of scalar fields outside of any message, by name.
StatusOr<std::map<std::string, Place>> TopLevelScalars(std::string_view text) {
  if (text.find('\t') != std::string_view::npos)
    return InvalidArgument("charter: write spaces instead of tabs, so that it can be amended");
  const std::vector<size_t> starts = LineStarts(text);
  io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  NoErrors errors;
  io::Tokenizer tokens(&stream, &errors);
  tokens.set_comment_style(io::Tokenizer::SH_COMMENT_STYLE);
  std::map<std::string, Place> out;
  std::string field;
  bool colon = false;
  int depth = 0;
  while (tokens.Next()) {
    const io::Tokenizer::Token& token = tokens.current();
    const size_t line = starts[static_cast<size_t>(token.line)];
    if (Opens(token.text)) ++depth;
    if (depth == 0 && colon && !field.empty())
      out[field] = {line + static_cast<size_t>(token.column),
                    line + static_cast<size_t>(token.end_column)};
    if (Closes(token.text)) --depth;
    colon = depth == 0 && token.text == ":";
    if (depth == 0 && token.type == io::Tokenizer::TYPE_IDENTIFIER) field = token.text;
    if (!colon && token.type != io::Tokenizer::TYPE_IDENTIFIER) field.clear();
  }
  if (!errors.text().empty()) return InvalidArgument("charter: " + errors.text());
  return out;
}

std::string ReplaceAll(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

StatusOr<std::string> FollowingText(const Charter& before, std::string_view text) {
  ASSIGN_OR_RETURN(const auto fields, TopLevelScalars(text));
  const auto version = fields.find("version");
  if (version == fields.end()) return InvalidArgument("charter: version: missing");
  std::string after_version = std::to_string(before.version() + 1);
  std::map<size_t, std::pair<size_t, std::string>> edits;  // begin -> (end, new bytes)
  const std::pair<const char*, std::string> links[] = {{"ledger_id", before.ledger_id().ToHex()},
                                                       {"previous", before.hash().ToHex()}};
  for (const auto& [name, hex] : links) {
    const std::string quoted = fmt::format("\"{}\"", hex);
    const auto found = fields.find(name);
    if (found == fields.end()) {
      after_version += fmt::format("\n{}: {}", name, quoted);
    } else {
      edits[found->second.begin] = {found->second.end, quoted};
    }
  }
  edits[version->second.begin] = {version->second.end, after_version};
  std::string out(text);
  for (auto it = edits.rbegin(); it != edits.rend(); ++it)
    out.replace(it->first, it->second.first - it->first, it->second.second);
  return out;
}

StatusOr<std::string> RotatedText(const Charter& before, std::string_view member,
                                  const RotatedKeys& keys) {
  const CharterMember* found = before.FindMember(member);
  if (found == nullptr) return NotFound(fmt::format("charter: there is no member '{}'", member));
  std::string text = before.text();
  if (keys.node) text = ReplaceAll(std::move(text), found->node_key.ToHex(), keys.node->ToHex());
  if (keys.cosigner)
    text = ReplaceAll(std::move(text), found->cosigner_key.ToHex(), keys.cosigner->ToHex());
  return FollowingText(before, text);
}

}  // namespace parley::rules
