// Any bytes as a consensus message, a certificate, a proof and a stored slot: nothing crashes, and
// what is accepted has exactly these bytes as its one encoding.

#include "node/consensus/codec.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/sim/toy_app.h"

namespace {

using parley::AsBytes;
using parley::LedgerId;

void Same(const std::string& again, parley::ByteSpan in) {
  if (again != parley::AsText(in)) __builtin_trap();
}

}  // namespace

FUZZ_TARGET(consensus_message) {
  namespace c = parley::consensus;
  const parley::ByteSpan in(data, size);
  const LedgerId id;
  parley::sim::ToyApp parser;
  if (const auto m = c::DecodeMessage(id, in, parser); m.ok()) Same(c::EncodeMessage(id, *m), in);
  if (const auto v = c::DecodeCertificate(id, in); v.ok()) Same(c::EncodeCertificate(id, *v), in);
  if (const auto v = c::DecodeSignedVote(id, in); v.ok()) Same(c::EncodeSignedVote(id, *v), in);
  if (const auto v = c::DecodeEvidence(id, in); v.ok()) Same(c::EncodeEvidence(id, *v), in);
  if (const auto v = c::DecodeStoredSlot(id, in); v.ok()) Same(c::EncodeStoredSlot(id, *v), in);
  return 0;
}
