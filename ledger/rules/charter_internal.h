#pragma once

// Internal to this folder: the steps of reading a charter. Each refuses with INVALID_ARGUMENT that
// begins with the field.

#include <vector>

#include "ledger/rules/charter.h"

namespace parley::rules::internal {

// Fills every absent policy, deadline, timing and the catalogue with the defaults of docs/rules.md.
void FillCharterDefaults(v1::Charter* charter);

// Names, roles, keys and certificates: everything that one member or two members can get wrong.
StatusOr<std::vector<CharterMember>> ReadMembers(const v1::Charter& charter);

// Everything else, with defaults filled in: origin, version, policies, deadlines, timing,
// catalogue.
Status CheckCharter(const Charter& charter);

}  // namespace parley::rules::internal
