#pragma once

#include "ledger/rules/acts/act.h"

namespace parley::rules {

// A proposed verdict against charter and ledger time: members named exist, and every remedy's date
// lies between now and the charter's remedy_max_s. Returns what the state keeps of it.
StatusOr<v1::VerdictState> ReadVerdict(const Act& act, const v1::Verdict& verdict);

}  // namespace parley::rules
