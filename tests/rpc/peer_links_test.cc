// Links between nodes over real TLS on loopback.

#include "node/rpc/peer_links.h"

#include <gtest/gtest.h>

#include "node/rpc/status.h"
#include "parley/v1/peer_service.grpc.pb.h"
#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::IsOk;
using parley::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSouth = "south";

std::shared_ptr<const std::string> Shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class PeerLinksTest : public ::testing::Test {
 protected:
  void Connect() {
    north_.links().Start(north_.replica());
    ASSERT_TRUE(north_.replica().WaitFor("connected south"));
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
  EXPECT_TRUE(south_->replica().WaitFor("consensus north votes"));
  EXPECT_TRUE(south_->replica().WaitFor("checkpoint north a note"));
  EXPECT_TRUE(south_->replica().WaitFor("records north 3"));
}

TEST_F(PeerLinksTest, KeepsTheOrderOfConsensusMessages) {
  Connect();
  for (int i = 0; i < 500; ++i) north_.links().SendConsensus(kSouth, Shared(fmt::format("m{}", i)));
  ASSERT_TRUE(south_->replica().WaitFor("consensus north m499"));
  for (int i = 0; i < 500; ++i) north_.links().SendConsensus(kSouth, Shared(fmt::format("n{}", i)));
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(south_->replica().WaitFor(fmt::format("consensus north n{}", i)));
}

TEST_F(PeerLinksTest, ComesBackAfterThePeerWasGone) {
  Connect();
  south_.reset();
  ASSERT_TRUE(north_.replica().WaitFor("disconnected south"));
  north_.links().SendConsensus(kSouth, Shared("lost"));  // dropped: nobody is there
  south_ = std::make_unique<TestNode>(accord_, "south", std::map<std::string, std::string>(),
                                      south_address_);
  ASSERT_TRUE(north_.replica().WaitFor("connected south"));
  north_.links().SendConsensus(kSouth, Shared("votes"));
  EXPECT_TRUE(south_->replica().WaitFor("consensus north votes"));
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
  EXPECT_TRUE(south_->replica().WaitFor("consensus north second"));
  EXPECT_THAT(south_->replica().log(), Not(Contains("consensus north first")));
}

TEST_F(PeerLinksTest, FetchFailsWhereThereIsNoPeerOrNoLedger) {
  Connect();
  north_.links().FetchBlocks("peace", 7);  // peace is not there
  EXPECT_TRUE(north_.replica().WaitFor("fetch failed peace"));
  north_.links().FetchBlocks(kSouth, 7);  // south has nothing published
  EXPECT_TRUE(north_.replica().WaitFor("fetch failed south"));
  north_.links().FetchBlocks("nobody", 7);  // no address
  EXPECT_TRUE(north_.replica().WaitFor("fetch failed nobody"));
}

TEST_F(PeerLinksTest, DoesNotConnectToAnotherMembersNode) {
  // North takes south's address for peace's: the certificate names the wrong member.
  TestNode lost(accord_, "north", {{"peace", south_address_}});
  lost.links().Start(lost.replica());
  lost.links().FetchBlocks("peace", 0);
  EXPECT_TRUE(lost.replica().WaitFor("fetch failed peace"));
  EXPECT_THAT(lost.replica().log(), Not(Contains("connected peace")));
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
  EXPECT_TRUE(north_.replica().WaitFor("consensus south votes"));
  // A second Hello on one stream ends it.
  ASSERT_TRUE(second->Write(hello));
  EXPECT_FALSE(second->Read(&answer));
  EXPECT_THAT(FromGrpc(second->Finish()),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("second Hello")));
}

TEST_F(PeerLinksTest, PeersAreOthersAndEachIsNamedOnce) {
  const Person person = accord_.Issue("north", Role::kNode, "n1");
  // Who can be dialled, or why not.
  const auto create =
      [&](const std::vector<PeerAddress>& peers) -> StatusOr<std::vector<std::string>> {
    ASSIGN_OR_RETURN(const auto links,
                     PeerLinks::Create(TestAccordIds(accord_), "north", peers, person.identity()));
    return links->SetMembers(accord_.members());
  };
  EXPECT_TRUE(create({{"peace", "a:1"}, {"south", "b:2"}})->empty());
  EXPECT_THAT(*create({{"peace", "a:1"}}), ElementsAre("south"));
  EXPECT_TRUE(create({{"peace", "a:1"}, {"south", "b:2"}, {"east", "c:3"}})->empty());
  EXPECT_THAT(create({{"peace", "a:1"}, {"south", "b:2"}, {"south", "c:3"}}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("twice")));
  EXPECT_THAT(create({{"peace", "a:1"}, {"north", "b:2"}}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("own member")));
  EXPECT_THAT(create({{"peace", "a:1"}, {"south", "no port"}}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("south")));
}

TEST_F(PeerLinksTest, LinksFollowTheMembers) {
  Connect();
  std::vector<MemberCa> members = accord_.members();
  std::erase_if(members, [](const MemberCa& m) { return m.member == "south"; });
  ASSERT_OK(north_.links().SetMembers(members));
  EXPECT_TRUE(north_.replica().WaitFor("disconnected south"));
  north_.links().SendConsensus(kSouth, Shared("to nobody"));
  ASSERT_OK(north_.links().SetMembers(accord_.members()));
  EXPECT_TRUE(north_.replica().WaitFor("connected south"));
  north_.links().SendConsensus(kSouth, Shared("votes"));
  EXPECT_TRUE(south_->replica().WaitFor("consensus north votes"));
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
