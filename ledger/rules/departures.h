#pragma once

// What a member that leaves owes: it can do nothing any more, so nothing may lapse against it, and
// no case may wait for it.

#include <string>

#include "ledger/rules/step.h"

namespace parley::rules {

// Called when the charter without the member is in force in the state. Its obligations end; a
// motion that waited for its endorsement is judged by those who are left; a party that was to
// answer or comment is passed over; anybody may check a remedy that it was to check. The case bears
// the flag MEMBER_LEFT. Linear in what it owes.
Status ReleaseDeparted(const Step& step, const std::string& member);

}  // namespace parley::rules
