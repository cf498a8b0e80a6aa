#pragma once

// How a case moves: the transitions of docs/rules.md, "Stages of a case", each with the obligations
// that it ends and begins. Acts and lapses call these; nothing else sets a case's stage.

#include "ledger/rules/step.h"

namespace parley::rules {

// After an account, an answer or a comment came, or its deadline passed: brings parties and
// obligations up to date, and moves on as far as nothing is awaited.
Status Advance(const Step& step, v1::CaseState* file);

// REPORTED -> ADMITTED, and on.
Status Admit(const Step& step, v1::CaseState* file);
// -> REJECTED, MERGED or WITHDRAWN: nothing is owed any more.
Status EndCase(const Step& step, v1::CaseState* file, Stage stage);

// -> VERIFYING: findings are owed.
Status EnterVerifying(const Step& step, v1::CaseState* file);
// -> FOUND with nothing established, and on when nobody is to comment.
Status EnterFound(const Step& step, v1::CaseState* file);

// -> DRAFTED: the motion is the draft.
Status EnterDrafted(const Step& step, v1::CaseState* file);
// -> DEADLOCKED. The time to get out of it is set at the first deadlock of a round, and redrafting
// does not lengthen it: otherwise who wants no verdict could redraft for ever.
Status EnterDeadlocked(const Step& step, v1::CaseState* file);
// -> DECIDED: the appeal window opens.
Status EnterDecided(const Step& step, v1::CaseState* file, const v1::VerdictState& verdict);
// -> DECIDED as UNDETERMINED, because the mediators did not decide. The drafts are kept.
Status DecideUndetermined(const Step& step, v1::CaseState* file);
// -> APPEALED
Status EnterAppealed(const Step& step, v1::CaseState* file);
// -> FINAL, and with remedies at once REMEDY_DUE.
Status EnterFinal(const Step& step, v1::CaseState* file);
// The appeal sets the verdict aside: a new round begins with a verification.
Status SetAside(const Step& step, v1::CaseState* file);

// -> REMEDY_DUE or REMEDY_OVERDUE as the remedies stand; CLOSED when all are accepted.
Status UpdateRemedyStage(const Step& step, v1::CaseState* file);
// -> CLOSED
Status Close(const Step& step, v1::CaseState* file);

// Forgets what waits for endorsement, and that anybody owes one.
Status DropMotion(const Step& step, v1::CaseState* file);

}  // namespace parley::rules
