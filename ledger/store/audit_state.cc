// The rules' state against the one that executing every block again gives.

#include <google/protobuf/util/message_differencer.h>

#include <memory>
#include <utility>

#include "ledger/archive/file_set.h"
#include "ledger/rules/state_keys.h"
#include "ledger/store/database_audit.h"
#include "parley/v1/state.pb.h"

namespace parley::store {
namespace {

namespace pb = google::protobuf;
constexpr size_t kNamedConsequences = 10;

struct Kind {
  std::string_view prefix;
  const pb::Message* form;
  std::string_view word;
};

// Longer prefixes stand before those they begin with.
const Kind* KindOf(std::string_view key) {
  static const std::vector<Kind> kinds = {
      {"charter/current", &v1::CharterState::default_instance(), "the charter in force"},
      {"charter/version/", &v1::CharterVersionState::default_instance(), "charter version"},
      {"charter/hash/", &v1::CharterHashState::default_instance(), "charter"},
      {"charter/proposed/", &v1::ProposalState::default_instance(), "charter proposed by"},
      {"case/", &v1::CaseState::default_instance(), "case"},
      {"obl/", &v1::ObligationState::default_instance(), "obligation in case"},
      {"due/", &v1::ObligationState::default_instance(), "obligation due"},
      {"key/", &v1::KeyState::default_instance(), "key"},
      {"officer/", &v1::OfficerState::default_instance(), "officer"},
      {"record/", &v1::RecordState::default_instance(), "record"},
      {"counter/", &v1::CounterState::default_instance(), "number of cases in"},
  };
  for (const Kind& kind : kinds) {
    if (key.starts_with(kind.prefix)) return &kind;
  }
  return nullptr;
}

std::unique_ptr<pb::Message> Parse(const Kind* kind, std::string_view value) {
  if (kind == nullptr) return nullptr;
  std::unique_ptr<pb::Message> out(kind->form->New());
  if (!out->ParseFromArray(value.data(), static_cast<int>(value.size()))) return nullptr;
  return out;
}

std::string_view TextField(const pb::Message& m, const std::string& name, std::string* scratch) {
  const pb::FieldDescriptor* field = m.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() ||
      field->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING)
    return {};
  return m.GetReflection()->GetStringReference(m, field, scratch);
}

// "case 2025-00000001", "key 4f2a... of north/anna", "record ... in case 2025-0001".
std::string Concerns(std::string_view key, std::string_view value) {
  const Kind* kind = KindOf(key);
  if (kind == nullptr) return "an unknown key";
  std::string out =
      fmt::format("{} {}", kind->word, archive::Printable(key.substr(kind->prefix.size())));
  const auto message = Parse(kind, value);
  if (message == nullptr) return out;
  std::string scratch;
  if (const auto member = TextField(*message, "member", &scratch); !member.empty()) {
    out += fmt::format(" of {}", archive::Printable(member));
    std::string more;
    const auto officer = TextField(*message, "officer", &more);
    if (!officer.empty()) out += fmt::format("/{}", archive::Printable(officer));
  }
  if (const auto id = TextField(*message, "case_id", &scratch); !id.empty())
    out += fmt::format(" (case {})", archive::Printable(id));
  return out;
}

// Which fields differ, as far as both values can be read.
std::string Difference(std::string_view key, std::string_view want, std::string_view held) {
  const Kind* kind = KindOf(key);
  const auto a = Parse(kind, want);
  const auto b = Parse(kind, held);
  if (a == nullptr || b == nullptr) return "it cannot be read";
  std::string text;
  pb::util::MessageDifferencer differ;
  differ.ReportDifferencesToString(&text);
  if (differ.Compare(*a, *b)) return "it has another byte form";
  for (char& c : text) c = c == '\n' ? ';' : c;
  return archive::Printable(text);
}

class StatePass {
 public:
  explicit StatePass(DatabaseAudit& audit) : audit_(audit) {
    const Status scanned =
        audit.replayed.state.Scan("", [&](std::string_view key, std::string_view value) {
          want_.emplace_back(key, value);
          return true;
        });
    static_cast<void>(scanned);  // a map in memory does not fail
  }

  void Run() {
    const bool all = audit_.ForEachRow(
        Family::kState, [&](std::string_view key, std::string_view value) { Take(key, value); });
    for (; all && next_ < want_.size(); ++next_) Missing(want_[next_]);
    if (consequences_ > 0)
      audit_.Add(
          "state",
          fmt::format("{} keys differ from what the entries give, which may follow from what "
                      "is wrong with entry {}: {}{}",
                      consequences_, audit_.replayed.cause.value_or(0), fmt::join(named_, ", "),
                      consequences_ > named_.size() ? ", ..." : ""),
          Family::kState, named_.front());
  }

 private:
  using Row = std::pair<std::string_view, std::string_view>;

  void Take(std::string_view key, std::string_view value) {
    for (; next_ < want_.size() && want_[next_].first < key; ++next_) Missing(want_[next_]);
    if (next_ == want_.size() || want_[next_].first != key) {
      Differs(key, fmt::format("{}: no entry of the ledger gives it", Concerns(key, value)));
      return;
    }
    const std::string_view want = want_[next_++].second;
    if (want != value)
      Differs(key, fmt::format("{}: it was changed, compared with what the entries give: {}",
                               Concerns(key, want), Difference(key, want, value)));
  }

  void Missing(const Row& row) {
    Differs(row.first, fmt::format("{}: it is missing", Concerns(row.first, row.second)));
  }

  // Only an exact replay says what the members' state is.
  void Differs(std::string_view key, std::string detail) {
    if (audit_.replayed.exact) {
      audit_.Add("state", std::move(detail), Family::kState, key);
      return;
    }
    ++consequences_;
    if (named_.size() < kNamedConsequences) named_.emplace_back(archive::Printable(key));
  }

  DatabaseAudit& audit_;
  std::vector<Row> want_;
  size_t next_ = 0;
  uint64_t consequences_ = 0;
  std::vector<std::string> named_;
};

}  // namespace

void CheckState(DatabaseAudit& audit) { StatePass(audit).Run(); }

}  // namespace parley::store
