// Directed scenarios: known ways in which protocols of this family have failed. Each name is the
// promise; the letters in the comments are the rows of docs/consensus.md, "Bugs of the past".

#include "base/limits.h"
#include "tests/sim/scenario_fixture.h"

namespace parley::sim {
namespace {

TEST_F(ScenarioTest, FinalityTakesThreeHopsAndNoTimer) {
  Make({.n = 4});
  for (Host* h : cluster_->honest_hosts()) h->options().sync_max_ms = 0;
  world().network.delay_min_ms = world().network.delay_max_ms = 10;
  cluster_->honest(FirstLeader(4))->Submit("fast");
  RunFor(35);
  ExpectAgreed({"fast"});
}

TEST_F(ScenarioTest, OnlyTheLeaderOfAViewProposesInIt) {
  const size_t leader = FirstLeader(4);
  const size_t other = leader == 3 ? 2 : 3;
  Make({.n = 4, .liars = {other}});
  cluster_->liar(other)->ProposeOn(View{1}, nullptr, {"out of turn"}, Everyone());
  RunFor(100);
  for (Host* h : cluster_->honest_hosts()) {
    EXPECT_EQ(h->core()->Status().held_slots, 0u);
    EXPECT_EQ(h->core()->Status().held_votes, 0u);
  }
}

// A carry slot says "once more the parent's block", and means it: a block of the same height that
// lost its view is no parent's block.
TEST_F(ScenarioTest, ACarryOfAnotherBlockIsRefused) {
  auto committee = Committee::Create(LedgerId(), Epoch{1}, ToyKeys(4), ToyGenesis().id, Height{0});
  const MemberIndex liar = committee->Leader(View{3});
  Make({.n = 4, .liars = {ToInt(liar)}});
  std::map<View, Proposal> proposed;
  std::optional<Certificate> parent;
  bool carried = false;
  world().filter = [&](size_t from, size_t, const Message& m) {
    if (const auto* p = std::get_if<Proposal>(&m)) proposed.try_emplace(p->slot.view, *p);
    const auto* vote = std::get_if<SignedVote>(&m);
    const auto* c = std::get_if<Certificate>(&m);
    if (c != nullptr && c->vote.kind == VoteKind::kNotarize && c->vote.view == View{2}) parent = *c;
    if (vote == nullptr) return false;
    carried = carried || (from != ToInt(liar) && vote->vote.view == View{3} &&
                          vote->vote.kind == VoteKind::kNotarize);
    // View 1 fails although all have stored its block; view 2 is notarized and not final.
    return vote->vote.kind == VoteKind::kFinalize ||
           (vote->vote.kind == VoteKind::kNotarize && vote->vote.view == View{1});
  };
  // The liar votes along in view 2 only: three are needed.
  for (Host* h : cluster_->honest_hosts()) h->Submit("one");
  RunFor(4'000);
  ASSERT_TRUE(parent.has_value());
  ASSERT_TRUE(proposed.contains(View{1}) && proposed.contains(View{2}));
  ASSERT_NE(proposed[View{1}].slot.block, proposed[View{2}].slot.block);
  Proposal lie;
  lie.justification.parent = *parent;
  lie.slot = proposed[View{2}].slot;
  lie.slot.view = View{3};
  lie.slot.kind = SlotKind::kCarry;
  lie.slot.block = proposed[View{1}].slot.block;
  lie.slot.parent_view = View{2};
  lie.slot.parent_slot = parent->vote.slot;
  lie.slot.justification = JustificationHash(LedgerId(), lie.justification);
  const Vote vote = VoteFor(LedgerId(), VoteKind::kNotarize, lie.slot);
  lie.signature = ToySigner(ToInt(liar)).Sign(VoteBytes(LedgerId(), vote));
  cluster_->liar(ToInt(liar))->Tell(Everyone(), lie);
  RunFor(500);
  EXPECT_FALSE(carried);
  EXPECT_EQ(cluster_->oracle().violation(), "");
}

// B3, B28: one half holds the notarization of a view, the other its nullification.
class SplitTest : public ScenarioTest, public ::testing::WithParamInterface<size_t> {};
TEST_P(SplitTest, ASplitViewHeals) {
  const size_t n = GetParam();
  Make({.n = n});
  // Notarize votes and certificates reach one half only; the rest times out and nullifies.
  world().filter = [n](size_t, size_t to, const Message& m) {
    const auto* c = std::get_if<Certificate>(&m);
    const bool notarization = c != nullptr && c->vote.kind == VoteKind::kNotarize;
    if (IsVote(m, VoteKind::kFinalize)) return true;
    return to >= n / 2 && (IsVote(m, VoteKind::kNotarize) || notarization);
  };
  cluster_->honest(0)->Submit("split");
  RunFor(4'000);
  const uint64_t views = ToInt(cluster_->honest(0)->core()->Status().view);
  world().filter = nullptr;
  RunFor(60'000);
  ExpectAgreed({"split"});
  EXPECT_LE(cluster_->oracle().last_final_view(), views + (n - 1) / 3 + 2);
  ExpectSilence();
}
INSTANTIATE_TEST_SUITE_P(Sizes, SplitTest, ::testing::Values(4, 10));

// B4, B5: the finalize votes of the last record are lost, then nobody says anything.
TEST_F(ScenarioTest, ANotarizedTipBecomesFinalWithoutNewRecords) {
  Make({.n = 4});
  world().filter = [](size_t, size_t, const Message& m) { return IsVote(m, VoteKind::kFinalize); };
  cluster_->honest(0)->Submit("tail");
  RunFor(500);
  EXPECT_EQ(cluster_->oracle().final_height(), 0u);
  world().filter = nullptr;
  RunFor(20'000);
  ExpectAgreed({"tail"});
  ExpectSilence();
}

// A wall clock that was wrong for a second, on every machine, freezes nothing: timers do not run on
// it. The leader is away, so that a timer is needed.
TEST_F(ScenarioTest, ALeapOfAllClocksDelaysNoTimer) {
  Make({.n = 4});
  constexpr int64_t kDayMs = 86'400'000;
  for (Host* h : cluster_->honest_hosts()) h->options().skew_ms += kDayMs;
  RunFor(1'000);
  for (Host* h : cluster_->honest_hosts()) h->Step(event::Tick{});
  for (Host* h : cluster_->honest_hosts()) h->options().skew_ms -= kDayMs;
  const size_t away = FirstLeader(4);
  cluster_->honest(away)->Crash();
  cluster_->honest((away + 1) % 4)->Submit("soon");
  RunFor(10'000);
  EXPECT_EQ(cluster_->oracle().violation(), "");
  EXPECT_EQ(cluster_->oracle().final_height(), 1u);
}

// The same while blocks are made: ledger time is a day ahead then, and the ledger goes on.
TEST_F(ScenarioTest, ABlockMadeWhileAllClocksWereAheadStopsNothing) {
  Make({.n = 4});
  for (Host* h : cluster_->honest_hosts()) h->options().skew_ms += 86'400'000;
  cluster_->honest(0)->Submit("ahead");
  RunFor(1'000);
  EXPECT_EQ(cluster_->oracle().final_height(), 1u);
  for (Host* h : cluster_->honest_hosts()) h->options().skew_ms -= 86'400'000;
  cluster_->honest(1)->Submit("after");
  RunFor(10'000);
  ExpectAgreed({"ahead", "after"});
  ExpectSilence();
}

// Two of four clocks are slow for so long that hundreds of views are given up in a row. Nobody may
// be shut out for that: when the clocks are right again the ledger goes on, after a restart too,
// over a run that is far longer than a justification has room for single nullifications.
class DisagreementTest : public ScenarioTest, public ::testing::WithParamInterface<bool> {};
TEST_P(DisagreementTest, ARunOfAnyLengthIsCrossed) {
  Make({.n = 4});
  Restart([](Host* h) { h->options().core.view_timeout_ms = 100; });
  for (const size_t i : {0u, 1u}) cluster_->honest(i)->options().skew_ms = -100'000;
  for (size_t i = 0; i < 4; ++i) cluster_->honest(i)->Submit(fmt::format("record {}", i));
  RunFor(45'000);
  // Paced: not at the speed of the network.
  EXPECT_LE(cluster_->honest(2)->core()->Status().view, View{20});
  while (ToInt(cluster_->honest(2)->core()->Status().view) < limits::kSkipsMax + 50)
    RunFor(100'000);
  EXPECT_EQ(cluster_->oracle().final_height(), 0u);
  if (GetParam()) Restart([](Host*) {});
  for (const size_t i : {0u, 1u}) cluster_->honest(i)->options().skew_ms = 0;
  RunFor(60'000);  // some views at the longest patience
  ExpectAgreed({"record 0", "record 1", "record 2", "record 3"});
  ExpectSilence();
}
INSTANTIATE_TEST_SUITE_P(WithRestart, DisagreementTest, ::testing::Bool());

// Many ranges end with one view: what a member is told of its own votes after a restart still fits
// into one message.
TEST_F(ScenarioTest, ARestartInALongRunIsAnswered) {
  Make({.n = 4});
  world().through_codec = true;
  Restart([](Host* h) { h->options().core.view_timeout_ms = 100; });
  for (const size_t i : {0u, 1u}) cluster_->honest(i)->options().skew_ms = -100'000;
  cluster_->honest(2)->Submit("one");
  while (ToInt(cluster_->honest(2)->core()->Status().view) < 64) RunFor(100);
  Host* again = cluster_->honest(3);
  again->Crash();
  again->Start();
  RunFor(20'000);
  EXPECT_FALSE(again->core()->Status().asking);
  for (const size_t i : {0u, 1u}) cluster_->honest(i)->options().skew_ms = 0;
  RunFor(60'000);
  ExpectAgreed({"one"});
}

// A member that was away for the whole run, and one whose certificates of it were lost, come along.
TEST_F(ScenarioTest, WhoMissedALongRunIsBroughtOver) {
  Make({.n = 7});
  Restart([](Host* h) { h->options().core.view_timeout_ms = 100; });
  for (const size_t i : {0u, 1u, 2u}) cluster_->honest(i)->options().skew_ms = -100'000;
  cluster_->honest(6)->Crash();
  cluster_->honest(3)->Submit("long");
  while (ToInt(cluster_->honest(3)->core()->Status().view) < 60) RunFor(50'000);
  cluster_->honest(6)->Start();
  world().filter = [](size_t, size_t to, const Message& m) {
    const auto* c = std::get_if<Certificate>(&m);
    return to == 6 && c != nullptr && ToInt(c->vote.view) % 7 == 3;  // holes
  };
  RunFor(60'000);
  world().filter = nullptr;
  for (const size_t i : {0u, 1u, 2u}) cluster_->honest(i)->options().skew_ms = 0;
  RunFor(60'000);
  ExpectAgreed({"long"});
  ExpectSilence();
}

// B6, B7: everybody loses power at every sync in turn, with all that was not synced.
TEST_F(ScenarioTest, EveryoneCrashesAtEveryStep) {
  for (int step = 1; step <= 24; ++step) {
    Make({.seed = static_cast<uint64_t>(step), .n = 4});
    cluster_->CutPowerAtSync(step);
    cluster_->honest(0)->Submit("dark");
    RunFor(1'000);
    cluster_->StartAll();
    RunFor(90'000);
    EXPECT_EQ(cluster_->oracle().violation(), "") << step;
    EXPECT_TRUE(cluster_->AllFinal({"dark"})) << step;
  }
}

// B8: f members are gone and one more restarts; its vote is needed.
TEST_F(ScenarioTest, ARestartedMembersVoteStillCounts) {
  Make({.n = 4});
  cluster_->honest(3)->Crash();
  cluster_->honest(0)->Submit("one");
  RunFor(30);
  cluster_->honest(1)->Crash();
  RunFor(200);
  cluster_->honest(1)->Start();
  RunFor(90'000);
  cluster_->honest(3)->Start();
  RunFor(10'000);
  ExpectAgreed({"one"});
}

// B9, B11: a vote again with a garbage signature, and certificates that count a signer twice.
TEST_F(ScenarioTest, GarbageSignaturesPoisonNothing) {
  Make({.n = 4, .liars = {3}});
  for (uint8_t victim = 0; victim < 3; ++victim) {
    SignedVote garbage{NullifyVote(Epoch{1}, View{1}), MemberIndex{victim}, Signature()};
    for (size_t to = 0; to < 3; ++to) world().SendToEndpoint(3, to, garbage);
    Certificate fake;
    fake.vote = garbage.vote;
    fake.signers.assign(3, {MemberIndex{victim}, Signature()});
    for (size_t to = 0; to < 3; ++to) world().SendToEndpoint(3, to, fake);
  }
  cluster_->honest(0)->Submit("clean");
  RunFor(30'000);
  ExpectAgreed({"clean"});
}

// B12: a leader floods one view with different blocks.
TEST_F(ScenarioTest, FiveHundredProposalsCostOneContentCheck) {
  const size_t leader = FirstLeader(4);
  Make({.n = 4, .liars = {leader}});
  Liar* liar = cluster_->liar(leader);
  for (int i = 0; i < 500; ++i)
    liar->ProposeOn(View{1}, nullptr, {fmt::format("flood-{}", i)}, Everyone());
  RunFor(50);
  for (Host* h : cluster_->honest_hosts()) {
    EXPECT_LE(h->app().checks(), 1u);
    EXPECT_LE(h->core()->Status().held_blocks, 1u);
    EXPECT_EQ(h->core()->evidence().size(), 1u);  // E1, once
  }
  EXPECT_EQ(cluster_->oracle().violation(), "");
}

// B13: votes and proposals of the far future are not kept.
TEST_F(ScenarioTest, TheFarFutureTakesNoMemory) {
  Make({.n = 4, .liars = {3}});
  for (uint64_t v = 10; v < 5'000; ++v)
    cluster_->liar(3)->Vote(NullifyVote(Epoch{1}, View{v}), {0, 1, 2});
  RunFor(1'000);
  for (Host* h : cluster_->honest_hosts()) EXPECT_LE(h->core()->Status().held_votes, 20u);
}

// B13: nor does who hears of everything and can fetch nothing.
TEST_F(ScenarioTest, WhoIsFarBehindCollectsNothing) {
  Make({.n = 4});
  Host* deaf = cluster_->honest(3);
  deaf->Crash();
  std::set<std::string> records;
  const auto submit = [&](int first, int count) {
    for (int i = first; i < first + count; ++i) {
      records.insert(fmt::format("r{:02}", i));
      cluster_->honest(0)->Submit(fmt::format("r{:02}", i));
      RunFor(2'000);
    }
  };
  submit(0, 20);
  for (size_t to = 0; to < 3; ++to) world().network.cut.emplace(3, to);
  deaf->Start();
  submit(20, 60);
  const CoreStatus s = deaf->core()->Status();
  EXPECT_GT(ToInt(s.last_final), 60u);
  EXPECT_LE(s.held_votes, 40u);
  EXPECT_LE(s.held_certificates, 12u);
  EXPECT_LE(s.held_blocks, 2u);
  EXPECT_LE(s.held_slots, 2u);
  world().network.cut.clear();
  world().Reconnect();
  RunFor(60'000);
  ExpectAgreed(records);
}

// B20, B21: claims about heights that do not exist.
TEST_F(ScenarioTest, ALyingStatusMovesNothing) {
  Make({.n = 4, .liars = {3}});
  cluster_->honest(0)->Submit("true");
  RunFor(30'000);
  const uint64_t height = cluster_->oracle().final_height();
  for (const uint64_t claim : {uint64_t{0}, uint64_t{1'000'000}}) {
    const StatusMessage lie{Epoch{1}, View{claim}, View{claim}, Height{claim}, BlockId()};
    for (size_t to = 0; to < 3; ++to) world().SendToEndpoint(3, to, lie);
  }
  RunFor(5'000);
  EXPECT_EQ(cluster_->oracle().final_height(), height);
  ExpectAgreed({"true"});
  ExpectSilence();
}

// B22: what was asked for is looked up by its hash, not by what the answer says about itself.
TEST_F(ScenarioTest, AnAnswerWithAnotherBodyIsDropped) {
  Make({.n = 4});
  const Block real =
      MakeToyBlock({.parent = ToyGenesis().id, .height = Height{1}, .records = {"x"}});
  Slot slot;
  slot.epoch = Epoch{1};
  slot.view = View{1};
  slot.block = real.id;
  SlotAnswer lie{slot, {}, ToyGenesis()};
  cluster_->honest(0)->Receive(1, lie);
  cluster_->honest(0)->Receive(1, SlotAnswer{slot, {}, real});  // not asked for
  EXPECT_EQ(cluster_->honest(0)->core()->Status().held_blocks, 0u);
}

// B26: executing a block takes longer than the first timeout.
TEST_F(ScenarioTest, SlowMachinesStillFinish) {
  Make({.n = 4});
  for (const size_t i : {0u, 1u}) cluster_->honest(i)->options().check_ms = 2'500;
  cluster_->honest(2)->Submit("slow");
  RunFor(200'000);
  ExpectAgreed({"slow"});
}

// B30: the vote log is gone, the certificates are not.
TEST_F(ScenarioTest, AMemberThatLostItsVoteLogDoesNotVote) {
  Make({.n = 4});
  world().filter = [](size_t, size_t, const Message& m) { return IsVote(m, VoteKind::kFinalize); };
  cluster_->honest(0)->Submit("log");
  RunFor(500);
  Host* h = cluster_->honest(0);
  h->Crash();
  Restored restored = h->disk().Restore(h->era());
  ToyApp app;
  ToySigner signer(0);
  ToyVerifier verifier;
  EXPECT_TRUE(Core::Create(h->ConfigFor(h->era()), app, signer, verifier, restored).ok());
  restored.my_votes.clear();
  const auto core = Core::Create(h->ConfigFor(h->era()), app, signer, verifier, restored);
  EXPECT_EQ(core.status().code(), absl::StatusCode::kFailedPrecondition) << core.status();
}

// B12: half of the members see one proposal, half another.
TEST_F(ScenarioTest, AnEquivocatingLeaderForksNothing) {
  const size_t leader = FirstLeader(4);
  Make({.n = 4, .liars = {leader}});
  Liar* liar = cluster_->liar(leader);
  liar->ProposeOn(View{1}, nullptr, {"to some"}, {0, 1});
  liar->ProposeOn(View{1}, nullptr, {"to others"}, {2, 3});
  RunFor(30'000);
  EXPECT_EQ(cluster_->oracle().violation(), "");
}

TEST_F(ScenarioTest, AMemberLongAwayCatchesUpByBlocks) {
  Make({.n = 4});
  cluster_->honest(3)->Crash();
  std::set<std::string> records;
  for (int i = 0; i < 60; ++i) {
    records.insert(fmt::format("r{:02}", i));
    cluster_->honest(0)->Submit(fmt::format("r{:02}", i));
    RunFor(400);
  }
  RunFor(30'000);
  cluster_->honest(3)->Start();
  RunFor(5'000);
  ExpectAgreed(records);
  ExpectSilence();
}

}  // namespace
}  // namespace parley::sim
