#pragma once

#include "ledger/rules/step.h"

namespace parley::rules {

// What a ScreenCase does once its policy is met.
Status AdoptScreening(const Step& step, v1::CaseState* file, const v1::MotionState& motion);

}  // namespace parley::rules
