#include "tests/sim/describe.h"

#include <cstring>

#include "base/status.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr size_t kVoteBytes = 170;
constexpr size_t kSignerBytes = 65;

template <class Id>
std::string Short(const Id& id) {
  return id.ToHex().substr(0, 6);
}

struct Describer {
  std::string operator()(const SignedVote& m) const {
    constexpr const char* kNames[] = {"?", "notarize", "nullify", "finalize", "nullify range"};
    return fmt::format("{} e{} v{} by {} {}", kNames[static_cast<uint8_t>(m.vote.kind) % 5],
                       m.vote.epoch, m.vote.view, m.signer, Short(m.vote.slot));
  }
  std::string operator()(const Certificate& m) const {
    constexpr const char* kNames[] = {"?", "notarization", "nullification", "finalization"};
    return fmt::format("{} e{} v{} {}", kNames[static_cast<uint8_t>(m.vote.kind) % 5], m.vote.epoch,
                       m.vote.view, Short(m.vote.slot));
  }
  std::string operator()(const Proposal& m) const {
    return fmt::format("proposal e{} v{} {} h{} parent v{}", m.slot.epoch, m.slot.view,
                       m.slot.kind == SlotKind::kAppend ? "append" : "carry", m.slot.height,
                       m.slot.parent_view);
  }
  std::string operator()(const StatusMessage& m) const {
    return fmt::format("status e{} v{} final v{} h{}{}", m.epoch, m.view, m.last_final,
                       m.tip_height, m.ask ? " ask" : "");
  }
  std::string operator()(const SlotRequest& m) const { return "slot request " + Short(m.id); }
  std::string operator()(const SlotAnswer& m) const {
    return fmt::format("slot answer v{}", m.slot.view);
  }
  std::string operator()(const EvidenceMessage& m) const {
    return fmt::format("evidence E{} against {}", static_cast<uint8_t>(m.evidence.kind),
                       m.evidence.first.signer);
  }
};

template <class Id>
uint64_t Head(const Id& id) {
  uint64_t out = 0;
  std::memcpy(&out, id.bytes().data(), sizeof(out));
  return out;
}

uint64_t MixAll(std::initializer_list<uint64_t> values) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const uint64_t v : values) hash = (hash ^ v) * 0x100000001b3ULL;
  return hash;
}

struct Digester {
  uint64_t operator()(const SignedVote& m) const {
    return MixAll({1, static_cast<uint64_t>(m.vote.kind), ToInt(m.vote.epoch), ToInt(m.vote.view),
                   Head(m.vote.slot), ToInt(m.signer)});
  }
  uint64_t operator()(const Certificate& m) const {
    return MixAll({2, static_cast<uint64_t>(m.vote.kind), ToInt(m.vote.epoch), ToInt(m.vote.view),
                   Head(m.vote.slot), m.signers.size()});
  }
  uint64_t operator()(const Proposal& m) const {
    return MixAll({3, ToInt(m.slot.epoch), ToInt(m.slot.view), Head(m.slot.block),
                   Head(m.slot.justification)});
  }
  uint64_t operator()(const StatusMessage& m) const {
    return MixAll({4, ToInt(m.epoch), ToInt(m.view), ToInt(m.last_final), ToInt(m.tip_height)});
  }
  uint64_t operator()(const SlotRequest& m) const { return MixAll({5, Head(m.id)}); }
  uint64_t operator()(const SlotAnswer& m) const { return MixAll({6, ToInt(m.slot.view)}); }
  uint64_t operator()(const EvidenceMessage& m) const {
    return MixAll({7, static_cast<uint64_t>(m.evidence.kind), ToInt(m.evidence.first.signer)});
  }
};

size_t BytesOf(const Certificate& c) { return kVoteBytes + c.signers.size() * kSignerBytes; }
size_t BytesOf(const Justification& j) {
  size_t out = j.parent ? BytesOf(*j.parent) : 0;
  for (const Certificate& c : j.skips) out += BytesOf(c);
  return out;
}
size_t BytesOf(const std::optional<Block>& b) { return b && b->bytes ? b->bytes->size() : 0; }

struct Sizer {
  size_t operator()(const SignedVote&) const { return kVoteBytes; }
  size_t operator()(const Certificate& m) const { return BytesOf(m); }
  size_t operator()(const Proposal& m) const {
    return kVoteBytes + BytesOf(m.justification) + BytesOf(m.block);
  }
  size_t operator()(const StatusMessage&) const { return 120; }
  size_t operator()(const SlotRequest&) const { return 90; }
  size_t operator()(const SlotAnswer& m) const {
    return kVoteBytes + BytesOf(m.justification) + BytesOf(m.block);
  }
  size_t operator()(const EvidenceMessage&) const { return 3 * kVoteBytes; }
};

}  // namespace

std::string Describe(const Message& message) { return std::visit(Describer(), message); }
uint64_t Digest(const Message& message) { return std::visit(Digester(), message); }
size_t RoughBytes(const Message& message) { return std::visit(Sizer(), message); }

}  // namespace parley::sim
