#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/limits.h"
#include "ledger/note/policy.h"
#include "ledger/note/policy_names.h"
#include "ledger/note/text.h"

namespace parley::note {
namespace {

using Words = std::vector<std::string_view>;

Words Split(std::string_view line) {
  constexpr std::string_view kSeparators = " \t";
  Words out;
  for (size_t at = 0; (at = line.find_first_not_of(kSeparators, at)) != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(kSeparators, at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end;
  }
  return out;
}

// Takes the lines in order; what a line may name is what stands above it.
class Parser {
 public:
  Status Line(const Words& words) {
    if (words[0] == "log") return Log(words);
    if (words[0] == "witness") return Witness(words);
    if (words[0] == "group") return Group(words);
    if (words[0] == "quorum") return Quorum(words);
    return InvalidArgument("want log, witness, group or quorum");
  }

  StatusOr<Policy> Finish() && {
    if (!has_quorum_) return InvalidArgument("there is no quorum line");
    if (policy_.logs.empty()) return InvalidArgument("there is no log line");
    return std::move(policy_);
  }

 private:
  Status Log(const Words& words) {
    if (words.size() < 2 || words.size() > 3) return InvalidArgument("want log <vkey> [<url>]");
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(words[1]));
    if (!log_keys_.insert(key.key).second)
      return InvalidArgument(fmt::format("the key of log {} stands twice", key.name));
    policy_.logs.push_back({std::move(key), Url(words, 2)});
    return absl::OkStatus();
  }

  Status Witness(const Words& words) {
    if (words.size() < 3 || words.size() > 4)
      return InvalidArgument("want witness <name> <vkey> [<url>]");
    RETURN_IF_ERROR(Define(words[1]));
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(words[2]));
    if (key.type != KeyType::kCosignature)
      return InvalidArgument(fmt::format("the key of witness {} is not of type 0x04", words[1]));
    if (!witness_keys_.insert(key.key).second)
      return InvalidArgument(fmt::format("the key of witness {} stands twice", words[1]));
    policy_.witnesses.push_back({std::string(words[1]), std::move(key), Url(words, 3)});
    return absl::OkStatus();
  }

  Status Group(const Words& words) {
    if (words.size() < 4) return InvalidArgument("want group <name> all|any|<k> <member> ...");
    PolicyGroup group;
    group.name = std::string(words[1]);
    for (const std::string_view name : Words(words.begin() + 3, words.end())) {
      if (!names_.contains(std::string(name)))
        return InvalidArgument(fmt::format("{} is not defined above", name));
      // A tree of groups: nobody's signature counts in two places.
      if (!grouped_.insert(std::string(name)).second)
        return InvalidArgument(fmt::format("{} is a group member twice", name));
      group.members.emplace_back(name);
    }
    RETURN_IF_ERROR(Define(words[1]));
    ASSIGN_OR_RETURN(group.threshold, Threshold(words[2], group.members.size()));
    policy_.groups.push_back(std::move(group));
    return absl::OkStatus();
  }

  Status Quorum(const Words& words) {
    if (words.size() != 2) return InvalidArgument("want quorum <name>|none");
    if (std::exchange(has_quorum_, true)) return InvalidArgument("a second quorum line");
    if (words[1] == kPolicyNone) return absl::OkStatus();
    if (!names_.contains(std::string(words[1])))
      return InvalidArgument(fmt::format("{} is not defined above", words[1]));
    policy_.quorum = std::string(words[1]);
    return absl::OkStatus();
  }

  Status Define(std::string_view name) {
    if (name == kPolicyNone) return InvalidArgument("the name 'none' has a meaning of its own");
    if (!names_.emplace(name).second)
      return InvalidArgument(fmt::format("the name {} stands twice", name));
    return absl::OkStatus();
  }

  static StatusOr<size_t> Threshold(std::string_view word, size_t members) {
    if (word == "any") return 1;
    if (word == "all") return members;
    ASSIGN_OR_RETURN(const uint64_t k, ParseDecimal(word, "threshold"));
    if (k < 1 || k > members) {
      return InvalidArgument(
          fmt::format("a threshold of {} is not possible with {} members", k, members));
    }
    return k;
  }

  static std::string Url(const Words& words, size_t at) {
    return at < words.size() ? std::string(words[at]) : std::string();
  }

  Policy policy_;
  bool has_quorum_ = false;
  std::set<std::string> names_;    // of witnesses and groups
  std::set<std::string> grouped_;  // that are in a group
  std::set<PublicKey> log_keys_;
  std::set<PublicKey> witness_keys_;
};

}  // namespace

StatusOr<Policy> Policy::Parse(std::string_view file) {
  if (file.size() > limits::kPolicyBytesMax) {
    return ResourceExhausted(
        fmt::format("policy: {} bytes are over {}", file.size(), limits::kPolicyBytesMax));
  }
  if (!file.ends_with('\n')) return InvalidArgument("policy: want a newline at the end");
  std::string without_tabs(file);
  std::replace(without_tabs.begin(), without_tabs.end(), '\t', ' ');
  RETURN_IF_ERROR(CheckPlainText(without_tabs), "policy");
  Parser parser;
  for (size_t number = 1; !file.empty(); ++number) {
    const std::string_view line = TakeLine(&file).value_or("");
    const Words words = Split(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    // Half of the parsers of others end the line at "#"; a file must not mean two things.
    if (line.find('#') != std::string_view::npos)
      return InvalidArgument(fmt::format("policy: line {}: '#' inside a line", number));
    RETURN_IF_ERROR(parser.Line(words), "policy: line {}", number);
  }
  ASSIGN_OR_RETURN(Policy out, std::move(parser).Finish(), "policy");
  return out;
}

}  // namespace parley::note
