// Policies: comments and spacing get lost, the meaning does not.

#include "ledger/note/policy.h"
#include "tests/fuzz/fuzz_target.h"

using parley::note::Policy;

FUZZ_TARGET(policy) {
  const auto policy = Policy::Parse(parley::AsText({data, size}));
  if (!policy.ok()) return 0;
  const auto again = Policy::Parse(policy->Serialize());
  if (!again.ok() || *again != *policy) __builtin_trap();
  if (again->Serialize() != policy->Serialize()) __builtin_trap();
  return 0;
}
