// Who is refused, over real TLS: one test for each refusal, beside what is accepted.

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "node/rpc/status.h"
#include "parley/v1/ledger_service.grpc.pb.h"
#include "parley/v1/peer_service.grpc.pb.h"
#include "tests/rpc/grpc_health.h"
#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::IsOk;
using parley::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

class SecurityTest : public ::testing::Test {
 protected:
  std::unique_ptr<Client> NorthClient(const Person& person) {
    return ClientOf(accord_, north_.address(), "north", person);
  }
  std::shared_ptr<grpc::Channel> Dial(const Person& person) {
    return DialNode(accord_, north_.address(), "north", person);
  }
  // A channel with any credentials, to north's node.
  grpc::Status StatusOver(const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    grpc::ChannelArguments args;
    args.SetSslTargetNameOverride(NodeDnsName("north"));
    const auto channel = grpc::CreateCustomChannel(north_.address(), credentials, args);
    return GetStatus(channel);
  }
  static grpc::Status GetStatus(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::GetStatusResponse response;
    return v1::LedgerService::NewStub(channel)->GetStatus(&context, {}, &response);
  }
  // Opens a Link, says one thing and returns how it ended.
  static Status LinkStatus(const std::shared_ptr<grpc::Channel>& channel,
                           const v1::PeerMessage& first) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const auto stream = v1::PeerService::NewStub(channel)->Link(&context);
    stream->Write(first);
    stream->WritesDone();
    v1::PeerMessage answer;
    while (stream->Read(&answer)) {
    }
    return FromGrpc(stream->Finish());
  }
  v1::PeerMessage GoodHello() const { return testing::GoodHello(accord_); }
  static v1::SubmitRequest OneRecord() {
    v1::SubmitRequest request;
    request.add_envelopes("an envelope");
    return request;
  }
  // GetStatus needs a ledger to be published; without one it is UNAVAILABLE with this text, which
  // shows that the call got through.
  static constexpr const char* kGotThrough = "no ledger yet";

  TestAccord accord_;
  TestNode north_{accord_, "north"};
};

TEST_F(SecurityTest, OfficersAuditorsAndNodesOfAllMembersMayRead) {
  for (const char* const member : {"north", "peace", "south"}) {
    for (const Role role : {Role::kOfficer, Role::kAuditor, Role::kNode}) {
      const auto status = NorthClient(accord_.Issue(member, role, "x"))->GetStatus().status();
      EXPECT_THAT(status, StatusIs(StatusCode::kUnavailable, HasSubstr(kGotThrough)))
          << member << ' ' << RoleName(role);
    }
  }
}

TEST_F(SecurityTest, WithoutClientCertificateIsRefused) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = CertificatePem(accord_.CaOf("north"));
  const grpc::Status status = StatusOver(grpc::SslCredentials(options));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), Not(HasSubstr(kGotThrough)));
}

TEST_F(SecurityTest, PlaintextIsRefused) {
  const auto channel = grpc::CreateChannel(north_.address(), grpc::InsecureChannelCredentials());
  const grpc::Status status = GetStatus(channel);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.error_message(), Not(HasSubstr(kGotThrough)));
}

TEST_F(SecurityTest, CertificateOfAnotherCaForNorthsOfficerIsRefused) {
  // The handshake accepts it: south's CA is trusted. The call must not.
  const Person forged = accord_.Forge("south", "north", Role::kOfficer, "anna");
  EXPECT_THAT(NorthClient(forged)->GetStatus(), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(NorthClient(forged)->Submit(OneRecord()), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_TRUE(north_.replica().log().empty());
}

TEST_F(SecurityTest, CertificateOfAnotherCaForPeacesNodeIsRefused) {
  const Person forged = accord_.Forge("south", "peace", Role::kNode, "n1");
  EXPECT_THAT(LinkStatus(Dial(forged), GoodHello()), StatusIs(StatusCode::kUnauthenticated));
}

TEST_F(SecurityTest, ForgedCertificateGetsNoHealthEither) {
  EXPECT_THAT(FromGrpc(CheckHealth(Dial(accord_.Forge("south", "north", Role::kOfficer, "anna")))),
              StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(FromGrpc(CheckHealth(Dial(accord_.Issue("south", Role::kAuditor, "eve")))), IsOk());
}

TEST_F(SecurityTest, ExpiredCertificateIsRefused) {
  const auto status =
      NorthClient(accord_.Issue("north", Role::kOfficer, "anna", /*days=*/-2))->GetStatus();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(MessageOf(status.status()), Not(HasSubstr(kGotThrough)));
}

TEST_F(SecurityTest, NobodyElseCanPoseAsSouthsNode) {
  // North answers at an address that the caller takes for south's: the handshake must fail.
  const Person anna = accord_.Issue("south", Role::kOfficer, "anna");
  const auto status = ClientOf(accord_, north_.address(), "south", anna)->GetStatus().status();
  EXPECT_THAT(status, StatusIs(StatusCode::kUnavailable, Not(HasSubstr(kGotThrough))));
  // Whoever only mixed up two members is told so, for streams as for calls.
  const char* const meaning = "is not the node of south, or not of this accord";
  EXPECT_THAT(status, StatusIs(StatusCode::kUnavailable, HasSubstr(meaning)));
  EXPECT_THAT(ClientOf(accord_, north_.address(), "south", anna)
                  ->Watch(0, std::chrono::seconds(10), [](const auto&) { return true; }),
              StatusIs(StatusCode::kUnavailable, HasSubstr(meaning)));
}

TEST_F(SecurityTest, WhoDialsWhereNobodyListensIsToldSo) {
  const std::string address = north_.address();
  north_.Stop();
  EXPECT_THAT(NorthClient(accord_.Issue("north", Role::kOfficer, "anna"))->GetStatus(),
              StatusIs(StatusCode::kUnavailable, HasSubstr("does the node run?")));
}

TEST_F(SecurityTest, OnlyOfficersOfTheNodesOwnMemberSubmit) {
  EXPECT_THAT(NorthClient(accord_.Issue("north", Role::kAuditor, "eve"))->Submit(OneRecord()),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("auditor 'eve' of north")));
  EXPECT_THAT(NorthClient(accord_.Issue("south", Role::kOfficer, "anna"))->Submit(OneRecord()),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("at the node of south")));
  EXPECT_THAT(NorthClient(accord_.Issue("north", Role::kNode, "n1"))->Submit(OneRecord()),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_TRUE(north_.replica().log().empty());
}

TEST_F(SecurityTest, OnlyOtherMembersNodesLink) {
  EXPECT_THAT(LinkStatus(Dial(accord_.Issue("south", Role::kOfficer, "anna")), GoodHello()),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("officer 'anna' of south")));
  EXPECT_THAT(LinkStatus(Dial(accord_.Issue("north", Role::kNode, "n2")), GoodHello()),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("itself")));
  EXPECT_THAT(LinkStatus(Dial(accord_.Issue("south", Role::kNode, "n1")), GoodHello()), IsOk());
}

TEST_F(SecurityTest, OnlyOtherMembersNodesFetchBlocks) {
  const auto channel = Dial(accord_.Issue("south", Role::kOfficer, "anna"));
  grpc::ClientContext context;
  v1::FetchBlocksResponse response;
  EXPECT_EQ(v1::PeerService::NewStub(channel)->FetchBlocks(&context, {}, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(SecurityTest, HelloOfAnotherLedgerIsRefused) {
  const Person south = accord_.Issue("south", Role::kNode, "n1");
  v1::PeerMessage foreign = GoodHello();
  foreign.mutable_hello()->set_ledger_id(std::string(32, 'x'));
  EXPECT_THAT(LinkStatus(Dial(south), foreign),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("ledger")));
  v1::PeerMessage other_note = GoodHello();
  other_note.mutable_hello()->set_genesis_block(std::string(32, 'x'));
  EXPECT_THAT(LinkStatus(Dial(south), other_note),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("charter notes")));
  v1::PeerMessage malformed = GoodHello();
  malformed.mutable_hello()->set_ledger_id("short");
  EXPECT_THAT(LinkStatus(Dial(south), malformed), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(SecurityTest, FirstMessageMustBeHello) {
  v1::PeerMessage message;
  message.set_consensus("votes");
  EXPECT_THAT(LinkStatus(Dial(accord_.Issue("south", Role::kNode, "n1")), message),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("Hello")));
  EXPECT_TRUE(north_.replica().log().empty());
}

TEST_F(SecurityTest, OversizeMessageIsRefused) {
  const Person anna = accord_.Issue("north", Role::kOfficer, "anna");
  v1::SubmitRequest request;
  request.add_envelopes(std::string(limits::kEnvelopeBytesMax + 1, 'x'));
  EXPECT_THAT(NorthClient(anna)->Submit(request), StatusIs(StatusCode::kInvalidArgument));
  // What is longer than any message may be is not even received.
  const auto channel = [&] {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = CertificatePem(accord_.CaOf("north"));
    options.pem_cert_chain = anna.certificate_pem;
    options.pem_private_key = PrivateKeyPem(anna.key);
    grpc::ChannelArguments args;
    args.SetSslTargetNameOverride(NodeDnsName("north"));
    args.SetMaxSendMessageSize(-1);
    return grpc::CreateCustomChannel(north_.address(), grpc::SslCredentials(options), args);
  }();
  request.add_envelopes(std::string(limits::kRpcMessageBytesMax, 'x'));
  grpc::ClientContext context;
  v1::SubmitResponse response;
  EXPECT_EQ(v1::LedgerService::NewStub(channel)->Submit(&context, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(north_.replica().log().empty());
}

TEST_F(SecurityTest, TwoServersNeverShareAPort) {
  const Person person = accord_.Issue("south", Role::kNode, "n1");
  ServerOptions options;
  options.listen = north_.address();
  options.member = "south";
  options.origin = accord_.charter().origin();
  options.roster = FixedRoster(accord_);
  EXPECT_THAT(NodeServer::Start(options, person.identity(), north_.replica(), north_.links(),
                                SystemClock()),
              StatusIs(StatusCode::kUnavailable, HasSubstr(north_.address())));
}

// A clock that a test sets.
class SetClock final : public Clock {
 public:
  explicit SetClock(TimeMs now) : now_(now) {}
  TimeMs Now() const override { return now_; }
  void Advance(std::chrono::milliseconds by) { now_ = now_ + by; }

 private:
  TimeMs now_;
};

TEST(AuthorizerTest, RemembersNobodyBeyondExpiry) {
  const TestAccord accord;
  SetClock clock(SystemClock().Now());
  const Authorizer authorizer(std::string(kOrigin), "north", FixedRoster(accord), clock);
  const Person anna = accord.Issue("north", Role::kOfficer, "anna", /*days=*/1);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(authorizer.IdentifyPem(anna.certificate_pem), IsOk());
  clock.Advance(std::chrono::hours(48));
  EXPECT_THAT(authorizer.IdentifyPem(anna.certificate_pem),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("expired")));
}

TEST(AuthorizerTest, RefusesWhatIsNoCertificate) {
  const TestAccord accord;
  const Authorizer authorizer(std::string(kOrigin), "north", FixedRoster(accord), SystemClock());
  EXPECT_THAT(authorizer.IdentifyPem(""), StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(authorizer.IdentifyPem(CertificatePem(accord.CaOf("north"))),
              StatusIs(StatusCode::kUnauthenticated));
  EXPECT_THAT(authorizer.IdentifyPem(std::string(limits::kCertificateChainBytesMax + 1, 'x')),
              StatusIs(StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace parley::rpc::testing
