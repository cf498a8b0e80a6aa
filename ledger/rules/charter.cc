#include "ledger/rules/charter.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>

#include "base/limits.h"
#include "ledger/note/signed_note.h"
#include "ledger/record/text.h"
#include "ledger/rules/charter_internal.h"
#include "ledger/rules/policy.h"

namespace parley::rules {
namespace {

constexpr int kNestingMax = 32;

// Keeps the first error of the text format's parser, as people count lines and columns.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty()) text_ = fmt::format("line {}, column {}: {}", line + 1, column + 1, message);
  }
  void AddWarning(int line, google::protobuf::io::ColumnNumber column,
                  const std::string& message) override {
    AddError(line, column, message);  // nothing doubtful is signed
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What could make the text read differently from what is signed is refused before it is parsed.
Status CheckCharterText(std::string_view text) {
  if (text.size() > limits::kCharterNoteBytesMax)
    return InvalidArgument(fmt::format("charter: {} bytes, at most {} are allowed", text.size(),
                                       limits::kCharterNoteBytesMax));
  RETURN_IF_ERROR(note::CheckNoteText(text), "charter");
  return record::CheckText(text, "charter",
                           {.chars_max = limits::kCharterNoteBytesMax, .lines = true});
}

StatusOr<TimeMs> ReadFounding(const std::string& text) {
  int offset_minutes = 0;
  ASSIGN_OR_RETURN(const TimeMs time, ParseTime(text, &offset_minutes), "founded_at");
  if (offset_minutes != 0) return InvalidArgument("founded_at: want UTC, with a 'Z' at the end");
  return time;
}

}  // namespace

StatusOr<Charter> Charter::ParseText(std::string_view text) {
  RETURN_IF_ERROR(CheckCharterText(text));
  Charter out;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kNestingMax);
  if (!parser.ParseFromString(std::string(text), &out.proto_) || !error.text().empty())
    return InvalidArgument(fmt::format("charter: {}", error.text()));
  internal::FillCharterDefaults(&out.proto_);
  ASSIGN_OR_RETURN(out.members_, internal::ReadMembers(out.proto_), "charter");
  ASSIGN_OR_RETURN(out.founded_at_, ReadFounding(out.proto_.founded_at()), "charter");
  out.text_ = std::string(text);
  RETURN_IF_ERROR(internal::CheckCharter(out), "charter");
  out.hash_ = Sha256<CharterHash>(AsBytes(out.text_));
  if (out.version() == 1) {
    out.ledger_id_ = Sha256<LedgerId>(AsBytes(out.text_));
    return out;
  }
  ASSIGN_OR_RETURN(out.ledger_id_, LedgerId::FromHex(out.proto_.ledger_id()), "charter: ledger_id");
  ASSIGN_OR_RETURN(out.previous_, CharterHash::FromHex(out.proto_.previous()), "charter: previous");
  return out;
}

Charter Charter::UnderRulesOf(const Charter& older) const {
  Charter out = *this;
  const v1::Charter& old = older.proto_;
  *out.proto_.mutable_deadlines() = old.deadlines();
  *out.proto_.mutable_catalogue() = old.catalogue();
  *out.proto_.mutable_case_rules() = old.case_rules();
  const std::vector<std::string> names = MembersOfRole(v1::MEDIATOR);
  const MemberSet mediators(names.begin(), names.end());
  const auto keep = [&](const v1::Policy& policy, v1::Policy* kept) {
    if (PolicyMet(policy, *this, mediators)) *kept = policy;
  };
  v1::Policies* policies = out.proto_.mutable_policies();
  keep(old.policies().verdict(), policies->mutable_verdict());
  keep(old.policies().appeal(), policies->mutable_appeal());
  keep(old.policies().close(), policies->mutable_close());
  keep(old.policies().redact(), policies->mutable_redact());
  keep(old.policies().screen(), policies->mutable_screen());
  return out;
}

size_t Charter::quorum() const { return members_.size() - (members_.size() - 1) / 3; }

const CharterMember* Charter::FindMember(std::string_view name) const {
  const std::optional<size_t> index = IndexOf(name);
  return index ? &members_[*index] : nullptr;
}

std::optional<size_t> Charter::IndexOf(std::string_view name) const {
  const auto it = std::find_if(members_.begin(), members_.end(),
                               [name](const CharterMember& member) { return member.name == name; });
  if (it == members_.end()) return std::nullopt;
  return static_cast<size_t>(it - members_.begin());
}

std::vector<std::string> Charter::MembersOfRole(v1::Role role) const {
  std::vector<std::string> out;
  for (const CharterMember& member : members_)
    if (member.role == role) out.push_back(member.name);
  return out;
}

const v1::EventType* Charter::FindEventType(std::string_view code) const {
  for (const v1::EventType& type : proto_.catalogue())
    if (type.code() == code) return &type;
  return nullptr;
}

std::string Charter::RootKeyName(std::string_view member) const {
  return fmt::format("{}/{}/root", origin(), member);
}

std::string Charter::CosignerKeyName(std::string_view member) const {
  return fmt::format("{}/{}", origin(), member);
}

}  // namespace parley::rules
