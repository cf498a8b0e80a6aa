#pragma once

// A member that breaks every rule it can with its own key: proposes on illegal parents, proposes
// different things to different members, casts all kinds of votes to random subsets, withholds
// certificates and shows them to one member, lies about where it is, forges others' votes,
// accuses honest members, answers with garbage. It cannot forge signatures of others.

#include <map>
#include <vector>

#include "node/consensus/committee.h"
#include "tests/sim/toy_app.h"
#include "tests/sim/toy_crypto.h"
#include "tests/sim/world.h"

namespace parley::sim {

class Liar final : public Endpoint {
 public:
  Liar(World& world, consensus::Committee committee, consensus::MemberIndex self);
  void set_endpoint(size_t endpoint) { endpoint_ = endpoint; }
  void Start() { ScheduleAct(); }
  void Mute() { muted_ = true; }

  void Receive(consensus::MemberIndex from, const consensus::Message& message) override;
  void ReceiveRecords(const std::vector<std::string>& records) override;
  std::optional<FetchAnswer> Serve(consensus::Height first) override;
  void Fetched(const consensus::event::BlocksFetched&) override {}
  void FetchFailed(consensus::MemberIndex) override {}
  void Connected(consensus::MemberIndex) override {}

  // Proposes in `view` on the named certified slot (or the first slot when null), with the
  // nullifications it has and nothing for those it lacks. For directed scenarios.
  void ProposeOn(consensus::View view, const consensus::Certificate* parent,
                 const std::vector<std::string>& records, const std::vector<size_t>& to);
  void Vote(const consensus::Vote& vote, const std::vector<size_t>& to);
  const std::map<std::pair<consensus::VoteKind, consensus::View>, consensus::Certificate>& held()
      const {
    return held_;
  }

 private:
  void ScheduleAct();
  void Act();
  void Learn(const consensus::Certificate& c);
  void Learn(const consensus::SignedVote& v);
  void Learn(const consensus::Justification& j);
  void ProposeRandomly();
  void VoteRandomly();
  void LieAboutStatus();
  void Leak();
  void Forge();
  std::vector<size_t> SomeEndpoints();
  void Tell(const std::vector<size_t>& to, const consensus::Message& message);
  std::vector<std::string> SomeRecords();

  World& world_;
  const consensus::Committee committee_;
  const consensus::MemberIndex self_;
  size_t endpoint_ = 0;
  ToySigner signer_;
  bool muted_ = false;
  uint64_t serial_ = 0;
  consensus::View view_{1};
  std::map<std::pair<consensus::VoteKind, consensus::View>, consensus::Certificate> held_;
  std::map<consensus::Vote, std::map<consensus::MemberIndex, Signature>> votes_;
  std::vector<consensus::Slot> seen_slots_;  // the last few
  std::vector<consensus::Message> old_;      // for replay
  std::map<BlockId, uint64_t> times_;        // of blocks seen
  std::vector<std::string> records_;
};

}  // namespace parley::sim
