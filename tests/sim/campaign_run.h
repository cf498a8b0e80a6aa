#pragma once

// The run of one plan. Shared by campaign.cc (phases) and campaign_faults.cc (what each item does).

#include <map>
#include <set>
#include <string>

#include "tests/sim/campaign.h"

namespace parley::sim {

class Campaign {
 public:
  explicit Campaign(const Plan& plan);
  Outcome Run();

 private:
  // campaign_faults.cc
  void Prepare(const Item& item);  // conditions that hold from the start
  void Do(const Item& item);       // at its time
  void DoNetwork(const Item& item, Rng& rng);
  void DoMachine(const Item& item, Rng& rng);
  void Leap(Rng& rng);
  void Disagree();
  void DoDisk(const Item& item, Rng& rng);
  void Crash(Host* host, uint64_t down_ms);
  void FlipBits(Disk& disk, Rng& rng);

  // campaign_members.cc
  void Submit(Rng& rng);
  void DoChange(const Item& item, Rng& rng);
  bool Change(ToyCharter& charter, What what, size_t machine, Rng& rng);
  bool IsAffordable(const std::vector<ToyMember>& members) const;
  void SubmitCharter(const ToyCharter& charter, Rng& rng);
  bool HasMemberAlways(size_t machine) const;
  uint64_t Departures(size_t machine) const;  // how often it left
  std::set<std::string> Required();

  bool Fine() { return cluster_.oracle().violation().empty(); }
  bool Busy();
  void RunChecked(uint64_t until_ms);
  bool Settled();
  void ExpectLiveness();
  void ExpectSilence();
  void ExpectAllVoting();
  void ExpectChainsVerify();
  void ExpectWipedNodeCatchesUp();
  void Dump();  // into the trace

  const Plan plan_;
  Cluster cluster_;
  Rng rng_;  // of the phases after the faults
  const std::set<size_t> untrusted_;
  std::map<std::string, size_t> accepted_;  // records, and the machine that took each
  std::map<size_t, Disk> backups_;
};

}  // namespace parley::sim
