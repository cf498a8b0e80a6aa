// Record envelopes: what is accepted is canonical, within its limits, and reads the same again.

#include "ledger/record/record.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(record) {
  const std::string bytes(parley::AsText({data, size}));
  const auto parsed = parley::record::ParsedRecord::Parse(bytes);
  if (!parsed.ok()) return 0;
  if (parsed->envelope() != bytes) __builtin_trap();
  if (!parley::record::CheckShape(parsed->record()).ok()) __builtin_trap();
  parley::v1::Envelope envelope;
  envelope.set_payload(parley::record::CanonicalBytes(parsed->record()));
  envelope.set_key_id(parsed->key_id().ToString());
  envelope.set_signature(parsed->signature().ToString());
  if (parley::record::CanonicalBytes(envelope) != bytes) __builtin_trap();
  return 0;
}
