// Members of one accord in one process: what each accepts becomes final everywhere, whatever stops,
// restarts or comes late.

#include <filesystem>

#include "crypto/encoding.h"
#include "ledger/record/intake.h"
#include "node/replica/generation.h"
#include "tests/replica/network.h"

namespace parley::testing {
namespace {

using replica::SubmitOutcome;
using ::testing::HasSubstr;
using Code = absl::StatusCode;

// The only outcome of one record, which must be final.
SubmitOutcome Final(const std::vector<SubmitOutcome>& outcomes) {
  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_OK(outcomes.at(0).status);
  EXPECT_TRUE(outcomes.at(0).final);
  return outcomes.at(0);
}

TEST(ReplicaTest, RecordsSubmittedThroughEachBecomeFinalEverywhere) {
  Network net;
  net.StartAll();
  for (size_t i = 0; i < net.size(); ++i) {
    const SubmitOutcome o = Final(net.Submit(i, {net.accord().Report(i, "a", "shots heard")}));
    EXPECT_EQ(o.index, i + 1);
    ASSERT_OK_AND_ASSIGN(const auto receipt, record::ParseIntakeReceipt(o.intake_receipt));
    EXPECT_EQ(receipt.record, o.id);
    EXPECT_EQ(receipt.member, Accord::NameOf(i));
    EXPECT_OK(record::VerifyIntakeReceipt(receipt, net.accord().charter().members()[i].node_key));
  }
  EXPECT_TRUE(net.AllHave(5));
  const auto tip = net.at(0).Latest()->tip;
  ASSERT_TRUE(net.Eventually([&] { return net.at(3).Latest()->tip.size == tip.size; }));
  EXPECT_EQ(net.at(3).Latest()->tip.digest, tip.digest);
  EXPECT_EQ(net.at(3).Latest()->tip.tree, tip.tree);
}

TEST(ReplicaTest, ManyRecordsOfOneAuthorKeepTheirOrder) {
  Network net;
  net.StartAll();
  std::vector<std::string> envelopes;
  for (int i = 0; i < 200; ++i)
    envelopes.push_back(net.accord().Report(0, "a", fmt::format("event {}", i)));
  const auto outcomes = net.Submit(0, envelopes);
  ASSERT_EQ(outcomes.size(), 200U);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_OK(outcomes[i].status);
    EXPECT_TRUE(outcomes[i].final);
    EXPECT_EQ(outcomes[i].index, outcomes[0].index + i);
  }
  EXPECT_TRUE(net.AllHave(201));
  EXPECT_TRUE(net.Eventually([&] { return net.at(0).GetStatus().pending_records == 0; }));
}

TEST(ReplicaTest, AuthorHeadCountsWhatIsPending) {
  Network net;
  ASSERT_OK(net.Start(0));  // alone: nothing becomes final
  const std::string first = net.accord().Report(0, "a", "one");
  const KeyId key = KeyIdOf(FixedKey("m0/a").public_key());
  ASSERT_OK_AND_ASSIGN(auto head, net.at(0).AuthorHead(key));
  EXPECT_EQ(head.first, 0U);
  const auto outcomes = net.Submit(0, {first}, /*wait_final=*/false);
  ASSERT_OK(outcomes[0].status);
  EXPECT_FALSE(outcomes[0].final);
  ASSERT_OK_AND_ASSIGN(head, net.at(0).AuthorHead(key));
  EXPECT_EQ(head.first, 1U);
  EXPECT_EQ(head.second, outcomes[0].id);
  ASSERT_OK_AND_ASSIGN(const std::string held, net.at(0).PendingRecord(outcomes[0].id));
  EXPECT_EQ(held, first);
  EXPECT_THAT(net.at(0).PendingRecord(RecordId()), StatusIs(Code::kNotFound));
  EXPECT_THAT(net.at(0).GetStatus().core.waiting_for,
              HasSubstr("1 of the 3 members it needs are connected; missing: m1, m2, m3"));
}

TEST(ReplicaTest, PendingSurvivesRestartAndBecomesFinalWhenMembersReturn) {
  Network net;
  ASSERT_OK(net.Start(0));
  const auto outcomes = net.Submit(
      0, {net.accord().Report(0, "a", "one"), net.accord().Report(0, "a", "two")}, false);
  ASSERT_OK(outcomes[0].status);
  ASSERT_OK(outcomes[1].status);
  net.Stop(0);
  ASSERT_OK(net.Start(0));
  EXPECT_EQ(net.at(0).GetStatus().pending_records, 2U);
  net.StartAll();
  EXPECT_TRUE(net.AllHave(3));
}

TEST(ReplicaTest, TheRestGoOnWithoutOneAndItCatchesUp) {
  Network net;
  net.StartAll();
  Final(net.Submit(0, {net.accord().Report(0, "a", "before")}));
  net.Stop(2);
  for (int i = 0; i < 5; ++i)
    Final(net.Submit(1, {net.accord().Report(1, "a", fmt::format("without {}", i))}));
  ASSERT_OK(net.Start(2));
  EXPECT_TRUE(net.AllHave(7));
  Final(net.Submit(2, {net.accord().Report(2, "a", "after")}));
  EXPECT_TRUE(net.AllHave(8));
}

TEST(ReplicaTest, AMemberThatComesLateFetchesAllBlocks) {
  Network net;
  for (size_t i = 0; i < 3; ++i) ASSERT_OK(net.Start(i));
  for (int i = 0; i < 20; ++i)
    Final(net.Submit(1, {net.accord().Report(1, "a", fmt::format("event {}", i))}));
  ASSERT_OK(net.Start(3));
  EXPECT_TRUE(net.AllHave(21));
}

TEST(ReplicaTest, AllStoppedAndStartedGoOn) {
  Network net;
  net.StartAll();
  Final(net.Submit(0, {net.accord().Report(0, "a", "one")}));
  for (size_t i = 0; i < net.size(); ++i) net.Stop(i);
  net.StartAll();
  Final(net.Submit(3, {net.accord().Report(3, "b", "two")}));
  EXPECT_TRUE(net.AllHave(3));
}

TEST(ReplicaTest, TheSameRecordTwiceIsOneEntry) {
  Network net;
  net.StartAll();
  const std::string envelope = net.accord().Report(0, "a", "once");
  const SubmitOutcome first = Final(net.Submit(0, {envelope}));
  const SubmitOutcome again = Final(net.Submit(0, {envelope}));
  EXPECT_EQ(again.index, first.index);
  EXPECT_EQ(again.time, first.time);
  ASSERT_TRUE(net.AllHave(2));
  const SubmitOutcome elsewhere = Final(net.Submit(3, {envelope}));
  EXPECT_EQ(elsewhere.index, first.index);
}

TEST(ReplicaTest, ASecondRecordUnderOneNumberIsRefused) {
  Network net;
  ASSERT_OK(net.Start(0));
  const SecretKey key = FixedKey("m0/a");
  const auto first = net.Submit(0, {net.accord().Sign(0, "a", "one", 1, RecordId(), key)}, false);
  ASSERT_OK(first[0].status);
  const auto second =
      net.Submit(0, {net.accord().Sign(0, "a", "other", 1, RecordId(), key)}, false);
  EXPECT_THAT(second[0].status, StatusIs(Code::kAlreadyExists, HasSubstr(first[0].id.ToHex())));
  EXPECT_EQ(net.at(0).GetStatus().pending_records, 1U);
  net.StartAll();
  ASSERT_TRUE(net.AllHave(2));
  const auto third = net.Submit(1, {net.accord().Sign(0, "a", "third", 1, RecordId(), key)});
  EXPECT_THAT(third[0].status, StatusIs(Code::kAlreadyExists));
}

// The number is final already, and a record later than the newest: both envelopes are proof.
TEST(ReplicaTest, ASecondRecordUnderAFinalNumberIsKeptWithTheFirstOnce) {
  Network net;
  net.StartAll();
  const SecretKey key = FixedKey("m0/a");
  const std::string first = net.accord().Report(0, "a", "one");
  ASSERT_OK(net.Submit(0, {first})[0].status);
  ASSERT_OK(net.Submit(0, {net.accord().Report(0, "a", "two")})[0].status);
  const auto proof = [&] {
    return net.at(0).Latest()->snapshot->Get(store::Family::kMeta,
                                             "two-records/" + KeyIdOf(key.public_key()).ToHex());
  };
  const auto alarms = [&] { return net.at(0).GetStatus().alarms; };

  // Signed by somebody else: no proof of anything.
  const auto forged =
      net.Submit(0, {net.accord().Sign(0, "a", "forged", 1, RecordId(), FixedKey("nobody"))});
  EXPECT_FALSE(forged[0].status.ok());
  EXPECT_THAT(alarms(), ::testing::IsEmpty());

  const std::string second = net.accord().Sign(0, "a", "other", 1, RecordId(), key);
  EXPECT_THAT(net.Submit(0, {second})[0].status, StatusIs(Code::kAlreadyExists));
  ASSERT_OK(net.Submit(0, {net.accord().Report(1, "a", "a block, so that there is a snapshot")})[0]
                .status);
  EXPECT_TRUE(net.Eventually([&] { return proof().ok(); }));
  Encoder want;
  want.Var(first).Var(second);
  ASSERT_OK_AND_ASSIGN(const std::string kept, proof());
  EXPECT_EQ(kept, want.TakeString());
  EXPECT_THAT(alarms(), ::testing::ElementsAre("officer a of m0 has signed two records with one "
                                               "number; both are kept"));

  // Once for each key; and a peer's copy is looked at like an officer's.
  EXPECT_THAT(net.Submit(0, {net.accord().Sign(0, "a", "third", 1, RecordId(), key)})[0].status,
              StatusIs(Code::kAlreadyExists));
  ASSERT_OK(net.at(2).OnRecords("m1", {second}));
  EXPECT_TRUE(net.Eventually([&] { return net.at(2).GetStatus().alarms.size() == 1; }));
  EXPECT_EQ(alarms().size(), 1U);
  EXPECT_EQ(*proof(), kept);
}

TEST(ReplicaTest, RefusalsReachTheSubmitterAndTakeNothingElseAlong) {
  Network net;
  net.StartAll();
  Accord& accord = net.accord();
  std::string forged = accord.Sign(0, "a", "forged", 1, RecordId(), FixedKey("nobody"));
  std::string flipped = accord.Report(1, "a", "flipped");
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  const std::string gap =
      accord.Sign(0, "b", "gap", 5, Sha256<RecordId>(AsBytes("x")), FixedKey("m0/b"));
  const auto outcomes =
      net.Submit(0, {"garbage", forged, flipped, gap, accord.Report(2, "a", "good")});
  ASSERT_EQ(outcomes.size(), 5U);
  EXPECT_THAT(outcomes[0].status, StatusIs(Code::kInvalidArgument));
  EXPECT_THAT(outcomes[1].status, StatusIs(Code::kUnauthenticated));
  EXPECT_FALSE(outcomes[2].status.ok());
  EXPECT_FALSE(outcomes[3].status.ok());
  EXPECT_OK(outcomes[4].status);
  EXPECT_TRUE(outcomes[4].final);
  EXPECT_TRUE(net.AllHave(2));
  EXPECT_THAT(net.at(0).Submit({}, true, {}, nullptr), StatusIs(Code::kInvalidArgument));
}

TEST(ReplicaTest, AnAuthorsRecordsMayComeThroughOtherMembersInAnyOrder) {
  Network net;
  net.StartAll();
  const std::string one = net.accord().Report(0, "a", "one");
  const std::string two = net.accord().Report(0, "a", "two");
  // The second is forwarded first: kept until its predecessor is there.
  ASSERT_OK(net.at(2).OnRecords("m1", {two}));
  ASSERT_TRUE(net.Eventually([&] { return net.at(2).GetStatus().pending_records == 1; }));
  ASSERT_OK(net.at(2).OnRecords("m1", {one}));
  EXPECT_TRUE(net.AllHave(3));
}

TEST(ReplicaTest, GarbageFromAPeerIsHarmless) {
  Network net;
  net.StartAll();
  const std::string peer = "m1";
  EXPECT_THAT(net.at(0).OnConsensus(peer, "garbage"), StatusIs(Code::kInvalidArgument));
  EXPECT_THAT(net.at(0).OnConsensus("m9", "x"), StatusIs(Code::kInvalidArgument));
  EXPECT_THAT(net.at(0).OnConsensus("m0", "x"), StatusIs(Code::kInvalidArgument));
  EXPECT_OK(net.at(0).OnRecords(peer, {"garbage", std::string(100'000, 'x')}));
  EXPECT_OK(net.at(0).OnCheckpoint(peer, "garbage"));
  EXPECT_THAT(net.at(0).OnBlocksFetched(peer, 1, {"garbage"}, "garbage"),
              StatusIs(Code::kInvalidArgument));
  EXPECT_OK(net.at(0).OnFetchFailed(peer));
  Final(net.Submit(0, {net.accord().Report(0, "a", "still works")}));
  EXPECT_TRUE(net.AllHave(2));
  EXPECT_OK(net.at(0).Health());
}

TEST(ReplicaTest, WithTooFewMembersTheSubmitterIsToldAtTheDeadline) {
  Network net;
  ASSERT_OK(net.Start(0));
  std::mutex mu;
  std::condition_variable come;
  std::optional<std::vector<SubmitOutcome>> got;
  ASSERT_OK(net.at(0).Submit({net.accord().Report(0, "a", "waits")}, true,
                             std::chrono::steady_clock::now() + std::chrono::milliseconds(50),
                             [&](std::vector<SubmitOutcome> o) {
                               const std::lock_guard lock(mu);
                               got = std::move(o);
                               come.notify_all();
                             }));
  std::unique_lock lock(mu);
  ASSERT_TRUE(come.wait_for(lock, std::chrono::seconds(20), [&] { return got.has_value(); }));
  EXPECT_OK(got->at(0).status);
  EXPECT_FALSE(got->at(0).final);
  EXPECT_FALSE(got->at(0).intake_receipt.empty());
}

TEST(ReplicaTest, ForeignDatabasesAndKeysAreRefused) {
  Network net;
  ASSERT_OK(net.Start(0));
  net.Stop(0);
  const TempDir other;
  ASSERT_OK_AND_ASSIGN(auto store, store::Store::Open(net.dir(0), store::Store::Mode::kReadWrite));
  class NoTransport final : public replica::Transport {
    void SendConsensus(const std::string&, std::shared_ptr<const std::string>) override {}
    void SendRecords(const std::string&, std::shared_ptr<const std::vector<std::string>>) override {
    }
    void SendCheckpoint(const std::string&, std::shared_ptr<const std::string>) override {}
    void FetchBlocks(const std::string&, uint64_t) override {}
  } transport;
  const auto create = [&](const std::string& member, const char* node, const char* cosigner) {
    replica::ReplicaOptions options;
    options.member = member;
    replica::NodeKeys keys;
    keys.node.push_back(FixedKey(node));
    keys.cosigner.push_back(FixedKey(cosigner));
    auto made = replica::Replica::Create(options, net.accord().charter(), *store, std::move(keys),
                                         transport, SystemClock());
    return made.ok() ? StatusOr<std::string>((*made)->GetStatus().core.waiting_for)
                     : StatusOr<std::string>(made.status());
  };
  EXPECT_THAT(create("m1", "m1 node", "m1 cosigner"),
              StatusIs(Code::kFailedPrecondition, HasSubstr("m0")));
  EXPECT_THAT(create("m9", "m1 node", "m1 cosigner"), StatusIs(Code::kFailedPrecondition));
  // A key that the charter does not name may be one of a charter to come: the node only follows.
  EXPECT_THAT(*create("m0", "m1 node", "m0 cosigner"), HasSubstr("no such key file"));
  EXPECT_THAT(*create("m0", "m0 node", "m1 cosigner"), Not(HasSubstr("no such key file")));
  EXPECT_THAT(*create("m0", "m0 node", "m0 cosigner"), Not(HasSubstr("no such key file")));
}

TEST(ReplicaTest, LostVotesMeanNoMoreVoting) {
  Network net;
  net.StartAll();
  Final(net.Submit(0, {net.accord().Report(0, "a", "one")}));
  net.Stop(3);
  {
    ASSERT_OK_AND_ASSIGN(auto store,
                         store::Store::Open(net.dir(3), store::Store::Mode::kReadWrite));
    store::Store::Batch batch;
    batch.DeleteRange(store::Family::kVotes, "", "\xff");
    ASSERT_OK(store->Commit(std::move(batch)));
  }
  ASSERT_OK(net.Start(3));
  EXPECT_FALSE(net.at(3).GetStatus().core.voting);
  ASSERT_FALSE(net.at(3).GetStatus().alarms.empty());
  EXPECT_THAT(net.at(3).GetStatus().alarms[0], HasSubstr("never votes again"));
  // It still follows, and the others do not need it.
  Final(net.Submit(0, {net.accord().Report(0, "a", "two")}));
  EXPECT_TRUE(net.AllHave(3));
}

TEST(ReplicaTest, AWipedMemberFollowsAndDoesNotVote) {
  Network net;
  net.StartAll();
  Final(net.Submit(0, {net.accord().Report(0, "a", "one")}));
  net.Stop(3);
  net.Wipe(3);
  for (int start = 0; start < 2; ++start) {  // what was found once holds
    ASSERT_OK(net.Start(3));
    EXPECT_TRUE(net.AllHave(2));
    EXPECT_FALSE(net.at(3).GetStatus().core.voting);
    EXPECT_THAT(net.at(3).GetStatus().alarms.at(0), HasSubstr("the database is new"));
    net.Stop(3);
  }
  ASSERT_OK(net.Start(3));
  Final(net.Submit(3, {net.accord().Report(3, "a", "two")}));
  EXPECT_TRUE(net.AllHave(3));
}

TEST(ReplicaTest, AnOlderCopyOfTheDatabaseDoesNotVote) {
  namespace fs = std::filesystem;
  Network net;
  net.StartAll();
  net.Stop(3);
  fs::copy(net.dir(3), net.dir(3) + ".backup", fs::copy_options::recursive);
  ASSERT_OK(net.Start(3));
  Final(net.Submit(0, {net.accord().Report(0, "a", "one")}));
  net.Stop(3);
  net.Wipe(3);
  fs::rename(net.dir(3) + ".backup", net.dir(3));
  ASSERT_OK(net.Start(3));
  EXPECT_FALSE(net.at(3).GetStatus().core.voting);
  EXPECT_THAT(net.at(3).GetStatus().alarms.at(0), HasSubstr("an older copy was restored"));
  EXPECT_TRUE(net.AllHave(2));
}

// The copy is as old as the run it was taken in, so starts tell nothing; and nobody is there who
// could say which votes it lacks.
TEST(ReplicaTest, ACopyTakenInTheMidstOfALongRunDoesNotVote) {
  Network net;
  net.StartAll();
  const std::string copy = net.dir(3) + ".copy";
  ASSERT_OK(net.SaveCopy(3, copy));
  uint64_t entries = 1;
  for (uint64_t votes = 0; votes < 2 * replica::kVotesPerCount; votes += 2, ++entries)
    Final(net.Submit(0, {net.accord().Report(0, "a", fmt::format("report {}", entries))}));
  ASSERT_TRUE(net.AllHave(entries));
  net.Stop(3);
  net.Wipe(3);
  std::filesystem::rename(copy, net.dir(3));
  for (size_t i = 0; i < 3; ++i) net.Stop(i);
  ASSERT_OK(net.Start(3));
  EXPECT_FALSE(net.at(3).GetStatus().core.voting);
  EXPECT_THAT(net.at(3).GetStatus().alarms.at(0), HasSubstr("an older copy was restored"));
}

// The other side: a long run that simply ends and goes on is no older copy.
TEST(ReplicaTest, ALongRunGoesOnAfterAStart) {
  Network net;
  net.StartAll();
  for (int i = 0; i < 70; ++i) Final(net.Submit(0, {net.accord().Report(0, "a", "one")}));
  for (size_t i = 0; i < 4; ++i) net.Stop(i);
  net.StartAll();
  Final(net.Submit(1, {net.accord().Report(1, "a", "two")}));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(net.at(i).GetStatus().alarms.empty()) << i;
    EXPECT_TRUE(net.Eventually([&] { return net.at(i).GetStatus().core.voting; })) << i;
  }
}

}  // namespace
}  // namespace parley::testing
