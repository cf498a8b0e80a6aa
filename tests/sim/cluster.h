#pragma once

// A whole accord in one object: n members and some machines that may join, some of them liars or
// twins, an oracle that watches.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/host.h"
#include "tests/sim/liar.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

namespace parley::sim {

struct ClusterOptions {
  uint64_t seed = 1;
  size_t n = 4;                 // members of epoch 1: machines 0 to n - 1
  size_t spare = 0;             // machines n, n + 1, ... that observe and may join
  std::set<size_t> liars = {};  // machines
  std::set<size_t> twins = {};
  std::map<size_t, uint32_t> lies = {};  // of each liar; every lie when absent
};

class Cluster {
 public:
  explicit Cluster(const ClusterOptions& options);

  World& world() { return *world_; }
  Oracle& oracle() { return *oracle_; }
  const std::vector<ToyMember>& first_members() const { return first_members_; }
  size_t machine_count() const { return honest_.size(); }
  // The honest copy of a machine, or null.
  Host* honest(size_t machine) { return honest_[machine]; }
  std::vector<Host*> honest_hosts() const;
  // Those that are members of the newest epoch.
  std::vector<Host*> member_hosts() const;
  const std::vector<Host*>& twin_hosts() const { return twins_; }
  Liar* liar(size_t machine) { return liars_[machine]; }

  void StartAll();
  // All honest machines crash when one of them has synced for the step-th time from now, with
  // what that sync wrote not let out.
  void CutPowerAtSync(int step);
  // Everyone up, one network, no faults.
  void Heal();
  void MuteLiars();  // twins stop, too
  // Every honest member of the newest epoch has all `records` in its ledger.
  bool AllFinal(const std::set<std::string>& records) const;
  bool LedgersEqual() const;  // of those members

 private:
  Host* AddHost(size_t machine, bool twin);

  std::vector<ToyMember> first_members_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Oracle> oracle_;
  std::vector<Host*> honest_;  // by machine; owned by the world
  std::vector<Host*> twins_;
  std::vector<Liar*> liars_;  // by machine
};

}  // namespace parley::sim
