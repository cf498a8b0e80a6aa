#pragma once

// What members say to each other about the order of blocks: slots, votes, certificates,
// justifications. Plain values; their byte formats are in node/consensus/codec.h and
// docs/formats.md, the protocol in docs/consensus.md.

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "crypto/sign.h"

namespace parley::consensus {

enum class Epoch : uint64_t {};
enum class View : uint64_t {};  // starts at 1 in every epoch; 0 stands for the epoch's first block
enum class Height : uint64_t {};  // the genesis block has height 0
enum class MemberIndex : uint8_t {
};  // position in the epoch's member list, which is sorted by name

// Whoever follows an epoch without being a member of it.
inline constexpr MemberIndex kObserver{255};

constexpr uint64_t ToInt(Epoch e) { return static_cast<uint64_t>(e); }
constexpr uint64_t ToInt(View v) { return static_cast<uint64_t>(v); }
constexpr uint64_t ToInt(Height h) { return static_cast<uint64_t>(h); }
constexpr size_t ToInt(MemberIndex m) { return static_cast<size_t>(m); }
constexpr View Next(View v) { return static_cast<View>(ToInt(v) + 1); }
constexpr auto format_as(Epoch e) { return ToInt(e); }
constexpr auto format_as(View v) { return ToInt(v); }
constexpr auto format_as(Height h) { return ToInt(h); }
constexpr auto format_as(MemberIndex m) { return ToInt(m); }

struct SlotIdTag {
  static constexpr std::string_view kName = "slot id";
};
using SlotId = FixedBytes<SlotIdTag, 32>;  // SHA-256 of the slot's bytes

// f = floor((n-1)/3) members may lie; q = n - f make a certificate.
constexpr size_t FaultyMax(size_t n) { return (n - 1) / 3; }
constexpr size_t Quorum(size_t n) { return n - FaultyMax(n); }

enum class SlotKind : uint8_t { kAppend = 1, kCarry = 2 };

// What one view votes on: a new block (append), or once more the parent's block (carry).
struct Slot {
  Epoch epoch{};
  View view{};
  SlotKind kind = SlotKind::kAppend;
  Height height{};
  BlockId block;
  View parent_view{};
  SlotId parent_slot;
  Hash justification;  // SHA-256 of the justification's bytes
  friend bool operator==(const Slot&, const Slot&) = default;
};

// A range vote says of every view from `first` to `view`: "I have not finalized in it and never
// will". A quorum of them nullifies a long run of views with one certificate (ranges.h).
enum class VoteKind : uint8_t { kNotarize = 1, kNullify = 2, kFinalize = 3, kNullifyRange = 4 };

// The signed content of a vote. For nullify and range votes slot, height and block are zero. A
// finalize vote reads: "at epoch e, view v, the ledger's tip is block B at height h".
struct Vote {
  VoteKind kind = VoteKind::kNotarize;
  Epoch epoch{};
  View view{};
  SlotId slot;
  Height height{};
  BlockId block;
  View first{};  // of a range vote: the first view that it is about, `view` is the last; else 0
  friend auto operator<=>(const Vote&, const Vote&) = default;
};

struct SignedVote {
  Vote vote;
  MemberIndex signer{};
  Signature signature;
  friend bool operator==(const SignedVote&, const SignedVote&) = default;
};

// At least q signatures of distinct members on one vote, in ascending member order. Signatures stay
// apart, so everyone can see who signed.
struct Certificate {
  struct Signer {
    MemberIndex member{};
    Signature signature;
    friend bool operator==(const Signer&, const Signer&) = default;
  };
  Vote vote;
  std::vector<Signer> signers;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

// Why a slot may be voted on: its parent is certified, every view in between is nullified.
struct Justification {
  std::optional<Certificate> parent;  // absent exactly when the parent is the epoch's first slot
  // Nullifications, of single views or ranges, which leave out no view from parent_view + 1 to
  // view - 1. In the order of the views; each goes further than the one before.
  std::vector<Certificate> skips;
  friend bool operator==(const Justification&, const Justification&) = default;
};

// A block as the core sees it: opaque bytes that the application has parsed. `id` is bound to all
// the bytes (header and records).
struct Block {
  BlockId id;
  BlockId parent;
  Height height{};
  Epoch epoch{};
  bool seal = false;  // ends its epoch: it changed members, keys or quorum rules
  std::shared_ptr<const std::string> bytes;  // shared: stored, sent and kept for re-proposal alike
};

struct Proposal {
  Slot slot;
  Justification justification;
  std::optional<Block> block;  // append only
  Signature signature;         // the leader's notarize vote for the slot
};

}  // namespace parley::consensus
