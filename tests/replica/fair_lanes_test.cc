// Queues in which whoever sends much waits and crowds out nobody.

#include "node/replica/fair_lanes.h"

#include "node/replica/inbox.h"
#include "tests/support/status_matchers.h"

namespace parley::replica {
namespace {

using parley::testing::StatusIs;

TEST(QuotaTest, EachOwnerHasAShareByNumberAndBytes) {
  Quota quota(3, 100);
  EXPECT_TRUE(quota.Take("a", 2, 50));
  EXPECT_FALSE(quota.Take("a", 2, 10)) << "four items";
  EXPECT_FALSE(quota.Take("a", 1, 51)) << "101 bytes";
  EXPECT_TRUE(quota.Take("a", 1, 50));
  EXPECT_TRUE(quota.Take("b", 3, 100)) << "another's share is its own";
  EXPECT_EQ(quota.bytes(), 200U);
  quota.Return("a", 3, 100);
  EXPECT_TRUE(quota.Take("a", 1, 1'000)) << "one that is larger than a share has to fit somewhere";
  EXPECT_FALSE(quota.Take("a", 1, 1));
}

TEST(FairLanesTest, WhoHasCostLeastIsServed) {
  FairLanes<int> lanes;
  for (int i = 0; i < 100; ++i) lanes.Push("flood", i);
  for (int i = 0; i < 3; ++i) lanes.Push("quiet", 1'000 + i);
  std::vector<std::string> order;
  for (int i = 0; i < 8; ++i) {
    const auto next = lanes.Pop();
    order.push_back(next->owner);
    lanes.Charge(next->owner, next->owner == "flood" ? 1'000 : 10);
  }
  EXPECT_LE(std::count(order.begin(), order.begin() + 4, "flood"), 1);
  EXPECT_EQ(std::count(order.begin(), order.end(), "quiet"), 3);
}

TEST(FairLanesTest, WhoWasIdleHasSavedNothingUp) {
  FairLanes<int> lanes;
  for (int i = 0; i < 10; ++i) {
    lanes.Push("a", i);
    lanes.Charge(lanes.Pop()->owner, 1'000);
  }
  for (int i = 0; i < 10; ++i) {
    lanes.Push("a", i);
    lanes.Push("b", i);
  }
  size_t of_b = 0;
  for (int i = 0; i < 10; ++i) {
    const auto next = lanes.Pop();
    of_b += next->owner == "b";
    lanes.Charge(next->owner, 1'000);
  }
  EXPECT_GE(of_b, 4U);
  EXPECT_LE(of_b, 6U);
}

TEST(InboxTest, AFloodIsBoundedByItsBytesAndHarmsNobodyElse) {
  Inbox inbox;
  const std::string note(1 << 20, 'x');
  size_t taken = 0;
  Status last;
  while (last.ok() && taken < 1'000) {
    last = inbox.Push(input::Checkpoint{"m3", note}, note.size());
    taken += last.ok();
  }
  EXPECT_THAT(last, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_LE(taken * note.size(), limits::kMemberQueueBytesMax);
  EXPECT_LE(inbox.bytes(), limits::kMemberQueueBytesMax);
  EXPECT_OK(inbox.Push(input::Checkpoint{"m1", "a line"}, 6));
  const auto got = inbox.Take(std::chrono::steady_clock::now(), 2);
  ASSERT_TRUE(got.has_value());
  ASSERT_EQ(got->inputs.size(), 2U);
  EXPECT_TRUE(PeerOf(got->inputs[0]) == "m1" || PeerOf(got->inputs[1]) == "m1")
      << "it does not wait behind the flood";
  EXPECT_EQ(inbox.TakeDropped().at("m3"), 1U);
  // What was taken makes room again.
  while (!inbox.Take(std::chrono::steady_clock::now(), 100)->inputs.empty()) continue;
  EXPECT_EQ(inbox.bytes(), 0U);
  EXPECT_OK(inbox.Push(input::Checkpoint{"m3", note}, note.size()));
}

}  // namespace
}  // namespace parley::replica
