#include "ledger/record/enrolment.h"

#include "crypto/encoding.h"

namespace parley::record {

Bytes EnrolmentBytes(const LedgerId& ledger, std::string_view member, std::string_view officer) {
  return Encoder("parley/enrol/v1").Fixed(ledger).Var(member).Var(officer).Take();
}

}  // namespace parley::record
