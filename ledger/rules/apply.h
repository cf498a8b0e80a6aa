#pragma once

// One record's act, from the table of acts to the state: finds the rule, asks whether stage and
// author allow it, and words the refusal so that its author knows what to do.

#include <string>

#include "ledger/rules/acts/act.h"

namespace parley::rules {

// What the entry that holds the record says of its case.
struct CaseLink {
  std::string case_id;         // empty when it concerns none
  uint64_t case_previous = 0;  // index + 1 of the case's previous entry; 0 for none
};

// Applies the act to step.state and enters it into its case's chain. On failure step.state is to be
// dropped.
StatusOr<CaseLink> ApplyAct(const Step& step, const record::ParsedRecord& record);

// Enters the step's entry into the case's chain and writes the case. Returns what the entry says.
CaseLink LinkEntry(const Step& step, v1::CaseState* file);

}  // namespace parley::rules
