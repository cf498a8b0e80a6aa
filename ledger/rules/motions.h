#pragma once

// Motions: records that take effect when their policy is met by distinct members' endorsements
// (ScreenCase, ProposeVerdict, DecideAppeal, CloseCase). To propose counts as the proposer's own
// approval. A case has at most one motion at a time.

#include "ledger/rules/step.h"

namespace parley::rules {

// Makes it the case's motion and resolves it at once when the proposer alone satisfies the policy;
// otherwise everybody whom the policy names owes an endorsement. FAILED_PRECONDITION when the
// policy could not be met at all.
Status OpenMotion(const Step& step, v1::CaseState* file, v1::MotionState motion);

// One member's endorsement of the case's motion: adopts the motion when the policy is met, and
// drops it when dissent has made that impossible.
Status EndorseMotion(const Step& step, v1::CaseState* file, const std::string& member,
                     v1::Endorse::Choice choice);

// Who was to endorse has left: the motion is judged by those who are left, and fails when nobody of
// them owes an endorsement any more.
Status ReviewMotion(const Step& step, v1::CaseState* file);

// Nobody is left who owes an endorsement in time: the motion fails.
Status FailMotion(const Step& step, v1::CaseState* file);

// The policy that the case's motion must meet.
const v1::Policy& MotionPolicy(const Charter& charter, const v1::MotionState& motion);
// Endorse counts for those whom the policy names; parties concerned may speak, and are recorded.
bool MayEndorse(const Charter& charter, const v1::CaseState& file, const std::string& member);

}  // namespace parley::rules
