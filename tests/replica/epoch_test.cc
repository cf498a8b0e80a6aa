// Charters that change members and keys, through real replicas: the hand-over from one epoch to the
// next, members that come and go, and nodes that lost what they signed.

#include <filesystem>

#include "ledger/rules/charter_change.h"
#include "tests/replica/network.h"

namespace parley::testing {
namespace {

namespace fs = std::filesystem;

class EpochTest : public ::testing::Test {
 protected:
  std::shared_ptr<const rules::Charter> InForce(Network& net, size_t i = 0) {
    return net.at(i).Latest()->charter;
  }
  // The text, made to follow the charter in force, with these members' root signatures.
  std::string Signed(Network& net, const std::string& text, const std::vector<size_t>& signers,
                     size_t by = 0) {
    StatusOr<std::string> note = text;
    for (const size_t i : signers) {
      note = rules::AddSuccessorSignature(*InForce(net, by), *note, Accord::NameOf(i),
                                          FixedKey(Accord::NameOf(i) + " root"));
      EXPECT_OK(note);
      if (!note.ok()) return "";
    }
    return *note;
  }
  std::string Rotation(Network& net, size_t member, const std::string& key) {
    const auto text = rules::RotatedText(*InForce(net), Accord::NameOf(member),
                                         {FixedKey(key).public_key(), std::nullopt});
    EXPECT_OK(text);
    return Signed(net, *text, {member});
  }
  std::string Change(Network& net, const std::vector<size_t>& members, size_t parties,
                     const std::vector<size_t>& signers, size_t by = 0) {
    const auto text = rules::FollowingText(*InForce(net, by), Accord::Text(members, parties));
    EXPECT_OK(text);
    return Signed(net, *text, signers, by);
  }
  void Propose(Network& net, size_t by, const std::string& note) {
    const auto out = net.Submit(by, {net.accord().ProposeCharter(by, "a", note)});
    ASSERT_EQ(out.size(), 1u);
    ASSERT_OK(out[0].status);
    EXPECT_TRUE(out[0].final);
  }
  bool EpochIs(Network& net, size_t i, uint64_t epoch) {
    return net.Eventually(
        [&] { return consensus::ToInt(net.at(i).GetStatus().core.epoch) == epoch; });
  }
  void ReportFinal(Network& net, size_t by, const std::string& text) {
    const auto out = net.Submit(by, {net.accord().Report(by, "a", text)});
    ASSERT_OK(out.at(0).status);
    EXPECT_TRUE(out.at(0).final) << text;
  }
  bool Votes(Network& net, size_t i) {
    return net.Eventually([&] {
      const replica::ReplicaStatus s = net.at(i).GetStatus();
      return s.core.voting && !s.core.asking;
    });
  }
};

TEST_F(EpochTest, ANodeKeyIsRotatedWhileTheLedgerGoesOn) {
  Network net;
  net.more_node_keys[3] = {"m3 node-2"};
  net.StartAll();
  ReportFinal(net, 0, "one");
  Propose(net, 0, Rotation(net, 3, "m3 node-2"));
  for (size_t i = 0; i < 4; ++i) ASSERT_TRUE(EpochIs(net, i, 2)) << i;
  ReportFinal(net, 1, "two");
  net.Stop(2);  // now the rotated node's votes are needed
  ReportFinal(net, 3, "three");
  ASSERT_OK(net.Start(2));
  EXPECT_TRUE(net.AllHave(net.SizeOf(0)));
}

// The others are in the new epoch and have cosigned before the slow one has seen the seal. On a
// quiet ledger nothing more is said for ten minutes.
TEST_F(EpochTest, WhoEntersAnEpochLastHasItsCheckpointAllTheSame) {
  Network net;
  net.StartAll();
  ReportFinal(net, 0, "one");
  ASSERT_TRUE(net.AllHave(net.SizeOf(0)));
  net.HoldConsensus(3, true);
  Propose(net, 0, Change(net, {0, 1, 2, 3}, 1, {0, 1, 2, 3}));
  const uint64_t size = net.SizeOf(0);
  for (const size_t i : {0u, 1u, 2u})
    ASSERT_TRUE(net.Eventually([&] { return net.at(i).Latest()->checkpoint_size == size; })) << i;
  ASSERT_LT(net.SizeOf(3), size);
  net.HoldConsensus(3, false);
  EXPECT_TRUE(net.Eventually([&] { return net.at(3).Latest()->checkpoint_size == size; }))
      << net.at(3).Latest()->checkpoint_size << " of " << size;
}

TEST_F(EpochTest, WithoutTheNewKeyANodeFollowsAndLaterVotes) {
  Network net;
  net.StartAll();
  Propose(net, 0, Rotation(net, 3, "m3 node-2"));
  ASSERT_TRUE(EpochIs(net, 3, 2));
  ReportFinal(net, 0, "two");
  ASSERT_TRUE(net.AllHave(net.SizeOf(0)));
  EXPECT_THAT(net.at(3).GetStatus().core.waiting_for, ::testing::HasSubstr("no such key file"));
  net.Stop(3);
  net.more_node_keys[3] = {"m3 node-2"};
  ASSERT_OK(net.Start(3));
  EXPECT_TRUE(Votes(net, 3));
  net.Stop(2);
  ReportFinal(net, 0, "three");
}

TEST_F(EpochTest, AMemberJoinsFromGenesisAndAnotherLeaves) {
  Network net(4, 600'000, 1);
  for (size_t i = 0; i < 4; ++i) ASSERT_OK(net.Start(i));
  for (int i = 0; i < 5; ++i) ReportFinal(net, 0, "before");
  Propose(net, 0, Change(net, {0, 1, 2, 3, 4}, 2, {0, 1, 2, 3, 4}));
  for (size_t i = 0; i < 4; ++i) ASSERT_TRUE(EpochIs(net, i, 2)) << i;
  ASSERT_OK(net.Start(4));
  ASSERT_TRUE(EpochIs(net, 4, 2));
  EXPECT_TRUE(Votes(net, 4));
  ReportFinal(net, 4, "of the new member");
  ASSERT_TRUE(net.AllHave(net.SizeOf(0)));

  Propose(net, 0, Change(net, {0, 1, 2, 4}, 2, {0, 1, 2, 3, 4}));
  for (const size_t i : {0u, 1u, 2u, 4u}) ASSERT_TRUE(EpochIs(net, i, 3)) << i;
  ASSERT_TRUE(net.Eventually([&] {
    return net.at(3).GetStatus().core.waiting_for.find("not a member any more") !=
           std::string::npos;
  }));
  const uint64_t left_at = net.SizeOf(3);
  ReportFinal(net, 0, "after");
  EXPECT_EQ(net.SizeOf(3), left_at);
  const auto refused = net.Submit(3, {net.accord().Report(3, "a", "too late")});
  EXPECT_FALSE(refused.at(0).status.ok());
  // It comes back to the same place.
  net.Stop(3);
  ASSERT_OK(net.Start(3));
  EXPECT_EQ(net.SizeOf(3), left_at);
  EXPECT_FALSE(net.at(3).GetStatus().core.voting);
}

TEST_F(EpochTest, AMemberAwayDuringTwoChangesCatchesUp) {
  Network net;
  net.more_node_keys[1] = {"m1 node-2"};
  net.more_node_keys[2] = {"m2 node-2"};
  net.StartAll();
  net.Stop(3);
  Propose(net, 0, Rotation(net, 1, "m1 node-2"));
  ASSERT_TRUE(EpochIs(net, 0, 2));
  ReportFinal(net, 0, "between");
  Propose(net, 0, Rotation(net, 2, "m2 node-2"));
  ASSERT_TRUE(EpochIs(net, 0, 3));
  ReportFinal(net, 0, "after");
  ASSERT_OK(net.Start(3));
  EXPECT_TRUE(net.AllHave(net.SizeOf(0)));
  EXPECT_TRUE(Votes(net, 3));
}

TEST_F(EpochTest, AWipedNodeComesBackByANewKey) {
  Network net;
  net.StartAll();
  ReportFinal(net, 0, "one");
  net.Stop(3);
  net.Wipe(3);  // the count of starts beside it stays
  net.more_node_keys[3] = {"m3 node-2"};
  ASSERT_OK(net.Start(3));
  EXPECT_TRUE(net.AllHave(net.SizeOf(0)));
  EXPECT_FALSE(net.at(3).GetStatus().core.voting);
  EXPECT_THAT(net.at(3).GetStatus().alarms,
              ::testing::Contains(::testing::HasSubstr("are forgotten")));
  // The key that was at hand when the loss was found is as forbidden as the one in use.
  net.Stop(3);
  net.more_node_keys[3] = {"m3 node-3"};
  ASSERT_OK(net.Start(3));
  Propose(net, 0, Rotation(net, 3, "m3 node-3"));
  ASSERT_TRUE(EpochIs(net, 3, 2));
  EXPECT_TRUE(Votes(net, 3));
  net.Stop(2);
  ReportFinal(net, 0, "two");
}

TEST_F(EpochTest, AMemberThatLeftJoinsAgainWithItsOldDatabase) {
  Network net;
  net.StartAll();
  ReportFinal(net, 0, "together");
  Propose(net, 0, Change(net, {0, 1, 2}, 2, {0, 1, 2, 3}));
  for (const size_t i : {0u, 1u, 2u}) ASSERT_TRUE(EpochIs(net, i, 2)) << i;
  ASSERT_TRUE(net.Eventually([&] { return net.SizeOf(3) == net.SizeOf(0); }));
  const uint64_t left_at = net.SizeOf(3);
  net.Stop(3);
  for (int i = 0; i < 3; ++i) ReportFinal(net, 0, "without it");
  ASSERT_OK(net.Start(3));  // nobody serves it: it is not one of them
  ReportFinal(net, 0, "beside it");
  EXPECT_EQ(net.SizeOf(3), left_at);
  EXPECT_FALSE(net.at(3).GetStatus().core.voting);

  // Keys that were replaced never come back, so it has new ones.
  const auto text =
      rules::FollowingText(*InForce(net), Accord::Text({0, 1, 2, 3}, 2, 600'000, {3}));
  ASSERT_OK(text);
  const auto note = rules::AddSuccessorSignature(*InForce(net), Signed(net, *text, {0, 1, 2}), "m3",
                                                 FixedKey("m3 root anew"));
  ASSERT_OK(note);
  Propose(net, 0, *note);
  for (const size_t i : {0u, 1u, 2u}) ASSERT_TRUE(EpochIs(net, i, 3)) << i;
  net.Stop(3);
  net.more_node_keys[3] = {"m3 node anew"};
  ASSERT_OK(net.Start(3));
  ASSERT_TRUE(EpochIs(net, 3, 3));
  EXPECT_TRUE(Votes(net, 3));
  net.Stop(2);  // now its vote is needed
  ReportFinal(net, 0, "together again");
  ASSERT_OK(net.Start(2));
  EXPECT_TRUE(net.AllHave(net.SizeOf(0)));
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(net.at(i).GetStatus().core.evidence_count, 0u) << i;
}

// Nobody who was a member of the first two epochs is there any more.
TEST_F(EpochTest, WhoJoinsAfterAllFoundersAreGoneStillFollowsFromGenesis) {
  Network net(4, 600'000, 4);
  for (size_t i = 0; i < 4; ++i) ASSERT_OK(net.Start(i));
  ReportFinal(net, 0, "of the founders");
  Propose(net, 0, Change(net, {0, 1, 2, 3, 4, 5, 6}, 2, {0, 1, 2, 3, 4, 5, 6}));
  for (size_t i = 4; i < 7; ++i) {
    ASSERT_OK(net.Start(i));
    ASSERT_TRUE(EpochIs(net, i, 2)) << i;
    ASSERT_TRUE(Votes(net, i)) << i;
  }
  ReportFinal(net, 4, "of all");
  // A charter of others, whom nobody knew at first.
  Propose(net, 4, Change(net, {4, 5, 6}, 5, {0, 1, 2, 3, 4, 5, 6}));
  for (size_t i = 4; i < 7; ++i) ASSERT_TRUE(EpochIs(net, i, 3)) << i;
  for (size_t i = 0; i < 4; ++i) net.Stop(i);
  for (int i = 0; i < 5; ++i) ReportFinal(net, 5, "without the founders");
  Propose(net, 5, Change(net, {4, 5, 6, 7}, 5, {4, 5, 6, 7}, 5));
  for (size_t i = 4; i < 7; ++i) ASSERT_TRUE(EpochIs(net, i, 4)) << i;
  ASSERT_OK(net.Start(7));
  ASSERT_TRUE(EpochIs(net, 7, 4));
  EXPECT_TRUE(Votes(net, 7));
  ReportFinal(net, 7, "of the newest");
  EXPECT_TRUE(net.AllHave(net.SizeOf(4)));
}

// Yesterday's copy of everything, the count of starts included: nothing here tells that it is old.
TEST_F(EpochTest, AnOlderCopyNeverVotesTwice) {
  Network net;
  net.StartAll();
  ReportFinal(net, 0, "one");
  net.Stop(3);
  const TempDir backup;
  fs::copy(net.dir(3), backup / "db", fs::copy_options::recursive);
  fs::copy(net.dir(3) + ".generation", backup / "generation");
  ASSERT_OK(net.Start(3));
  for (int i = 0; i < 10; ++i) ReportFinal(net, 3, "since");
  net.Stop(3);
  fs::remove_all(net.dir(3));
  fs::copy(backup / "db", net.dir(3), fs::copy_options::recursive);
  fs::copy(backup / "generation", net.dir(3) + ".generation", fs::copy_options::overwrite_existing);
  ASSERT_OK(net.Start(3));
  EXPECT_TRUE(net.AllHave(net.SizeOf(0)));
  ReportFinal(net, 0, "after");
  EXPECT_TRUE(net.AllHave(net.SizeOf(0)));
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(net.at(i).GetStatus().core.evidence_count, 0u) << i;
}

}  // namespace
}  // namespace parley::testing
