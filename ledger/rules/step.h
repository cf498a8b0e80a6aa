#pragma once

// What every act and lapse works with, and small reads of a case that many of them share.

#include <string>
#include <string_view>

#include "base/time.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/charter_book.h"
#include "ledger/rules/policy.h"
#include "ledger/rules/workspace.h"
#include "parley/v1/state.pb.h"

namespace parley::rules {

using Stage = v1::CaseState::Stage;

// One step of the ledger: what one entry changes. Borrows everything.
struct Step {
  const Charter& charter;  // in force; within a case, today's members under the case's own rules
  const CharterBook& book;
  Workspace& state;
  TimeMs now;       // the block's
  uint64_t height;  // the block's
  uint64_t index;   // of the entry being made

  const v1::Deadlines& deadlines() const { return charter.proto().deadlines(); }
  // `seconds` after now, never after the end of time.
  TimeMs After(uint64_t seconds) const;
};

// "REPORTED", ...
std::string StageName(Stage stage);
bool IsMediator(const Charter& charter, std::string_view member);

// Adds a flag once; flags stay sorted.
void AddFlag(v1::CaseState* file, std::string_view flag);
bool HasFlag(const v1::CaseState& file, std::string_view flag);

// Whether a list of names holds one.
template <class List>
bool Holds(const List& list, std::string_view name) {
  for (const auto& item : list)
    if (item == name) return true;
  return false;
}

// NOT_FOUND when there is no such case.
StatusOr<v1::CaseState> ReadCase(const StateView& state, std::string_view case_id);

// What the charter calls for between answers and verdict: comments at once, or a verification.
bool VerdictNeedsVerification(const Charter& charter);

}  // namespace parley::rules
