#pragma once

// A dishonest member that thinks: it sees what all nodes know, aims at one victim, fills every
// quota that it finds, accuses, stalls, censors, ends epochs, and lets an honest replica do for it
// what is not worth lying about. Which of these it does, its tricks say.

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/replica/block_parser.h"
#include "tests/whole/machine.h"
#include "tests/whole/tricks.h"

namespace parley::whole {

class Adversary final : public Machine {
 public:
  Adversary(World& world, size_t number, Tricks tricks, size_t victim, uint64_t seed);

  // Begins to act; its replica must have been started.
  void Begin();
  // From now on it is honest.
  void Stop() { tricks_ = 0; }
  // It has signed two contradictory votes, and others have got both. Who replaces its keys may sign
  // for an epoch that is over, which nobody looks at.
  bool has_contradicted_itself() const { return contradicted_; }

  void SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) override;
  void ReceiveConsensus(const std::string& from,
                        const std::shared_ptr<const std::string>& message) override;
  void ReceiveRecords(const std::string& from,
                      const std::shared_ptr<const std::vector<std::string>>& envelopes) override;
  void ServeBlocks(size_t asker, uint64_t first_height, uint64_t ticket) override;

 private:
  using Messages = std::vector<consensus::Message>;

  bool Has(Trick t) const { return (tricks_ & Bit(t)) != 0; }
  bool OneIn(uint64_t n) { return rng_.Below(n) == 0; }
  const LedgerId& ledger() { return world().accord().charter().ledger_id(); }
  std::vector<std::string> Others();
  consensus::SignedVote Sign(const consensus::Vote& vote);
  void Say(const std::string& to, const consensus::Message& message);
  void SayToAll(const consensus::Message& message);
  void SendToAll(const std::vector<std::string>& envelopes);
  bool HasVictim(const consensus::Block& block);

  // What `to` gets in place of what its replica said.
  Messages Instead(const std::string& to, const consensus::Proposal& m);
  Messages Instead(const std::string& to, const consensus::SignedVote& m);
  Messages Instead(const std::string& to, const consensus::Certificate& m);
  template <typename Other>
  Messages Instead(const std::string&, const Other& m) {
    return {m};
  }
  // False when its replica is not to hear of it.
  bool Hear(const consensus::Message& m);

  // Now and then (adversary_acts.cc).
  void Act();
  void SendJunk();
  void SendOwn();
  void EndEpoch();
  void Accuse();
  void AccuseItself();
  void Ask();
  void SendGarbage();
  void VoteFarAway();
  std::string Noise(size_t bytes_max);

  Tricks tricks_;
  const std::string victim_;
  sim::Rng rng_;
  testing::BlockParser parser_;
  std::vector<std::string> junk_;
  std::set<consensus::View> censored_;
  std::map<BlockId, consensus::Block> blocks_;  // seen in proposals, the newest ones
  std::deque<consensus::SignedVote> votes_;     // for them
  consensus::View view_{1};                     // of the newest proposal
  consensus::Epoch epoch_{1};
  uint64_t self_accused_ = 0;
  uint64_t rotations_ = 0;
  bool contradicted_ = false;
};

}  // namespace parley::whole
