// A charter that comes into force while connections are open: who is let in, who is turned away,
// and that nobody else notices.

#include "node/rpc/roster.h"

#include <gtest/gtest.h>

#include <sstream>

#include "ledger/rules/charter_change.h"
#include "node/rpc/status.h"
#include "parley/v1/ledger_service.grpc.pb.h"
#include "parley/v1/peer_service.grpc.pb.h"
#include "tests/rpc/small_ledger.h"
#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::IsOk;
using parley::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A peer's stream to a node, said hello on.
class PeerStream {
 public:
  PeerStream(const TestAccord& accord, const std::shared_ptr<grpc::Channel>& channel) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    stream_ = v1::PeerService::NewStub(channel)->Link(&context_);
    v1::PeerMessage answer;
    EXPECT_TRUE(stream_->Write(GoodHello(accord)) && stream_->Read(&answer));
  }
  void Say(const std::string& votes) {
    v1::PeerMessage message;
    message.set_consensus(votes);
    stream_->Write(message);  // whether it arrived is seen elsewhere
  }
  Status End() {
    v1::PeerMessage answer;
    while (stream_->Read(&answer)) {
    }
    return FromGrpc(stream_->Finish());
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::PeerMessage, v1::PeerMessage>> stream_;
};

class RosterTest : public ::testing::Test {
 protected:
  RosterTest() { north_.replica().Publish(ledger_.published()); }

  std::vector<MemberCa> Without(const std::string& gone) const {
    std::vector<MemberCa> out = accord_.members();
    std::erase_if(out, [&](const MemberCa& m) { return m.member == gone; });
    return out;
  }
  std::vector<MemberCa> WithFormer(const std::string& former) const {
    std::vector<MemberCa> out = accord_.members();
    for (MemberCa& m : out) m.former = m.member == former;
    return out;
  }
  // `member` with another CA.
  std::vector<MemberCa> WithNewCa(const std::string& member) {
    const auto ca =
        MakeCaCertificate(KeyOf(member + "/ca-2"), kOrigin, member, SystemClock().Now(), 20);
    EXPECT_OK(ca);
    new_ca_ = *ca;
    std::vector<MemberCa> out = accord_.members();
    for (MemberCa& m : out)
      if (m.member == member) m.ca_der = new_ca_;
    return out;
  }
  std::unique_ptr<Client> ClientFor(const Person& person) {
    return ClientOf(accord_, north_.address(), "north", person);
  }
  std::shared_ptr<grpc::Channel> Dial(const Person& person) {
    return DialNode(accord_, north_.address(), "north", person);
  }

  TestAccord accord_;
  SmallLedger ledger_{accord_};
  TestNode north_{accord_, "north"};
  const Person officer_ = accord_.Issue("south", Role::kOfficer, "anna");
  Bytes new_ca_;
  const Person node_ = accord_.Issue("south", Role::kNode, "n1");
};

TEST_F(RosterTest, WhoJoinsIsLetInAndNobodyElseNotices) {
  north_.SetRoster(Without("south"));
  PeerStream peace(accord_, Dial(accord_.Issue("peace", Role::kNode, "n1")));
  EXPECT_THAT(ClientFor(officer_)->GetStatus(), StatusIs(StatusCode::kUnavailable));
  const std::string address = north_.address();

  north_.SetRoster(accord_.members());
  EXPECT_THAT(ClientFor(officer_)->GetStatus(), IsOk());
  EXPECT_EQ(north_.address(), address);
  peace.Say("one stream all the time");
  EXPECT_TRUE(north_.replica().WaitFor("consensus peace one stream all the time"));
}

TEST_F(RosterTest, WhoLeavesIsTurnedAwayOnOpenConnections) {
  const auto reader = ClientFor(officer_);
  EXPECT_THAT(reader->GetStatus(), IsOk());
  PeerStream south(accord_, Dial(node_));

  // Its node may still learn how its last epoch ended; its people read elsewhere.
  north_.SetRoster(WithFormer("south"));
  EXPECT_THAT(reader->GetStatus(),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("not a member any more")));
  south.Say("late");
  EXPECT_TRUE(north_.replica().WaitFor("consensus south late"));

  north_.SetRoster(Without("south"));
  EXPECT_THAT(reader->GetStatus(), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(ClientFor(officer_)->GetStatus(), StatusIs(StatusCode::kUnavailable));
  south.Say("too late");
  EXPECT_THAT(south.End(), StatusIs(StatusCode::kUnauthenticated));
  for (const std::string& line : north_.replica().log())
    EXPECT_EQ(line.find("too late"), std::string::npos);
}

TEST_F(RosterTest, AnOpenWatchEndsWhenItsMemberLeaves) {
  std::vector<uint64_t> seen;
  const Status end =
      ClientFor(officer_)->Watch(0, std::chrono::seconds(20), [&](const auto& response) {
        seen.push_back(response.index());
        north_.SetRoster(WithFormer("south"));
        ledger_.Append({ledger_.NextReport()});
        north_.replica().Publish(ledger_.published());
        return true;
      });
  EXPECT_THAT(end, StatusIs(StatusCode::kPermissionDenied, HasSubstr("not a member any more")));
  EXPECT_THAT(seen, ElementsAre(0U));
}

// A caller that takes nothing of what it is sent cannot hold its place after its member left.
TEST_F(RosterTest, AStuckWatchIsCutOff) {
  for (int i = 0; i < 40; ++i) {  // far more than flow control lets pass
    std::vector<std::string> reports;
    for (int k = 0; k < 50; ++k) reports.push_back(ledger_.NextReport());
    ledger_.Append(reports);
  }
  north_.replica().Publish(ledger_.published());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto stub = v1::LedgerService::NewStub(Dial(officer_));
  const auto stream = stub->Watch(&context, v1::WatchRequest());
  v1::WatchResponse response;
  ASSERT_TRUE(stream->Read(&response));

  north_.SetRoster(WithFormer("south"));
  north_.replica().Publish(ledger_.published());  // it is told to end
  north_.replica().Publish(ledger_.published());  // it has not: it is cut off
  uint64_t read = 1;
  while (stream->Read(&response)) ++read;
  EXPECT_LT(read, ledger_.size());
  const Status end = FromGrpc(stream->Finish());
  EXPECT_TRUE(absl::IsCancelled(end) || absl::IsPermissionDenied(end)) << end;
}

TEST_F(RosterTest, SilentStreamsUnderAReplacedCaTakeNoPlace) {
  const auto stub = v1::PeerService::NewStub(Dial(node_));
  struct Silent {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::PeerMessage, v1::PeerMessage>> stream;
  };
  std::vector<std::unique_ptr<Silent>> silent;
  const auto open = [&]() -> Silent& {
    Silent& s = *silent.emplace_back(std::make_unique<Silent>());
    s.stream = stub->Link(&s.context);
    return s;
  };
  for (int i = 0; i < 4; ++i) open();
  // They all have their places when there is none for one more.
  Status one_more;
  while (!absl::IsResourceExhausted(one_more)) {
    ASSERT_OK(one_more);
    Silent& s = open();
    s.stream->WritesDone();
    one_more = FromGrpc(s.stream->Finish());
  }

  north_.SetRoster(WithNewCa("south"));
  const SecretKey key = KeyOf("south's new node");
  const auto identity = Identity::Create(kOrigin, "south", Role::kNode, "n1");
  ASSERT_OK(identity);
  const TimeMs now = SystemClock().Now();
  const auto pem = IssueCertificate(KeyOf("south/ca-2"), new_ca_, key.public_key(), *identity,
                                    {now, now + std::chrono::hours(24)});
  ASSERT_OK(pem);
  const auto dialler = Dialler::Create({north_.address(), "north", accord_.CaOf("north")},
                                       ChannelIdentity{*pem, key});
  ASSERT_OK(dialler);
  PeerStream fresh(accord_, dialler->Dial());
  fresh.Say("under the new CA");
  EXPECT_TRUE(north_.replica().WaitFor("consensus south under the new CA"));
  EXPECT_THAT(FromGrpc(silent.front()->stream->Finish()), StatusIs(StatusCode::kUnauthenticated));
}

TEST_F(RosterTest, AReplacedCaVouchesForNobody) {
  const auto reader = ClientFor(officer_);
  EXPECT_THAT(reader->GetStatus(), IsOk());
  north_.SetRoster(WithNewCa("south"));
  EXPECT_THAT(reader->GetStatus(), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(ClientFor(officer_)->GetStatus(), StatusIs(StatusCode::kUnavailable));
}

// ---- where a roster comes from -----------------------------------------------------------------

// The charter's text with another version and without one member.
std::shared_ptr<const rules::Charter> Later(const rules::Charter& founding, int version,
                                            const std::string& gone) {
  const auto text = rules::FollowingText(founding, founding.text());
  EXPECT_OK(text);
  std::string out;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (!gone.empty() && line.starts_with(fmt::format("members {{ name: \"{}\"", gone))) continue;
    out += line.starts_with("version:") ? fmt::format("version: {}", version) : line;
    out += '\n';
  }
  const auto charter = rules::Charter::ParseText(out);
  EXPECT_OK(charter);
  return std::make_shared<const rules::Charter>(*charter);
}

std::vector<std::string> Names(const Roster& roster) {
  std::vector<std::string> out;
  for (const MemberCa& m : roster.members) out.push_back(m.member + (m.former ? " (former)" : ""));
  return out;
}

TEST(MakeRosterTest, OthersComeAfterMembersAndAreFormer) {
  const TestAccord accord;
  const auto fewer = Later(accord.charter(), 2, "south");
  EXPECT_THAT(Names(MakeRoster(accord.charter(), nullptr, nullptr)),
              ElementsAre("north", "peace", "south"));
  EXPECT_THAT(Names(MakeRoster(*fewer, &accord.charter(), nullptr)),
              ElementsAre("north", "peace", "south (former)"));
  // The newest charter that the configuration knows counts as long as it is to come.
  const auto more = Later(accord.charter(), 3, "");
  EXPECT_THAT(Names(MakeRoster(*fewer, nullptr, more.get())),
              ElementsAre("north", "peace", "south (former)"));
  EXPECT_THAT(Names(MakeRoster(*fewer, nullptr, &accord.charter())), ElementsAre("north", "peace"));
}

TEST(FollowedRosterTest, FollowsTheCharterInForceAndNeverGoesBack) {
  const TestAccord accord;
  const SmallLedger ledger(accord);
  FakeReplica replica;
  const FollowedRoster roster(replica, std::nullopt);
  EXPECT_TRUE(roster.Current()->members.empty());  // nothing is published yet

  replica.Publish(ledger.published());
  const auto first = roster.Current();
  EXPECT_THAT(Names(*first), ElementsAre("north", "peace", "south"));
  EXPECT_EQ(roster.Current(), first);

  replica::Published second = ledger.published();
  second.before = second.charter;
  second.charter = Later(accord.charter(), 2, "");
  replica.Publish(second);
  EXPECT_EQ(roster.Current(), first);  // the same members: the same roster

  replica::Published third = ledger.published();
  third.before = second.charter;
  third.charter = Later(accord.charter(), 3, "south");
  replica.Publish(third);
  const auto now = roster.Current();
  EXPECT_THAT(Names(*now), ElementsAre("north", "peace", "south (former)"));

  replica.Publish(second);
  EXPECT_EQ(roster.Current(), now);
}

}  // namespace
}  // namespace parley::rpc::testing
