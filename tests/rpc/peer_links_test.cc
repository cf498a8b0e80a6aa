// Links between nodes over real TLS on loopback.

#include "node/rpc/peer_links.h"

#include <gtest/gtest.h>

#include "node/rpc/status.h"
#include "parley/v1/peer_service.grpc.pb.h"
#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using consensus::MemberIndex;
using parley::testing::IsOk;
using parley::testing::StatusIs;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr MemberIndex kSouth{2};

std::shared_ptr<const std::string> Shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class PeerLinksTest : public ::testing::Test {
 protected:
  void Connect() {
    north_.links().Start(north_.replica());
    ASSERT_TRUE(north_.replica().WaitFor("connected 2"));
  }

  TestAccord accord_;
  std::unique_ptr<TestNode> south_ = std::make_unique<TestNode>(accord_, "south");
  const std::string south_address_ = south_->address();
  TestNode north_{accord_, "north", {{"south", south_address_}}};
};

TEST_F(PeerLinksTest, CarriesEveryKindOfMessage) {
  Connect();
  north_.links().SendConsensus(kSouth, Shared("votes"));
  north_.links().SendCheckpoint(kSouth, Shared("a note"));
  north_.links().SendRecords(kSouth, std::make_shared<const std::vector<std::string>>(
                                         std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(south_->replica().WaitFor("consensus 0 votes"));
  EXPECT_TRUE(south_->replica().WaitFor("checkpoint 0 a note"));
  EXPECT_TRUE(south_->replica().WaitFor("records 0 3"));
}

TEST_F(PeerLinksTest, KeepsTheOrderOfConsensusMessages) {
  Connect();
  for (int i = 0; i < 500; ++i) north_.links().SendConsensus(kSouth, Shared(fmt::format("m{}", i)));
  ASSERT_TRUE(south_->replica().WaitFor("consensus 0 m499"));
  for (int i = 0; i < 500; ++i) north_.links().SendConsensus(kSouth, Shared(fmt::format("n{}", i)));
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(south_->replica().WaitFor(fmt::format("consensus 0 n{}", i)));
}

TEST_F(PeerLinksTest, ComesBackAfterThePeerWasGone) {
  Connect();
  south_.reset();
  ASSERT_TRUE(north_.replica().WaitFor("disconnected 2"));
  north_.links().SendConsensus(kSouth, Shared("lost"));  // dropped: nobody is there
  south_ = std::make_unique<TestNode>(accord_, "south", std::map<std::string, std::string>(),
                                      south_address_);
  ASSERT_TRUE(north_.replica().WaitFor("connected 2"));
  north_.links().SendConsensus(kSouth, Shared("votes"));
  EXPECT_TRUE(south_->replica().WaitFor("consensus 0 votes"));
}

TEST_F(PeerLinksTest, ReportsConnectionsAgainWhileTheReplicasQueueIsFull) {
  north_.replica().RefuseNext(3);
  Connect();
}

TEST_F(PeerLinksTest, DropsWhatTheReceiversFullQueueRefuses) {
  Connect();
  south_->replica().RefuseNext(1);
  north_.links().SendConsensus(kSouth, Shared("first"));
  north_.links().SendConsensus(kSouth, Shared("second"));
  EXPECT_TRUE(south_->replica().WaitFor("consensus 0 second"));
  EXPECT_THAT(south_->replica().log(), Not(Contains("consensus 0 first")));
}

TEST_F(PeerLinksTest, FetchFailsWhereThereIsNoPeerOrNoLedger) {
  Connect();
  north_.links().FetchBlocks(MemberIndex{1}, 7);  // peace is not there
  EXPECT_TRUE(north_.replica().WaitFor("fetch failed 1"));
  north_.links().FetchBlocks(kSouth, 7);  // south has nothing published
  EXPECT_TRUE(north_.replica().WaitFor("fetch failed 2"));
}

TEST_F(PeerLinksTest, DoesNotConnectToAnotherMembersNode) {
  // North takes south's address for peace's: the certificate names the wrong member.
  TestNode lost(accord_, "north", {{"peace", south_address_}});
  lost.links().Start(lost.replica());
  lost.links().FetchBlocks(MemberIndex{1}, 0);
  EXPECT_TRUE(lost.replica().WaitFor("fetch failed 1"));
  EXPECT_THAT(lost.replica().log(), Not(Contains("connected 1")));
}

TEST_F(PeerLinksTest, TheNewestIncomingStreamOfAMemberWins) {
  const Person south = accord_.Issue("south", Role::kNode, "n1");
  const auto dialler =
      Dialler::Create({north_.address(), "north", accord_.CaOf("north")}, south.identity());
  ASSERT_OK(dialler);
  const auto stub = v1::PeerService::NewStub(dialler->Dial());
  v1::PeerMessage hello;
  *hello.mutable_hello() = south_->links().OwnHello();
  v1::PeerMessage answer;
  grpc::ClientContext first_context;
  const auto first = stub->Link(&first_context);
  ASSERT_TRUE(first->Write(hello));
  ASSERT_TRUE(first->Read(&answer));
  EXPECT_EQ(answer.hello().ledger_id(), hello.hello().ledger_id());
  grpc::ClientContext second_context;
  const auto second = stub->Link(&second_context);
  ASSERT_TRUE(second->Write(hello));
  ASSERT_TRUE(second->Read(&answer));
  EXPECT_FALSE(first->Read(&answer));
  EXPECT_THAT(FromGrpc(first->Finish()), StatusIs(StatusCode::kAborted, HasSubstr("newer")));
  v1::PeerMessage votes;
  votes.set_consensus("votes");
  ASSERT_TRUE(second->Write(votes));
  EXPECT_TRUE(north_.replica().WaitFor("consensus 2 votes"));
  // A second Hello on one stream ends it.
  ASSERT_TRUE(second->Write(hello));
  EXPECT_FALSE(second->Read(&answer));
  EXPECT_THAT(FromGrpc(second->Finish()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("second Hello")));
}

TEST_F(PeerLinksTest, PeersMustBeExactlyTheOtherMembers) {
  const Person person = accord_.Issue("north", Role::kNode, "n1");
  const auto create = [&](std::vector<PeerAddress> peers) {
    return PeerLinks::Create(TestAccordIds(accord_), "north", accord_.members(), peers,
                             person.identity())
        .status();
  };
  EXPECT_THAT(create({{"peace", "a:1"}, {"south", "b:2"}}), IsOk());
  EXPECT_THAT(create({{"peace", "a:1"}}), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(create({{"peace", "a:1"}, {"south", "b:2"}, {"east", "c:3"}}),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(create({{"peace", "a:1"}, {"south", "b:2"}, {"south", "c:3"}}),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(create({{"peace", "a:1"}, {"south", "no port"}}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("south")));
}

TEST_F(PeerLinksTest, StopEndsEverythingAndTheReplicaHearsNoMore) {
  Connect();
  north_.links().Stop();
  const size_t lines = north_.replica().log().size();
  south_.reset();
  north_.links().SendConsensus(kSouth, Shared("late"));
  north_.links().FetchBlocks(kSouth, 1);
  EXPECT_EQ(north_.replica().log().size(), lines);
}

}  // namespace
}  // namespace parley::rpc::testing
