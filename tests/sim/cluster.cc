#include "tests/sim/cluster.h"

#include "base/check.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

Cluster::Cluster(const ClusterOptions& options)
    : n_(options.n), honest_(options.n, nullptr), liars_(options.n, nullptr) {
  world_ = std::make_unique<World>(options.seed);
  std::set<MemberIndex> honest;
  for (size_t i = 0; i < n_; ++i) {
    if (!options.liars.contains(i) && !options.twins.contains(i))
      honest.insert(static_cast<MemberIndex>(i));
  }
  oracle_ = std::make_unique<Oracle>(n_, honest, ToyGenesis());
  auto committee = Committee::Create(LedgerId(), Epoch{1}, ToyKeys(n_), ToyGenesis().id, Height{0});
  PARLEY_CHECK(committee.ok());
  committee_ = std::make_unique<Committee>(std::move(*committee));
  for (size_t i = 0; i < n_; ++i) {
    if (options.liars.contains(i)) {
      auto liar = std::make_unique<Liar>(*world_, *committee_, static_cast<MemberIndex>(i));
      liars_[i] = liar.get();
      liars_[i]->set_endpoint(world_->Add(std::move(liar), static_cast<MemberIndex>(i)));
    } else if (options.twins.contains(i)) {
      twins_.push_back(AddHost(i, true));
      twins_.push_back(AddHost(i, true));
    } else {
      honest_[i] = AddHost(i, false);
    }
  }
}

CoreConfig Cluster::ConfigFor(size_t member) const {
  CoreConfig config;
  config.members = ToyKeys(n_);
  config.self = static_cast<MemberIndex>(member);
  config.first_block = ToyGenesis();
  return config;
}

Host* Cluster::AddHost(size_t member, bool twin) {
  HostOptions options;
  options.core = ConfigFor(member);
  options.core.watch_own_key = !twin;
  options.twin = twin;
  auto host = std::make_unique<Host>(*world_, twin ? nullptr : oracle_.get(), options);
  Host* out = host.get();
  out->set_endpoint(world_->Add(std::move(host), static_cast<MemberIndex>(member)));
  return out;
}

std::vector<Host*> Cluster::honest_hosts() const {
  std::vector<Host*> out;
  for (Host* h : honest_) {
    if (h != nullptr) out.push_back(h);
  }
  return out;
}

void Cluster::StartAll() {
  for (Host* h : honest_hosts()) {
    if (!h->up()) h->Start();
  }
  for (Host* h : twins_) {
    if (!h->up()) h->Start();
  }
  for (Liar* l : liars_) {
    if (l != nullptr) l->Start();
  }
}

void Cluster::Heal() {
  Network& net = world_->network;
  net.loss_percent = 0;
  net.duplicate_percent = 0;
  net.delay_min_ms = 5;
  net.delay_max_ms = 50;
  net.cut.clear();
  for (size_t& g : net.group) g = 0;
  world_->filter = nullptr;
  for (Host* h : honest_hosts()) {
    if (!h->up()) h->Start();
  }
  world_->Reconnect();
}

void Cluster::MuteLiars() {
  for (Liar* l : liars_) {
    if (l != nullptr) l->Mute();
  }
  for (Host* h : twins_) h->Crash();
}

bool Cluster::AllFinal(const std::set<std::string>& records) const {
  for (const Host* h : honest_hosts()) {
    std::set<std::string> have;
    for (const Deliver& d : h->disk().ledger) {
      const auto b = ReadToyBlock(*d.block.bytes);
      if (b.ok()) have.insert(b->records.begin(), b->records.end());
    }
    for (const std::string& r : records) {
      if (!have.contains(r)) return false;
    }
  }
  return true;
}

bool Cluster::LedgersEqual() const {
  const std::vector<Host*> hosts = honest_hosts();
  for (const Host* h : hosts) {
    const auto& a = h->disk().ledger;
    const auto& b = hosts.front()->disk().ledger;
    if (a.size() != b.size()) return false;
    if (!a.empty() && a.back().block.id != b.back().block.id) return false;
  }
  return true;
}

}  // namespace parley::sim
