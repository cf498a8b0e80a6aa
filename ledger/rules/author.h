#pragma once

// Who wrote a record, and whether it is the next one of its author: before any act is looked at.

#include "ledger/rules/executor.h"
#include "ledger/rules/step.h"

namespace parley::rules {

// OK when the record belongs to this ledger and names a charter of it, its key is enrolled for the
// member and officer that it names and not revoked, the signature verifies, and sequence and
// previous continue the key's chain. Codes are those of Executor::CheckRecord.
Status CheckAuthor(const Charter& charter, const StateView& state, const SignatureCheck& verify,
                   const record::ParsedRecord& record);

// Enters the record into its key's chain and into the index of record ids.
Status RecordAuthorship(const Step& step, const record::ParsedRecord& record,
                        const std::string& case_id);

}  // namespace parley::rules
