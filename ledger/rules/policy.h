#pragma once

// Policies: who must consent. A small tree (parley.v1.Policy) evaluated over sets of members. A
// member counts once, however often it is named.

#include <set>
#include <string>

#include "ledger/rules/charter.h"
#include "parley/v1/charter.pb.h"

namespace parley::rules {

using MemberSet = std::set<std::string>;

// True when the consent of `approving` satisfies the policy.
bool PolicyMet(const v1::Policy& policy, const Charter& charter, const MemberSet& approving);

// Every member whose consent the policy can count.
MemberSet PolicyMembers(const v1::Policy& policy, const Charter& charter);

// "all MEDIATORs", "2 of (north, 1 MEDIATOR)": for messages.
std::string DescribePolicy(const v1::Policy& policy);

}  // namespace parley::rules
