#pragma once

// The parties of a case: who is concerned, who has answered, who has commented. Computed from the
// accounts after every change of them.

#include <string_view>

#include "ledger/rules/step.h"

namespace parley::rules {

// The account of this record id, or nullptr.
v1::AccountState* FindAccount(v1::CaseState* file, std::string_view record_id);
bool HasLiveAccount(const v1::CaseState& file, std::string_view member);
bool AnyLiveAccount(const v1::CaseState& file);

// nullptr when the member has never been concerned.
const v1::PartyState* FindParty(const v1::CaseState& file, std::string_view member);
v1::PartyState* FindParty(v1::CaseState* file, std::string_view member);

// Concerned: reports (with an account that is not withdrawn) or is alleged against, and is a PARTY.
inline bool IsConcerned(const v1::PartyState& party) {
  return party.alleged() || party.reporting();
}
bool IsConcerned(const v1::CaseState& file, std::string_view member);

inline bool AwaitsAnswer(const v1::PartyState& party) {
  return party.alleged() && !party.responded() && !party.respond_lapsed();
}
inline bool AwaitsComment(const v1::PartyState& party) {
  return IsConcerned(party) && !party.commented() && !party.comment_lapsed();
}

// Members that an account which is not withdrawn, of another member, alleges against.
MemberSet AllegedMembers(const v1::CaseState& file);

// Sets who is alleged and who reports from the accounts; nobody is ever removed from the list.
void UpdateParties(const Charter& charter, v1::CaseState* file);

// A new round of comments: nobody has commented yet.
void ResetComments(v1::CaseState* file);

}  // namespace parley::rules
