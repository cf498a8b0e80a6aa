// Where a port is opened, and that it answers there.

#include "node/rpc/listen_address.h"

#include <gtest/gtest.h>

#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ListenAddressesTest, AnIpAddressIsItself) {
  EXPECT_THAT(ListenAddresses("127.0.0.1:7401").value(), ElementsAre("127.0.0.1:7401"));
  EXPECT_THAT(ListenAddresses("0.0.0.0:0").value(), ElementsAre("0.0.0.0:0"));
}

// A name with the addresses of a test: no name server is asked.
Resolver Has(std::vector<std::string> ips) {
  return [ips](const std::string&) -> StatusOr<std::vector<std::string>> { return ips; };
}

TEST(ListenAddressesTest, ANameIsEachOfItsAddressesThatAreHereOnce) {
  // 192.0.2.1 is of a block that is nobody's (RFC 5737).
  const Resolver name = Has({"127.0.0.1", "192.0.2.1", "127.0.0.2", "127.0.0.1"});
  EXPECT_THAT(ListenAddresses("name:7401", name).value(),
              ElementsAre("127.0.0.1:7401", "127.0.0.2:7401"));
  EXPECT_THAT(ListenAddresses("name:0", name),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("2 addresses")));
  EXPECT_THAT(ListenAddresses("name:0", Has({"127.0.0.2"})).value(), ElementsAre("127.0.0.2:0"));
}

TEST(ListenAddressesTest, WhatIsNotHereIsRefused) {
  EXPECT_THAT(ListenAddresses("192.0.2.1:7401"),
              StatusIs(StatusCode::kUnavailable, HasSubstr("no such address")));
  EXPECT_THAT(ListenAddresses("name:7401", Has({})), StatusIs(StatusCode::kUnavailable));
  const Resolver fails = [](const std::string&) { return Unavailable("no such name"); };
  EXPECT_THAT(ListenAddresses("name:7401", fails),
              StatusIs(StatusCode::kUnavailable, HasSubstr("name:7401: no such name")));
}

TEST(ListenAddressesTest, ANodeAnswersAtEveryAddressAlsoToNewMembers) {
  const TestAccord accord;
  // A port that was free a moment ago: port 0 would be another one at each address.
  const std::string port = [&] {
    const std::string address = TestNode(accord, "peace").address();
    return address.substr(address.rfind(':'));
  }();
  TestNode north(accord, "north", {}, "name" + port, Has({"127.0.0.1", "127.0.0.2"}));
  const Person anna = accord.Issue("south", Role::kOfficer, "anna");
  const auto status = [&](const std::string& ip) {
    return ClientOf(accord, ip + port, "north", anna)->GetStatus().status();
  };
  // Both addresses must take the new roster, so each has had the old one before.
  north.SetRoster({accord.members()[0], accord.members()[1]});
  for (const char* const ip : {"127.0.0.1", "127.0.0.2"})
    EXPECT_THAT(status(ip), StatusIs(StatusCode::kUnavailable, Not(HasSubstr("no ledger yet"))));
  north.SetRoster(accord.members());
  for (const char* const ip : {"127.0.0.1", "127.0.0.2"})
    EXPECT_THAT(status(ip), StatusIs(StatusCode::kUnavailable, HasSubstr("no ledger yet")));
}

}  // namespace
}  // namespace parley::rpc::testing
