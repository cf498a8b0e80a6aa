#pragma once

// A dishonest member among real nodes that thinks, as whole::Adversary does in the simulation: an
// ordinary replica between a transport and a face, aimed at one victim. It fills every quota that
// it finds, accuses, stalls, censors and ends epochs; which of these it does, its tricks say.

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "node/consensus/codec.h"
#include "node/rpc/peer_links.h"
#include "node/rpc/work_pool.h"
#include "tests/system/attacker_records.h"
#include "tests/system/replica_face.h"
#include "tests/system/unread_asks.h"
#include "tests/whole/tricks.h"

namespace parley::byzantine {

struct AttackPlan {
  whole::Tricks tricks = 0;
  std::string victim;
  uint64_t seed = 1;
  uint64_t view_timeout_ms = 1'000;
};

// INVALID_ARGUMENT names a trick that nobody knows, or that real nodes are not tried with.
StatusOr<whole::Tricks> ParseTricks(const std::vector<std::string>& names);

// Between its replica and the network on one side, and timers on the other. Thread-safe.
class Attacker {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  using Message = consensus::Message;

  // Borrows the charter.
  Attacker(const rules::Charter& founding, const std::string& member, AttackPlan plan,
           AttackKeys keys);

  // Acts from now on, some hundred times a second, until Stop(). Borrows all; `asks` sends what is
  // never read.
  void Start(rpc::PeerLinks& links, replica::Replica& replica, UnreadAsks& asks);
  void Stop();

  // What its replica says, and what it hears; false when the replica is not to hear of it.
  void Send(const std::string& to, const Bytes& message);
  bool Hear(const std::string& message);
  std::vector<std::string> Heard(std::vector<std::string> envelopes) const;
  void set_wire(replica::Transport& wire) { wire_ = &wire; }

 private:
  bool Has(whole::Trick t) const { return (plan_.tricks & whole::Bit(t)) != 0; }
  bool OneIn(uint64_t n) { return Draw(n) == 0; }
  uint64_t Draw(uint64_t below);
  bool IsVictims(const std::string& envelope) const;
  bool HasVictim(const consensus::Block& block) const;
  const SecretKey& NodeKey() const;  // the one that the charter in force names
  consensus::SignedVote Sign(const consensus::Vote& vote) const;
  Bytes Encode(const Message& message) const;
  void SayToAll(const Message& message);
  void SendToAll(std::vector<std::string> envelopes);
  bool HearProposal(const consensus::Proposal& p);
  void SendProposal(const std::string& to, const Bytes& message, const consensus::Proposal& p);
  std::optional<consensus::SignedVote> AnyVote();

  // Now and then (attacker_acts.cc).
  void Round();
  void SendOwn();
  void EndEpoch();
  void Accuse();
  void AccuseItself();
  void Ask();
  void SendGarbage();
  void VoteFarAway();
  void Flap();
  std::string Noise(size_t bytes_max);

  const rules::Charter& founding_;
  const std::string member_;
  const AttackPlan plan_;
  const AttackKeys keys_;
  const consensus::MemberIndex self_;
  std::vector<std::string> others_;
  replica::Transport* wire_ = nullptr;
  rpc::PeerLinks* links_ = nullptr;
  std::atomic<replica::Replica*> replica_ = nullptr;
  UnreadAsks* asks_ = nullptr;

  // Of the rounds, which come one after the other.
  uint64_t round_ = 0;
  uint64_t rotations_ = 0;
  uint64_t self_accused_ = 0;
  std::optional<std::string> away_;  // whose link it has cut
  Junk junk_;
  std::vector<OwnChain> chains_;

  Mutex mu_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mu_);
  std::set<consensus::View> censored_ ABSL_GUARDED_BY(mu_);
  std::map<BlockId, Bytes> blocks_ ABSL_GUARDED_BY(mu_);  // seen in proposals, the newest ones
  std::deque<consensus::SignedVote> votes_ ABSL_GUARDED_BY(mu_);  // of others
  consensus::View view_ ABSL_GUARDED_BY(mu_){1};                  // of the newest proposal
  consensus::Epoch epoch_ ABSL_GUARDED_BY(mu_){1};
  rpc::Scheduler scheduler_;  // last: its tasks use the rest
};

class AttackingTransport final : public replica::Transport {
 public:
  // Borrows both.
  AttackingTransport(Attacker& attacker, replica::Transport& real)
      : attacker_(attacker), real_(real) {
    attacker.set_wire(real);
  }
  void SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) override {
    attacker_.Send(to, message);
  }
  void SendRecords(const std::string& to,
                   std::shared_ptr<const std::vector<std::string>> envelopes) override {
    real_.SendRecords(to, std::move(envelopes));
  }
  void SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) override {
    real_.SendCheckpoint(to, std::move(note));
  }
  void FetchBlocks(const std::string& from, uint64_t first_height) override {
    real_.FetchBlocks(from, first_height);
  }

 private:
  Attacker& attacker_;
  replica::Transport& real_;
};

class AttackingReplica final : public ReplicaFace {
 public:
  // Borrows both.
  AttackingReplica(Attacker& attacker, replica::Replica& honest)
      : ReplicaFace(honest), attacker_(attacker) {}

  Status OnConsensus(const std::string& from, std::string message) override {
    if (!attacker_.Hear(message)) return absl::OkStatus();
    return ReplicaFace::OnConsensus(from, std::move(message));
  }
  Status OnRecords(const std::string& from, std::vector<std::string> envelopes) override {
    envelopes = attacker_.Heard(std::move(envelopes));
    if (envelopes.empty()) return absl::OkStatus();
    return ReplicaFace::OnRecords(from, std::move(envelopes));
  }

 private:
  Attacker& attacker_;
};

}  // namespace parley::byzantine
