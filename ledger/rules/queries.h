#pragma once

// What people ask of the state: cases, obligations, author chains. Read-only; the same code serves
// a node's clients and an offline audit.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/sign.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/state.h"
#include "parley/v1/state.pb.h"

namespace parley::rules {

struct ObligationView {
  std::string case_id;
  std::string kind;    // SCREEN, RESPOND, COMMENT, VERDICT, ENDORSE, ...
  std::string member;  // a member's name, or a role such as "MEDIATOR"
  TimeMs due{};
};

struct CaseView {
  std::string case_id;
  std::string state;  // REPORTED, ADMITTED, ... as in docs/rules.md
  std::string event_type;
  std::string reporter;
  std::string place;
  std::string urgency;
  std::vector<std::string> alleged;
  std::vector<std::string> flags;
  TimeMs opened_at{};
  TimeMs updated_at{};
  uint64_t entries = 0;
  uint64_t last_entry_plus_1 = 0;  // head of the case's chain of entries
};

// NOT_FOUND when there is no such case.
StatusOr<CaseView> GetCase(const StateView& state, std::string_view case_id);
// Ascending case id, strictly after `after`; `state_name` empty: all. Stops after count_max.
StatusOr<std::vector<CaseView>> ListCases(const StateView& state, std::string_view state_name,
                                          std::string_view after, size_t count_max);

struct ObligationPage {
  std::vector<ObligationView> obligations;
  std::string next;  // where the next page begins; empty: this was the last
};
// Sorted by due time. Empty member: all; a member also owes what its role owes. `after` is an
// earlier page's `next`, or empty; at most count_max (1 or more) obligations.
StatusOr<ObligationPage> ListObligations(const StateView& state, const Charter& charter,
                                         std::string_view member, std::string_view after,
                                         size_t count_max);
StatusOr<std::vector<ObligationView>> CaseObligations(const StateView& state,
                                                      std::string_view case_id);
// The charter as it counts in this case: today's members under the rules that the case keeps.
StatusOr<std::shared_ptr<const Charter>> CharterOfCase(const StateView& state,
                                                       const Charter& in_force,
                                                       std::string_view case_id);
// "Respond by north (until 2026-...)", ...: what would be legal in the case now, and by whom.
StatusOr<std::vector<std::string>> LegalActs(const StateView& state, const Charter& charter,
                                             std::string_view case_id);

// The key's enrolment and where its author chain stands; NOT_FOUND when it was never enrolled.
StatusOr<v1::KeyState> GetKey(const StateView& state, const KeyId& key);
StatusOr<std::vector<v1::KeyState>> ListKeys(const StateView& state);

// What the ledger proves against a member.
struct ProvenView {
  std::string member;              // also one that has left
  std::vector<std::string> kinds;  // "C1", "E1", ...: each once, ascending
  uint64_t proofs = 0;
  uint64_t first_index = 0;  // of the first entry that holds one
};
// By name; only those against whom there is a proof.
StatusOr<std::vector<ProvenView>> ListProven(const StateView& state);

}  // namespace parley::rules
