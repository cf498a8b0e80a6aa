#pragma once

// Watches all honest nodes at once and says which promise was broken. Shares no code with the core:
// it has its own reading of the byte formats, of certificates and of the rules. Numbers in messages
// (I1, ...) are those of docs/consensus.md.

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
  // `honest` are members that run one honest copy.
  Oracle(size_t n, std::set<consensus::MemberIndex> honest, const consensus::Block& first);

  void OnSend(consensus::MemberIndex from, const consensus::Message& message, const Disk& disk);
  void OnDurable(consensus::MemberIndex member, const Batch& batch, const Disk& disk);
  void OnStep(consensus::MemberIndex member, const consensus::CoreStatus& status);
  void OnRestart(consensus::MemberIndex member, const consensus::CoreStatus& status);
  void OnWiped(consensus::MemberIndex member);
  void OnAlarm(consensus::MemberIndex member, const consensus::Alarm& alarm);

  void Violation(const std::string& text);
  // Empty while every promise is kept; otherwise the first one broken.
  const std::string& violation() const { return violation_; }

  // With more than f liars forks are possible; then they are counted and not violations.
  void AllowForks() { forks_allowed_ = true; }
  bool forked() const { return forked_; }
  // Members that stored data prove guilty.
  std::set<consensus::MemberIndex> Culprits(const std::vector<const Disk*>& disks) const;

  size_t final_height() const { return chain_.size(); }
  size_t evidence_seen() const { return evidence_seen_; }
  // Views and kinds of slots that became final, for liveness bounds.
  uint64_t last_final_view() const { return finals_.empty() ? 0 : finals_.rbegin()->first; }

 private:
  struct Spoken {  // votes of one honest member in one view, seen on the network
    std::optional<consensus::Vote> notarize, nullify, finalize;
  };
  struct KnownSlot {
    consensus::Slot slot;
    consensus::Justification justification;
  };

  void Speak(const consensus::SignedVote& vote);
  void CheckVoteDurable(const consensus::SignedVote& vote, const Disk& disk);
  void Certified(const consensus::Certificate& c);
  void Final(const consensus::Vote& vote);
  void Chain(uint64_t view, const std::string& slot);
  void CheckNotarized(const consensus::Vote& vote);
  void CheckEvidence(const consensus::Evidence& e);
  void Delivered(consensus::MemberIndex member, const consensus::Deliver& d);
  void Fork(const std::string& text);
  std::string WhyIllegal(const KnownSlot& known) const;
  std::string WhyBad(const consensus::Certificate& c) const;
  bool Genuine(const consensus::SignedVote& vote) const;
  std::string IdOf(const consensus::Slot& slot) const;

  const size_t n_;
  const size_t q_;
  const std::set<consensus::MemberIndex> honest_;
  const consensus::Block first_;
  mutable ToyVerifier verifier_;
  std::string violation_;
  bool forks_allowed_ = false;
  bool forked_ = false;
  size_t evidence_seen_ = 0;

  std::map<std::pair<consensus::MemberIndex, uint64_t>, Spoken> spoken_;
  std::map<std::string, KnownSlot> slots_;  // by id bytes
  std::map<uint64_t, consensus::Vote> notarized_, finals_;
  std::set<uint64_t> nullified_;
  std::vector<BlockId> chain_;  // final blocks, height 1 first
  std::set<std::string> records_;
  std::map<consensus::MemberIndex, uint64_t> heights_, final_views_;
  std::set<std::string> checked_certificates_;
  std::set<consensus::MemberIndex> wiped_;  // their old votes live on in others' certificates
};

}  // namespace parley::sim
