#pragma once

// A dishonest member, for the system tests: an ordinary replica between a transport and a face that
// lie. It signs what its own replica never would (with the member's real node key), tells different
// peers different things, withholds, misstates where it is, and sends garbage. Or it votes as it
// should, and only hinders those who catch up.

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "node/consensus/codec.h"
#include "tests/system/replica_face.h"

namespace parley::byzantine {

// What is served to those who ask for blocks: this and that, or always the same.
enum class BlockLies { kAny, kStall, kGarbage };

// What is said in place of the truth. Thread-safe; the seed decides.
class Liar {
 public:
  Liar(const rules::Charter& charter, std::string_view member, SecretKey node_key, uint64_t seed);
  // Before use: no other lies than these, and about where it is.
  void OnlyHinder(BlockLies how) { hinders_ = how; }
  BlockLies block_lies() const { return hinders_.value_or(BlockLies::kAny); }

  using Bytes = std::shared_ptr<const std::string>;
  // What `to` gets in place of `message`.
  std::vector<Bytes> InsteadOf(const std::string& to, const Bytes& message);
  // Votes of all kinds for the view of a vote that was received.
  std::vector<Bytes> OnVote(const consensus::SignedVote& theirs);
  std::optional<consensus::Message> Parse(const std::string& message);
  std::vector<std::string> RecordsInsteadOf(const std::vector<std::string>& envelopes);
  std::string CheckpointInsteadOf(const std::string& note);  // empty: nothing
  std::string Garbage(size_t bytes_max);
  // True once in `n` times.
  bool OneIn(uint64_t n);

 private:
  using Messages = std::vector<consensus::Message>;
  Messages Lie(const std::string& to, const consensus::Proposal& m);
  Messages Lie(const std::string& to, const consensus::SignedVote& m);
  Messages Lie(const std::string& to, const consensus::Certificate& m);
  Messages Lie(const std::string& to, const consensus::StatusMessage& m);
  Messages Hinder(const consensus::Message& m);
  template <typename Honest>
  Messages Lie(const std::string&, const Honest& m) {
    if (OneIn(3)) return {};
    return {m};
  }
  consensus::SignedVote Sign(const consensus::Vote& vote) const;
  consensus::Vote Rival(const consensus::Vote& vote);
  Bytes Encode(const consensus::Message& message) const;
  uint64_t Draw(uint64_t below);

  const LedgerId ledger_;
  const consensus::MemberIndex self_;
  const SecretKey key_;
  const uint64_t seed_;
  std::optional<BlockLies> hinders_;
  Mutex mu_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mu_);
};

class LyingTransport final : public replica::Transport {
 public:
  // Borrows both.
  LyingTransport(Liar& liar, replica::Transport& real) : liar_(liar), real_(real) {}

  void SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) override;
  void SendRecords(const std::string& to,
                   std::shared_ptr<const std::vector<std::string>> envelopes) override;
  void SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) override;
  void FetchBlocks(const std::string& from, uint64_t first_height) override {
    real_.FetchBlocks(from, first_height);
  }

 private:
  Liar& liar_;
  replica::Transport& real_;
};

// The replica as server and links see it: it answers votes with lies, and keeps from its replica
// the proofs of what was signed in its name.
class LyingReplica final : public ReplicaFace {
 public:
  // Borrows all.
  LyingReplica(Liar& liar, replica::Transport& wire, replica::Replica& honest)
      : ReplicaFace(honest), liar_(liar), wire_(wire) {}

  Status OnConsensus(const std::string& from, std::string message) override;

 private:
  Liar& liar_;
  replica::Transport& wire_;
};

// How replica::ReadBlocks of this program behaves (lying_blocks.cc).
void LieAboutBlocks(Liar* liar);

}  // namespace parley::byzantine
