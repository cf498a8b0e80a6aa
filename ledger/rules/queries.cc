#include "ledger/rules/queries.h"

#include <algorithm>
#include <map>
#include <set>

#include "ledger/record/names.h"
#include "ledger/rules/charter_book.h"
#include "ledger/rules/obligations.h"
#include "ledger/rules/parties.h"
#include "ledger/rules/state_keys.h"
#include "ledger/rules/workspace.h"

namespace parley::rules {
namespace {

ObligationView ToView(const v1::ObligationState& obligation) {
  return {obligation.case_id(), obligation.kind(), obligation.member(),
          static_cast<TimeMs>(obligation.due_ms())};
}

// True when a key wrote in the case after the moment since which it is suspect.
StatusOr<bool> HasSuspectAuthor(const StateView& state, const v1::CaseState& file) {
  for (const v1::AuthorState& author : file.authors()) {
    ASSIGN_OR_RETURN(const KeyId id, KeyId::FromBytes(author.key_id()));
    ASSIGN_OR_RETURN(const std::optional<v1::KeyState> key,
                     ReadState<v1::KeyState>(state, keys::Key(id)));
    if (key && key->suspect_since_ms() != 0 && author.last_ms() > key->suspect_since_ms())
      return true;
  }
  return false;
}

StatusOr<CaseView> ToView(const StateView& state, const v1::CaseState& file) {
  CaseView out;
  out.case_id = file.case_id();
  out.state = StageName(file.stage());
  out.event_type = file.event_type();
  out.reporter = file.reporter();
  out.place = file.place();
  out.urgency = v1::Urgency_Name(file.urgency());
  const MemberSet alleged = AllegedMembers(file);
  out.alleged.assign(alleged.begin(), alleged.end());
  out.flags.assign(file.flags().begin(), file.flags().end());
  ASSIGN_OR_RETURN(const bool suspect, HasSuspectAuthor(state, file));
  if (suspect) out.flags.emplace_back("SUSPECT_KEY");
  out.opened_at = static_cast<TimeMs>(file.opened_at_ms());
  out.updated_at = static_cast<TimeMs>(file.updated_at_ms());
  out.entries = file.entries();
  out.last_entry_plus_1 = file.last_entry_plus_1();
  return out;
}

// Ids that people type are checked before they become keys.
Status CheckCaseId(std::string_view case_id) {
  return Annotate(record::CaseNumber::Parse(case_id).status(), "case id");
}

// Whether the obligation is the member's own or its role's.
bool Owes(const Charter& charter, const std::string& member, const v1::ObligationState& owed) {
  return owed.member() == member || (owed.member() == kMediators && IsMediator(charter, member));
}

}  // namespace

StatusOr<CaseView> GetCase(const StateView& state, std::string_view case_id) {
  RETURN_IF_ERROR(CheckCaseId(case_id));
  ASSIGN_OR_RETURN(const v1::CaseState file, ReadCase(state, case_id));
  return ToView(state, file);
}

StatusOr<std::shared_ptr<const Charter>> CharterOfCase(const StateView& state,
                                                       const Charter& in_force,
                                                       std::string_view case_id) {
  RETURN_IF_ERROR(CheckCaseId(case_id));
  ASSIGN_OR_RETURN(const v1::CaseState file, ReadCase(state, case_id));
  return CharterBook(in_force).ForCase(state, file.charter_version());
}

StatusOr<std::vector<CaseView>> ListCases(const StateView& state, std::string_view state_name,
                                          std::string_view after, size_t count_max) {
  if (!after.empty()) RETURN_IF_ERROR(CheckCaseId(after), "after");
  const std::string start = after.empty() ? std::string() : keys::Case(after);
  std::vector<v1::CaseState> files;
  bool readable = true;
  const auto visit = [&](std::string_view, std::string_view value) {
    if (files.size() >= count_max) return false;
    v1::CaseState file;
    readable = file.ParseFromString(std::string(value));
    if (readable && (state_name.empty() || StageName(file.stage()) == state_name))
      files.push_back(std::move(file));
    return readable;
  };
  RETURN_IF_ERROR(state.ScanAfter(keys::kCasePrefix, start, visit));
  if (!readable) return DataLoss("state: a case is damaged");
  std::vector<CaseView> out;
  for (const v1::CaseState& file : files) {
    ASSIGN_OR_RETURN(CaseView view, ToView(state, file));
    out.push_back(std::move(view));
  }
  return out;
}

StatusOr<ObligationPage> ListObligations(const StateView& state, const Charter& charter,
                                         std::string_view member, std::string_view after,
                                         size_t count_max) {
  ObligationPage out;
  std::string last;
  bool readable = true;
  const auto visit = [&](std::string_view key, std::string_view value) {
    v1::ObligationState owed;
    readable = owed.ParseFromString(std::string(value));
    if (!readable) return false;
    if (!member.empty() && !Owes(charter, std::string(member), owed)) return true;
    if (out.obligations.size() >= count_max) {  // there is at least one more
      out.next = std::move(last);
      return false;
    }
    out.obligations.push_back(ToView(owed));
    last = key;
    return true;
  };
  RETURN_IF_ERROR(state.ScanAfter(keys::kDuePrefix, after, visit));
  if (!readable) return DataLoss("state: an obligation is damaged");
  return out;
}

StatusOr<std::vector<ObligationView>> CaseObligations(const StateView& state,
                                                      std::string_view case_id) {
  RETURN_IF_ERROR(CheckCaseId(case_id));
  ASSIGN_OR_RETURN(const std::vector<v1::ObligationState> all, ObligationsOfCase(state, case_id));
  std::vector<ObligationView> out;
  out.reserve(all.size());
  for (const v1::ObligationState& obligation : all) out.push_back(ToView(obligation));
  std::stable_sort(out.begin(), out.end(),
                   [](const ObligationView& a, const ObligationView& b) { return a.due < b.due; });
  return out;
}

StatusOr<v1::KeyState> GetKey(const StateView& state, const KeyId& key) {
  ASSIGN_OR_RETURN(std::optional<v1::KeyState> held,
                   ReadState<v1::KeyState>(state, keys::Key(key)));
  if (!held) return NotFound(fmt::format("key {} was never enrolled", key));
  return *std::move(held);
}

StatusOr<std::vector<v1::KeyState>> ListKeys(const StateView& state) {
  std::vector<v1::KeyState> out;
  bool readable = true;
  RETURN_IF_ERROR(state.Scan(keys::kKeyPrefix, [&](std::string_view, std::string_view value) {
    readable = out.emplace_back().ParseFromString(std::string(value));
    return readable;
  }));
  if (!readable) return DataLoss("state: a key is damaged");
  return out;
}

StatusOr<std::vector<ProvenView>> ListProven(const StateView& state) {
  struct Found {
    std::set<std::string> kinds;
    uint64_t proofs = 0;
    uint64_t first_index = UINT64_MAX;
  };
  std::map<std::string, Found> by_member;
  bool readable = true;
  const auto visit = [&](std::string_view key, std::string_view value) {
    // proof/<epoch>/<member>/<kind>/<number>
    const std::string_view rest = key.substr(keys::kProofPrefix.size());
    const size_t epoch = rest.find('/');
    const size_t member = epoch == rest.npos ? rest.npos : rest.find('/', epoch + 1);
    const size_t kind = member == rest.npos ? rest.npos : rest.find('/', member + 1);
    v1::ProofState place;
    readable = kind != rest.npos && place.ParseFromString(std::string(value));
    if (!readable) return false;
    Found& found = by_member[std::string(rest.substr(epoch + 1, member - epoch - 1))];
    found.kinds.emplace(rest.substr(member + 1, kind - member - 1));
    ++found.proofs;
    found.first_index = std::min(found.first_index, place.index());
    return true;
  };
  RETURN_IF_ERROR(state.Scan(keys::kProofPrefix, visit));
  if (!readable) return DataLoss("state: a proof's place is damaged");
  std::vector<ProvenView> out;
  out.reserve(by_member.size());
  for (auto& [member, found] : by_member)
    out.push_back(
        {member, {found.kinds.begin(), found.kinds.end()}, found.proofs, found.first_index});
  return out;
}

}  // namespace parley::rules
