#pragma once

// A whole accord in one object: n members, some of them liars or twins, an oracle that watches.

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
  size_t n = 4;
  std::set<size_t> liars = {};  // member numbers
  std::set<size_t> twins = {};
};

class Cluster {
 public:
  explicit Cluster(const ClusterOptions& options);

  World& world() { return *world_; }
  Oracle& oracle() { return *oracle_; }
  size_t n() const { return n_; }
  // The honest copy of a member, or null.
  Host* honest(size_t member) { return honest_[member]; }
  std::vector<Host*> honest_hosts() const;
  const std::vector<Host*>& twin_hosts() const { return twins_; }
  Liar* liar(size_t member) { return liars_[member]; }
  const consensus::Committee& committee() const { return *committee_; }

  void StartAll();
  // Everyone up, one network, no faults.
  void Heal();
  void MuteLiars();  // twins stop, too
  // Every honest, running node has all `records` in its ledger.
  bool AllFinal(const std::set<std::string>& records) const;
  bool LedgersEqual() const;
  consensus::CoreConfig ConfigFor(size_t member) const;

 private:
  Host* AddHost(size_t member, bool twin);

  size_t n_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Oracle> oracle_;
  std::unique_ptr<consensus::Committee> committee_;
  std::vector<Host*> honest_;  // by member; owned by the world
  std::vector<Host*> twins_;
  std::vector<Liar*> liars_;  // by member
};

}  // namespace parley::sim
