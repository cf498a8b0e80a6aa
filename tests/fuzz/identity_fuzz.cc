// The URI that says who is at the other end: what is accepted has one spelling and one reading.

#include "crypto/bytes.h"
#include "crypto/identity.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(identity) {
  const std::string_view text = parley::AsText({data, size});
  const auto identity = parley::Identity::FromUri(text);
  if (!identity.ok()) return 0;
  if (identity->ToUri() != text) __builtin_trap();
  if (!parley::IsOrigin(identity->origin) || !parley::IsName(identity->member) ||
      !parley::IsName(identity->name))
    __builtin_trap();
  const auto again =
      parley::Identity::Create(identity->origin, identity->member, identity->role, identity->name);
  if (!again.ok() || !(*again == *identity)) __builtin_trap();
  return 0;
}
