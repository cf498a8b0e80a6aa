#pragma once

// Watches all honest nodes at once and says which promise was broken. Shares no code with the core:
// it has its own reading of the byte formats, of certificates and of the rules. Numbers in messages
// (I1, ...) are those of docs/consensus.md. Views are per epoch, so is most of what it knows;
// members are machines here, and positions in an epoch's list only inside votes.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "node/consensus/core.h"
#include "tests/sim/disk.h"
#include "tests/sim/toy_crypto.h"

namespace parley::sim {

class Oracle {
 public:
  // `honest` are machines that run one honest copy.
  Oracle(const std::vector<ToyMember>& first_members, std::set<size_t> honest);

  void OnSend(size_t machine, const Era& era, const consensus::Message& message, const Disk& disk);
  void OnDurable(size_t machine, const Batch& batch, const Disk& disk);
  void OnStep(size_t machine, const Era& era, const consensus::CoreStatus& status);
  void OnRestart(size_t machine, const Era& era, const consensus::CoreStatus& status);
  void OnAlarm(size_t machine, const consensus::Alarm& alarm);
  // A start from disk was refused: allowed only when the disk was damaged on purpose.
  void OnRefused(size_t machine, const std::string& why);
  // The simulator did something to the disk that is the machine's loss alone.
  void OnDamaged(size_t machine) { damaged_.insert(machine); }
  // An older copy of its disk took the place of the present one, unknown to it. It counts among the
  // f that may lie: it must do no harm, but when those who know its votes are away it may
  // contradict itself. RestoredCopyTest demands that it does not when they are there.
  void OnForgotten(size_t machine) { forgetful_.insert(machine); }
  // Another disk content took the place of the old one (wiped, or an older copy).
  void OnDiskReplaced(size_t machine, const Disk& disk);

  void Violation(const std::string& text);
  // Empty while every promise is kept; otherwise the first one broken.
  const std::string& violation() const { return violation_; }

  // With more than f liars forks are possible; then they are counted and not violations.
  void AllowForks() { forks_allowed_ = true; }
  bool forked() const { return forked_; }
  // Machines that stored data prove guilty.
  std::set<size_t> Culprits(const std::vector<const Disk*>& disks) const;

  size_t final_height() const { return chain_.size(); }
  size_t evidence_seen() const { return evidence_seen_; }
  // Of the newest epoch, for liveness bounds.
  uint64_t last_final_view() const;
  consensus::Epoch epoch() const { return epochs_.rbegin()->first; }
  const std::vector<ToyMember>& members() const { return epochs_.rbegin()->second.members; }
  bool IsDamaged(size_t machine) const { return damaged_.contains(machine); }
  // Called when a seal is final somewhere: liars are told of everything.
  std::function<void(const consensus::Block& seal)> on_new_epoch;

 private:
  using EpochView = std::pair<consensus::Epoch, uint64_t>;
  struct Spoken {  // votes of one honest machine in one view, seen on the network
    std::optional<consensus::Vote> notarize, nullify, finalize;
    bool in_range = false;  // it gave up a range that holds the view
  };
  struct KnownSlot {
    consensus::Slot slot;
    consensus::Justification justification;
    mutable std::optional<std::string> why_illegal;
  };
  struct EpochState {
    std::vector<ToyMember> members;
    std::string first_slot;  // id
    BlockId first_block;
    std::map<uint64_t, consensus::Vote> notarized, finals;
    std::set<uint64_t> nullified;
    std::optional<consensus::Block> seal;
    size_t quorum() const { return members.size() - (members.size() - 1) / 3; }
  };
  struct BlockFacts {
    BlockId parent;
    bool seal = false;
  };

  static EpochState BeginEpoch(const std::vector<ToyMember>& members, const consensus::Block& first,
                               consensus::Epoch epoch);
  const EpochState* StateOf(consensus::Epoch epoch) const;
  std::optional<size_t> MachineOf(consensus::Epoch epoch, consensus::MemberIndex m) const;
  void Speak(size_t machine, const consensus::SignedVote& vote, const Disk& disk);
  void SpeakOfRange(size_t machine, const consensus::Vote& vote);
  void CheckVoteDurable(size_t machine, const consensus::SignedVote& vote, const Disk& disk);
  void CheckSealed(size_t machine, const consensus::Certificate& c);
  void Certified(const consensus::Certificate& c);
  void Final(EpochState& epoch, const consensus::Vote& vote);
  void Chain(const EpochState& epoch, uint64_t view, const std::string& slot);
  void CheckNotarized(const consensus::Vote& vote);
  void CheckEvidence(const consensus::Evidence& e);
  void Delivered(size_t machine, const consensus::Deliver& d);
  void Extend(const consensus::Block& block);
  void Fork(const std::string& text);
  const std::string& WhyIllegal(const KnownSlot& known) const;
  std::string FindIllegal(const KnownSlot& known) const;
  std::string WhyBad(const consensus::Certificate& c) const;
  bool Genuine(const consensus::SignedVote& vote) const;
  void Learn(const consensus::persist::StoredSlot& s);

  const std::set<size_t> honest_;
  mutable ToyVerifier verifier_;
  std::string violation_;
  bool forks_allowed_ = false;
  bool forked_ = false;
  size_t evidence_seen_ = 0;

  std::map<consensus::Epoch, EpochState> epochs_;
  std::map<std::pair<size_t, EpochView>, Spoken> spoken_;
  std::map<std::string, KnownSlot> slots_;  // by id bytes
  std::map<BlockId, BlockFacts> blocks_;
  std::vector<BlockId> chain_;  // final blocks, height 1 first
  BlockId genesis_;
  std::set<std::string> records_;
  std::map<size_t, uint64_t> heights_;
  std::map<size_t, consensus::Epoch> reached_;  // the epoch that a machine's disk has come to
  std::map<size_t, EpochView> final_views_;
  std::set<std::string> checked_certificates_;
  std::set<size_t> damaged_, forgetful_;
};

}  // namespace parley::sim
