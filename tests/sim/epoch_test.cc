// Directed scenarios around the end of an epoch: who joins, who leaves, who changes a key, and what
// old messages are worth. B-numbers are the rows of docs/consensus-bugs.md.

#include <gtest/gtest.h>

#include "node/consensus/codec.h"
#include "tests/sim/cluster.h"
#include "tests/sim/offline_check.h"

namespace parley::sim {
namespace {

using namespace consensus;  // NOLINT: test support

class EpochTest : public ::testing::Test {
 protected:
  void Make(const ClusterOptions& options) {
    cluster_ = std::make_unique<Cluster>(options);
    for (const size_t i : options.liars) cluster_->liar(i)->Mute();
    cluster_->StartAll();
    world().RunUntil(200);
    charter_ = {Epoch{1}, cluster_->first_members()};
  }
  World& world() { return cluster_->world(); }
  Host& host(size_t machine) { return *cluster_->honest(machine); }
  void RunFor(uint64_t ms) { world().RunUntil(world().now_ms() + ms); }
  // The next charter; each call builds on the one before.
  void Remove(size_t machine) {
    std::erase_if(charter_.members, [&](const ToyMember& m) { return m.machine == machine; });
  }
  void Add(size_t machine) { charter_.members.push_back({machine, 50}); }
  void Rotate(size_t machine) {
    for (ToyMember& m : charter_.members) m.generation += m.machine == machine;
  }
  void SubmitCharter(size_t by) {
    charter_.epoch = Epoch{ToInt(charter_.epoch) + 1};
    host(by).Submit(CharterRecord(charter_));
  }
  void ExpectAgreed(uint64_t epoch, const std::set<std::string>& records) {
    EXPECT_EQ(cluster_->oracle().violation(), "");
    EXPECT_EQ(cluster_->oracle().epoch(), Epoch{epoch});
    EXPECT_TRUE(cluster_->AllFinal(records));
    EXPECT_TRUE(cluster_->LedgersEqual());
    for (Host* h : cluster_->honest_hosts())
      EXPECT_EQ(CheckChainOffline(cluster_->first_members(), h->disk().ledger), "");
  }
  size_t LeaderNow() {
    const CoreStatus s = cluster_->member_hosts().front()->core()->Status();
    return cluster_->oracle().members()[ToInt(s.leader)].machine;
  }
  std::unique_ptr<Cluster> cluster_;
  ToyCharter charter_;
};

TEST_F(EpochTest, AMachineJoinsFromGenesis) {
  Make({.n = 4, .spare = 1});
  host(0).Submit("before");
  RunFor(2'000);
  Add(4);
  SubmitCharter(1);
  RunFor(60'000);
  host(4).Submit("from the newcomer");
  RunFor(10'000);
  ExpectAgreed(2, {"before", "from the newcomer"});
  EXPECT_TRUE(host(4).core()->Status().voting);
}

TEST_F(EpochTest, TheLeaderOfTheMomentIsRemoved) {
  Make({.n = 5});
  const size_t leader = LeaderNow();
  Remove(leader);
  SubmitCharter(leader);  // by its own hand
  RunFor(3'000);
  host(leader == 0 ? 1 : 0).Submit("after");
  RunFor(20'000);
  ExpectAgreed(2, {"after"});
  EXPECT_TRUE(host(leader).core()->Status().ended || host(leader).era().epoch == Epoch{2});
}

TEST_F(EpochTest, FMembersAreRemovedOneAfterTheOther) {
  Make({.n = 7});
  for (const size_t machine : {2U, 5U}) {
    Remove(machine);
    SubmitCharter(0);
    RunFor(8'000);
  }
  host(1).Submit("five are left");
  RunFor(20'000);
  ExpectAgreed(3, {"five are left"});
}

TEST_F(EpochTest, TwoChangesBackToBack) {
  Make({.n = 4, .spare = 2});
  Add(4);
  SubmitCharter(0);
  Remove(1);
  SubmitCharter(2);
  RunFor(90'000);
  host(4).Submit("third epoch");
  RunFor(30'000);
  ExpectAgreed(3, {"third epoch"});
}

// B17: one member knows that the seal is final, and leaves; the others never heard.
TEST_F(EpochTest, TheOnlyOneWhoKnowsTheEndLeaves) {
  Make({.n = 4});
  world().filter = [](size_t, size_t to, const Message& m) {
    const auto* vote = std::get_if<SignedVote>(&m);
    const auto* c = std::get_if<Certificate>(&m);
    const bool ends = (vote != nullptr && vote->vote.kind == VoteKind::kFinalize) ||
                      (c != nullptr && c->vote.kind == VoteKind::kFinalize);
    return ends && to != 3;
  };
  Remove(3);
  SubmitCharter(0);
  RunFor(900);
  ASSERT_TRUE(host(3).core()->Status().ended);
  host(3).Crash();
  world().filter = nullptr;
  host(0).Submit("without it");
  RunFor(60'000);
  ExpectAgreed(2, {"without it"});
}

// B17: who is behind learns of the end from those who have gone on, and from who has left.
TEST_F(EpochTest, AStragglerIsBroughtToTheNewEpoch) {
  Make({.n = 4});
  host(2).Crash();
  Rotate(1);
  SubmitCharter(0);
  RunFor(5'000);
  host(0).Submit("meanwhile");
  RunFor(5'000);
  host(2).Start();
  RunFor(10'000);
  ExpectAgreed(2, {"meanwhile"});
  EXPECT_EQ(host(2).era().epoch, Epoch{2});
}

// B14: everyone loses power at every sync around the seal, with all that was not synced.
TEST_F(EpochTest, EveryoneCrashesAtEveryStepAroundTheSeal) {
  for (int step = 1; step <= 24; ++step) {
    Make({.seed = static_cast<uint64_t>(step), .n = 4});
    cluster_->CutPowerAtSync(step);
    Rotate(3);
    SubmitCharter(0);
    RunFor(1'500);
    cluster_->StartAll();
    RunFor(60'000);
    host(1).Submit("light");
    RunFor(20'000);
    EXPECT_EQ(cluster_->oracle().violation(), "") << step;
    EXPECT_EQ(cluster_->oracle().epoch(), Epoch{2}) << step;
    EXPECT_TRUE(cluster_->AllFinal({"light"})) << step;
  }
}

// B14: what is stored of an epoch goes with it.
TEST_F(EpochTest, NoVoteOrCertificateOutlivesItsEpochOnDisk) {
  Make({.n = 4});
  host(0).Submit("one");
  RunFor(2'000);
  Rotate(0);
  SubmitCharter(1);
  RunFor(5'000);
  for (Host* h : cluster_->honest_hosts()) {
    EXPECT_EQ(h->era().epoch, Epoch{2});
    for (const auto& [key, vote] : h->disk().votes) EXPECT_EQ(vote.vote.epoch, Epoch{2});
    for (const auto& [key, c] : h->disk().certificates) EXPECT_EQ(c.vote.epoch, Epoch{2});
  }
}

// B16: a member that was removed goes on voting, and its old votes are repeated.
TEST_F(EpochTest, VotesOfTheRemovedCountForNothing) {
  Make({.n = 5, .liars = {4}});
  Liar* liar = cluster_->liar(4);
  std::vector<Message> said;
  world().filter = [&](size_t from, size_t, const Message& m) {
    if (from != 4 && said.size() < 300) said.push_back(m);
    return false;
  };
  host(0).Submit("old");
  RunFor(1'000);
  Remove(4);
  SubmitCharter(1);
  RunFor(5'000);
  ASSERT_EQ(cluster_->oracle().epoch(), Epoch{2});
  for (const Message& m : said) liar->Tell({0, 1, 2, 3}, m);
  // Its index of old, in the new epoch, with its own key: nobody has that number now.
  ToySigner signer(4);
  const Vote vote = NullifyVote(Epoch{2}, View{1});
  liar->Tell({0, 1, 2, 3},
             SignedVote{vote, MemberIndex{4}, signer.Sign(VoteBytes(LedgerId(), vote))});
  RunFor(2'000);
  for (Host* h : cluster_->member_hosts()) EXPECT_EQ(h->core()->Status().held_votes, 0u);
  host(2).Submit("new");
  RunFor(20'000);
  ExpectAgreed(2, {"old", "new"});
}

// B25: a charter that would halt the ledger, or that nobody agreed to, is no charter.
TEST_F(EpochTest, ACharterThatNamesNobodyIsRefused) {
  EXPECT_FALSE(ReadCharter(CharterRecord({Epoch{2}, {}})));
  EXPECT_FALSE(ReadCharter(CharterRecord({Epoch{2}, FirstMembers(16)})));
  EXPECT_FALSE(ReadCharter(CharterRecord({Epoch{2}, {{1, 0}, {0, 0}}})));
  EXPECT_FALSE(ReadCharter("charter:2:0.0,:0123456789abcdef"));
  EXPECT_TRUE(ReadCharter(CharterRecord({Epoch{2}, FirstMembers(15)})));
  Make({.n = 4});
  host(0).Submit(CharterRecord({Epoch{3}, FirstMembers(3)}));  // not the next epoch
  RunFor(10'000);
  EXPECT_EQ(cluster_->oracle().epoch(), Epoch{1});
  EXPECT_EQ(cluster_->oracle().final_height(), 0u);
}

// A machine whose vote log is lost follows without voting, and comes back with a new key.
TEST_F(EpochTest, ALostDiskComesBackWithANewKey) {
  Make({.n = 4});
  host(0).Submit("first");
  RunFor(3'000);
  host(2).Wipe();
  host(2).Start();
  RunFor(20'000);
  EXPECT_FALSE(host(2).core()->Status().voting);
  Rotate(2);
  SubmitCharter(0);
  RunFor(20'000);
  host(2).Submit("again");
  RunFor(20'000);
  ExpectAgreed(2, {"first", "again"});
  EXPECT_TRUE(host(2).core()->Status().voting);
}

// Found by the campaign: who had left with a notarized view that never became final asked for a
// tick in the past after every tick.
TEST_F(EpochTest, AnEndedEpochIsQuiet) {
  Make({.n = 4});
  CoreConfig config = host(0).ConfigFor(host(0).era());
  ToyBlock b;
  b.parent = ToyGenesis().id;
  b.height = Height{1};
  b.time = TimeMs{1};
  b.records = {CharterRecord({Epoch{2}, FirstMembers(3)})};
  const Block seal = MakeToyBlock(b);
  const auto certify = [&](VoteKind kind, uint64_t view) {
    Slot slot;
    slot.epoch = Epoch{1};
    slot.view = View{view};
    slot.height = Height{1};
    slot.block = seal.id;
    Certificate c;
    c.vote = VoteFor(LedgerId(), kind, slot);
    for (uint8_t m = 1; m < 4; ++m)
      c.signers.push_back({MemberIndex{m}, ToySigner(m).Sign(VoteBytes(LedgerId(), c.vote))});
    return c;
  };
  Restored restored;
  restored.tip = seal;
  restored.tip_finalization = certify(VoteKind::kFinalize, 1);
  restored.certificates.push_back(certify(VoteKind::kNotarize, 2));
  ToyApp app;
  ToySigner signer(0);
  ToyVerifier verifier;
  auto core = Core::Create(config, app, signer, verifier, restored);
  ASSERT_TRUE(core.ok()) << core.status();
  uint64_t now = 1'000'000;
  EXPECT_TRUE((*core)->Status().ended);
  for (int i = 0; i < 5; ++i) {
    now += 5'000;
    const Effects e = (*core)->Step(event::Tick{}, SteadyMs{now});
    ASSERT_TRUE(e.wake_at.has_value());
    EXPECT_GT(ToInt(*e.wake_at), now);
  }
}

// Found by the campaign: flipped bits in stored votes and justifications were not noticed.
TEST_F(EpochTest, ADamagedDiskIsRefused) {
  Make({.n = 4});
  world().filter = [](size_t, size_t, const Message& m) {
    const auto* vote = std::get_if<SignedVote>(&m);
    return vote != nullptr && vote->vote.kind == VoteKind::kFinalize;
  };
  host(0).Submit("one");
  RunFor(4'000);
  const Restored whole = host(1).disk().Restore(host(1).era());
  const auto create = [&](const Restored& restored) {
    ToyApp app;
    ToySigner signer(1);
    ToyVerifier verifier;
    return Core::Create(host(1).ConfigFor(host(1).era()), app, signer, verifier, restored).status();
  };
  ASSERT_FALSE(whole.my_votes.empty());
  ASSERT_FALSE(whole.slots.empty());
  EXPECT_TRUE(create(whole).ok());
  Restored vote = whole;
  vote.my_votes.front().signature = Signature();
  EXPECT_EQ(create(vote).code(), absl::StatusCode::kFailedPrecondition);
  Restored slot = whole;
  Certificate& certificate = slot.slots.front().justification.skips.emplace_back();
  certificate.vote = NullifyVote(Epoch{1}, View{1});
  EXPECT_EQ(create(slot).code(), absl::StatusCode::kFailedPrecondition);
  Restored certified = whole;
  ASSERT_FALSE(certified.certificates.empty());
  certified.certificates.front().signers.front().signature = Signature();
  EXPECT_FALSE(create(certified).ok());
}

// Found by the campaign: an observer of a member that is alone never spoke to it.
TEST_F(EpochTest, AnObserverOfALoneMemberSaysWhereItIs) {
  CoreConfig config;
  config.members = KeysOf(FirstMembers(1));
  config.self = kObserver;
  config.first_block = ToyGenesis();
  ToyApp app;
  ToySigner signer(7);
  ToyVerifier verifier;
  Restored nothing;
  nothing.tip = ToyGenesis();
  auto core = Core::Create(config, app, signer, verifier, nothing);
  ASSERT_TRUE(core.ok());
  EXPECT_FALSE((*core)->Step(event::Tick{}, SteadyMs{1'000}).sends.empty());
}

// Found by the campaign: who had stopped voting did not take blocks any more either.
TEST_F(EpochTest, WhoStopsVotingStillCatchesUp) {
  Make({.n = 4});
  host(3).Crash();
  std::set<std::string> records;
  for (int i = 0; i < 15; ++i) {
    records.insert(fmt::format("r{:02}", i));
    host(0).Submit(fmt::format("r{:02}", i));
    RunFor(2'000);
  }
  cluster_->oracle().OnDamaged(3);  // its vote log is lost, as far as it can tell
  host(3).Start();
  ToySigner signer(3);
  const Vote forgotten = NullifyVote(Epoch{1}, View{2});
  host(3).Receive(
      0, SignedVote{forgotten, MemberIndex{3}, signer.Sign(VoteBytes(LedgerId(), forgotten))});
  EXPECT_FALSE(host(3).core()->Status().voting);
  RunFor(20'000);
  ExpectAgreed(1, records);
}

// Found by the campaign: words that were no answers let a member vote that had forgotten its votes.
TEST_F(EpochTest, OnlyAnswersEndTheQuestion) {
  Make({.n = 4});
  ToyApp app;
  app.Submit("work");
  ToySigner signer(0);
  ToyVerifier verifier;
  Restored nothing;
  nothing.tip = ToyGenesis();
  auto core = Core::Create(host(0).ConfigFor(host(0).era()), app, signer, verifier, nothing);
  ASSERT_TRUE(core.ok());
  uint64_t now = 1'000'000;
  const auto step = [&](const Event& e) { return (*core)->Step(e, SteadyMs{now += 1'000}); };
  static_cast<void>(step(event::Tick{}));
  StatusMessage word{Epoch{1}, View{1}, View{0}, Height{0}, ToyGenesis().id};
  for (uint8_t m = 1; m < 4; ++m) static_cast<void>(step(event::Received{MemberIndex{m}, word}));
  EXPECT_TRUE((*core)->Status().asking);
  StatusMessage answer = word;
  answer.answer = true;
  static_cast<void>(step(event::Received{MemberIndex{1}, answer}));
  EXPECT_TRUE((*core)->Status().asking) << "one of two";
  // The second answer bears a vote that this member does not remember.
  const Vote forgotten = NullifyVote(Epoch{1}, View{1});
  answer.yours = {{forgotten, MemberIndex{0}, signer.Sign(VoteBytes(LedgerId(), forgotten))}};
  const Effects e = step(event::Received{MemberIndex{2}, answer});
  EXPECT_FALSE((*core)->Status().voting);
  ASSERT_FALSE(e.alarms.empty());
  EXPECT_EQ(e.alarms.front().kind, AlarmKind::kDivergence);
}

}  // namespace
}  // namespace parley::sim
