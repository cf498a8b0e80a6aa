#pragma once

// What happens when a deadline passes: docs/rules.md, "Deadlines". The ledger itself moves the case
// on, with nobody's consent, so that silence stops nothing.

#include "ledger/rules/step.h"
#include "parley/v1/entry.pb.h"

namespace parley::rules {

// The obligation has been taken out of the state already.
Status ApplyLapse(const Step& step, const v1::ObligationState& obligation, v1::CaseState* file);

// The Lapse event that goes into the ledger. What a role owed names no member.
v1::Lapse LapseEvent(const v1::ObligationState& obligation);

}  // namespace parley::rules
