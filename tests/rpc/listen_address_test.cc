// Where a port is opened, and that it answers there.

#include "node/rpc/listen_address.h"

#include <gtest/gtest.h>

#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ListenAddressesTest, AnIpAddressIsItself) {
  EXPECT_THAT(ListenAddresses("127.0.0.1:7401").value(), ElementsAre("127.0.0.1:7401"));
  EXPECT_THAT(ListenAddresses("0.0.0.0:0").value(), ElementsAre("0.0.0.0:0"));
}

TEST(ListenAddressesTest, ANameIsEachOfItsAddressesOnce) {
  const auto all = ListenAddresses("localhost:7401");
  if (absl::IsUnavailable(all.status())) GTEST_SKIP() << "this machine knows no localhost";
  ASSERT_OK(all);
  EXPECT_THAT(*all, Contains("127.0.0.1:7401"));
  for (const std::string& address : *all)
    EXPECT_TRUE(address == "127.0.0.1:7401" || address == "[::1]:7401") << address;
  if (all->size() > 1) {
    EXPECT_THAT(ListenAddresses("localhost:0"), StatusIs(StatusCode::kInvalidArgument));
  }
}

TEST(ListenAddressesTest, WhatIsNotHereIsRefused) {
  EXPECT_THAT(ListenAddresses("192.0.2.1:7401"),  // of a block that is nobody's (RFC 5737)
              StatusIs(StatusCode::kUnavailable, HasSubstr("no such address")));
}

TEST(ListenAddressesTest, ANodeAnswersAtEveryAddressAlsoToNewMembers) {
  if (absl::IsUnavailable(ListenAddresses("localhost:7401").status()))
    GTEST_SKIP() << "this machine knows no localhost";
  const TestAccord accord;
  // A port that was free a moment ago: port 0 would be another one at each address.
  const std::string port = [&] {
    const std::string address = TestNode(accord, "peace").address();
    return address.substr(address.rfind(':'));
  }();
  TestNode north(accord, "north", {}, "localhost" + port);
  north.SetRoster({accord.members()[0], accord.members()[1]});
  north.SetRoster(accord.members());
  const Person anna = accord.Issue("south", Role::kOfficer, "anna");
  const auto all = ListenAddresses("localhost" + port);
  ASSERT_OK(all);
  for (const std::string& address : *all) {
    EXPECT_THAT(ClientOf(accord, address, "north", anna)->GetStatus(),
                StatusIs(StatusCode::kUnavailable, HasSubstr("no ledger yet")))
        << address;
  }
}

}  // namespace
}  // namespace parley::rpc::testing
