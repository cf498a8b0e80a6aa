#include "tests/sim/cluster.h"

#include "base/check.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

Cluster::Cluster(const ClusterOptions& options)
    : first_members_(FirstMembers(options.n)),
      honest_(options.n + options.spare, nullptr),
      liars_(options.n + options.spare, nullptr) {
  world_ = std::make_unique<World>(options.seed);
  std::set<size_t> honest;
  for (size_t i = 0; i < honest_.size(); ++i) {
    if (!options.liars.contains(i) && !options.twins.contains(i)) honest.insert(i);
  }
  oracle_ = std::make_unique<Oracle>(first_members_, honest);
  oracle_->on_new_epoch = [this](const Block& seal) {
    const auto era = EraAfter(seal);
    for (Liar* l : liars_) {
      if (l != nullptr) l->EnterEra(era);
    }
  };
  for (size_t i = 0; i < honest_.size(); ++i) {
    if (options.liars.contains(i)) {
      const auto lies = options.lies.find(i);
      auto liar = std::make_unique<Liar>(*world_, FirstEra(first_members_), i,
                                         lies == options.lies.end() ? UINT32_MAX : lies->second);
      liars_[i] = liar.get();
      liars_[i]->set_endpoint(world_->Add(std::move(liar), i));
    } else if (options.twins.contains(i)) {
      twins_.push_back(AddHost(i, true));
      twins_.push_back(AddHost(i, true));
    } else {
      honest_[i] = AddHost(i, false);
    }
  }
}

Host* Cluster::AddHost(size_t machine, bool twin) {
  HostOptions options;
  options.machine = machine;
  options.first_members = first_members_;
  options.core.watch_own_key = !twin;
  options.twin = twin;
  auto host = std::make_unique<Host>(*world_, twin ? nullptr : oracle_.get(), options);
  Host* out = host.get();
  out->set_endpoint(world_->Add(std::move(host), machine));
  return out;
}

std::vector<Host*> Cluster::honest_hosts() const {
  std::vector<Host*> out;
  for (Host* h : honest_) {
    if (h != nullptr) out.push_back(h);
  }
  return out;
}

std::vector<Host*> Cluster::member_hosts() const {
  std::vector<Host*> out;
  for (const ToyMember& m : oracle_->members()) {
    if (honest_[m.machine] != nullptr) out.push_back(honest_[m.machine]);
  }
  return out;
}

void Cluster::CutPowerAtSync(int step) {
  auto left = std::make_shared<int>(step);  // 0: it is dark
  for (Host* h : honest_hosts()) {
    h->after_sync = [this, left](const Batch&) {
      if (*left <= 0 || --*left > 0) return false;
      world_->At(world_->now_ms(), [this] {
        for (Host* each : honest_hosts()) each->Crash();
      });
      return true;
    };
  }
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
  net.bytes_per_ms = 0;
  net.cut.clear();
  net.clogged.clear();
  for (size_t& g : net.group) g = 0;
  world_->filter = nullptr;
  for (Host* h : honest_hosts()) {
    h->fail_next_sync = false;
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
  for (const Host* h : member_hosts()) {
    for (const std::string& r : records) {
      if (!h->disk().HasRecord(r)) return false;
    }
  }
  return true;
}

bool Cluster::LedgersEqual() const {
  const std::vector<Host*> hosts = member_hosts();
  for (const Host* h : hosts) {
    const auto& a = h->disk().ledger;
    const auto& b = hosts.front()->disk().ledger;
    if (a.size() != b.size()) return false;
    if (!a.empty() && a.back().block.id != b.back().block.id) return false;
  }
  return true;
}

}  // namespace parley::sim
