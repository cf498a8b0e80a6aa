// Any sequence of messages into a core whose verifier believes every signature: nothing crashes, no
// view gets both a nullify and a finalize vote or two of one kind, and memory stays bounded.
// Input: chunks of sender (1 byte), length (2 bytes, big-endian) and a message without its header
// (domain and ledger id, which are put in front).

#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "crypto/encoding.h"
#include "node/consensus/codec.h"
#include "node/consensus/core.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/sim/toy_app.h"
#include "tests/sim/toy_crypto.h"

namespace {

using namespace parley::consensus;  // NOLINT: test support
using parley::SteadyMs;

class Gullible final : public Verifier {
 public:
  bool Verify(const parley::PublicKey&, parley::ByteSpan, const parley::Signature&) override {
    return true;
  }
};

struct Harness {
  Harness() {
    config.members = parley::sim::ToyKeys(4);
    config.first_block = parley::sim::ToyGenesis();
    config.ask_before_voting = false;
    config.watch_own_key = false;  // with a gullible verifier anyone can speak for us
    Restored nothing;
    nothing.tip = config.first_block;
    core = std::move(*Core::Create(config, app, signer, verifier, nothing));
    app.Submit("a record");
  }
  void Step(const Event& event) {
    now += 100;
    const Effects effects = core->Step(event, SteadyMs{now});
    for (const Persist& p : effects.persist) {
      const auto* vote = std::get_if<persist::MyVote>(&p);
      if (vote == nullptr) continue;
      const Vote& v = vote->vote.vote;
      if (!cast.emplace(v.view, v.kind, v.first).second) __builtin_trap();
      if (IsNullification(v.kind)) given_up.emplace_back(FirstOf(v), v.view);
      if (v.kind == VoteKind::kFinalize) finalized.push_back(v.view);
      for (const View f : finalized) {
        for (const auto& [first, last] : given_up)
          if (first <= f && f <= last) __builtin_trap();
      }
    }
    const CoreStatus s = core->Status();
    if (s.held_slots > 2'000 || s.held_blocks > 2'000) __builtin_trap();
  }

  CoreConfig config;
  parley::sim::ToyApp app;
  parley::sim::ToySigner signer{0};
  Gullible verifier;
  std::unique_ptr<Core> core;
  uint64_t now = 1'000;
  std::set<std::tuple<View, VoteKind, View>> cast;
  std::vector<std::pair<View, View>> given_up;
  std::vector<View> finalized;
};

}  // namespace

FUZZ_TARGET(consensus_core) {
  Harness h;
  h.Step(event::Tick{});
  size_t at = 0;
  for (int steps = 0; steps < 500 && at + 3 <= size; ++steps) {
    const uint8_t from = data[at];
    const size_t length =
        std::min<size_t>(static_cast<size_t>(data[at + 1]) << 8 | data[at + 2], size - at - 3);
    parley::Encoder message("parley/consensus/v1");
    message.Fixed(parley::LedgerId()).Raw({data + at + 3, length});
    at += 3 + length;
    auto m = DecodeMessage(parley::LedgerId(), message.bytes(), h.app);
    if (m.ok()) h.Step(event::Received{static_cast<MemberIndex>(from % 5), std::move(*m)});
    if (from >= 0x80) h.Step(event::Tick{});
  }
  return 0;
}
