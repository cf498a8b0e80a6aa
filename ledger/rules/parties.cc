#include "ledger/rules/parties.h"

#include <algorithm>

namespace parley::rules {
namespace {

v1::PartyState* FindOrAddParty(v1::CaseState* file, const std::string& member) {
  if (v1::PartyState* found = FindParty(file, member); found != nullptr) return found;
  file->add_parties()->set_member(member);
  std::sort(
      file->mutable_parties()->begin(), file->mutable_parties()->end(),
      [](const v1::PartyState& a, const v1::PartyState& b) { return a.member() < b.member(); });
  return FindParty(file, member);
}

}  // namespace

v1::AccountState* FindAccount(v1::CaseState* file, std::string_view record_id) {
  for (v1::AccountState& account : *file->mutable_accounts())
    if (account.record_id() == record_id) return &account;
  return nullptr;
}

bool HasLiveAccount(const v1::CaseState& file, std::string_view member) {
  return std::any_of(file.accounts().begin(), file.accounts().end(),
                     [member](const v1::AccountState& account) {
                       return !account.withdrawn() && account.member() == member;
                     });
}

bool AnyLiveAccount(const v1::CaseState& file) {
  return std::any_of(file.accounts().begin(), file.accounts().end(),
                     [](const v1::AccountState& account) { return !account.withdrawn(); });
}

const v1::PartyState* FindParty(const v1::CaseState& file, std::string_view member) {
  for (const v1::PartyState& party : file.parties())
    if (party.member() == member) return &party;
  return nullptr;
}

v1::PartyState* FindParty(v1::CaseState* file, std::string_view member) {
  for (v1::PartyState& party : *file->mutable_parties())
    if (party.member() == member) return &party;
  return nullptr;
}

bool IsConcerned(const v1::CaseState& file, std::string_view member) {
  const v1::PartyState* party = FindParty(file, member);
  return party != nullptr && IsConcerned(*party);
}

MemberSet AllegedMembers(const v1::CaseState& file) {
  MemberSet out;
  for (const v1::AccountState& account : file.accounts()) {
    if (account.withdrawn()) continue;
    for (const std::string& member : account.alleged())
      if (member != account.member()) out.insert(member);
  }
  return out;
}

void UpdateParties(const Charter& charter, v1::CaseState* file) {
  const MemberSet alleged = AllegedMembers(*file);
  for (const std::string& member : charter.MembersOfRole(v1::PARTY)) {
    const bool is_alleged = alleged.count(member) > 0;
    const bool is_reporting = HasLiveAccount(*file, member);
    if (!is_alleged && !is_reporting && FindParty(file, member) == nullptr) continue;
    v1::PartyState* party = FindOrAddParty(file, member);
    party->set_alleged(is_alleged);
    party->set_reporting(is_reporting);
  }
}

void ResetComments(v1::CaseState* file) {
  for (v1::PartyState& party : *file->mutable_parties()) {
    party.set_comment_due_ms(0);
    party.set_commented(false);
    party.set_comment_lapsed(false);
  }
}

}  // namespace parley::rules
