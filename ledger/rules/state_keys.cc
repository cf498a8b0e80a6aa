#include "ledger/rules/state_keys.h"

#include "base/check.h"
#include "ledger/record/names.h"

namespace parley::rules::keys {
namespace {

std::string SortableCase(std::string_view case_id) {
  const auto number = record::CaseNumber::Parse(case_id);
  PARLEY_CHECK(number.ok());  // shapes are checked before keys are made
  return fmt::format("{:04}-{:08}", number->year, number->number);
}

}  // namespace

std::string CharterVersion(uint32_t version) {
  return fmt::format("charter/version/{:08}", version);
}

std::string CharterByHash(const CharterHash& hash) { return fmt::format("charter/hash/{}", hash); }

std::string RotatedAlone(std::string_view member) {
  return fmt::format("charter/alone/{}", member);
}
std::string Proposal(std::string_view member) {
  return fmt::format("{}{}", kProposalPrefix, member);
}

std::string Key(const KeyId& id) { return fmt::format("{}{}", kKeyPrefix, id); }

std::string Record(const RecordId& id) { return fmt::format("record/{}", id); }

std::string OfficerPrefix(std::string_view member) { return fmt::format("officer/{}/", member); }

std::string Officer(std::string_view member, std::string_view officer) {
  return fmt::format("officer/{}/{}", member, officer);
}

std::string Counter(int year) { return fmt::format("counter/{:04}", year); }

std::string Case(std::string_view case_id) {
  return fmt::format("{}{}", kCasePrefix, SortableCase(case_id));
}

std::string Due(const v1::ObligationState& obligation) {
  return fmt::format("{}{:016x}/{}/{}/{}", kDuePrefix, obligation.due_ms(),
                     SortableCase(obligation.case_id()), obligation.kind(), obligation.member());
}

std::string Obligation(std::string_view case_id, std::string_view kind, std::string_view member) {
  return fmt::format("obl/{}/{}/{}", SortableCase(case_id), kind, member);
}

std::string ObligationPrefix(std::string_view case_id) {
  return fmt::format("obl/{}/", SortableCase(case_id));
}

std::string OwedBy(const v1::ObligationState& obligation) {
  return fmt::format("{}{}/{}", OwedByPrefix(obligation.member()),
                     SortableCase(obligation.case_id()), obligation.kind());
}

std::string OwedByPrefix(std::string_view member) { return fmt::format("owes/{}/", member); }

std::string EpochStart(uint32_t version) { return fmt::format("epoch/{:08}", version); }

std::string Proof(uint64_t epoch, std::string_view member, std::string_view kind, uint64_t number) {
  return fmt::format("{}{:08}/{}/{}/{:016x}", kProofPrefix, epoch, member, kind, number);
}

std::string ProofCount(uint64_t epoch, std::string_view member, std::string_view kind) {
  return fmt::format("proofs/{:08}/{}/{}", epoch, member, kind);
}

}  // namespace parley::rules::keys
