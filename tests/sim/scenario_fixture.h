#pragma once

// A small cluster for directed scenarios, whose liars do what the scenario says.

#include <gtest/gtest.h>

#include "node/consensus/codec.h"
#include "tests/sim/cluster.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

inline bool IsVote(const Message& m, VoteKind kind) {
  const auto* vote = std::get_if<SignedVote>(&m);
  return vote != nullptr && vote->vote.kind == kind;
}

class ScenarioTest : public ::testing::Test {
 protected:
  void Make(const ClusterOptions& options) {
    cluster_ = std::make_unique<Cluster>(options);
    // Liars do here what the scenario says and nothing of their own.
    for (const size_t i : options.liars) cluster_->liar(i)->Mute();
    cluster_->StartAll();
    world().RunUntil(100);
  }
  World& world() { return cluster_->world(); }
  void RunFor(uint64_t ms) { world().RunUntil(world().now_ms() + ms); }
  // All machines stop and start again, with what `change` does to each in between.
  void Restart(const std::function<void(Host*)>& change) {
    for (Host* h : cluster_->honest_hosts()) h->Crash();
    for (Host* h : cluster_->honest_hosts()) change(h);
    for (Host* h : cluster_->honest_hosts()) h->Start();
  }
  std::vector<size_t> Everyone() {
    std::vector<size_t> out;
    for (size_t i = 0; i < world().endpoint_count(); ++i) out.push_back(i);
    return out;
  }
  // The member that leads view 1.
  size_t FirstLeader(size_t n) {
    auto c = Committee::Create(LedgerId(), Epoch{1}, ToyKeys(n), ToyGenesis().id, Height{0});
    return ToInt(c->Leader(View{1}));
  }
  void ExpectAgreed(const std::set<std::string>& records) {
    EXPECT_EQ(cluster_->oracle().violation(), "");
    EXPECT_TRUE(cluster_->AllFinal(records));
    EXPECT_TRUE(cluster_->LedgersEqual());
  }
  void ExpectSilence() {
    const uint64_t before = world().messages();
    RunFor(300'000);
    EXPECT_EQ(world().messages(), before) << "an idle ledger makes no consensus traffic";
  }
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace parley::sim
