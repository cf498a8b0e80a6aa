#include "base/bounded_queue.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::IsOk;
using testing::StatusIs;

TEST(BoundedQueueTest, KeepsOrder) {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(queue.Push(i), IsOk());
  EXPECT_EQ(queue.size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.TryPop(), i);
  EXPECT_EQ(queue.TryPop(), std::nullopt);
}

TEST(BoundedQueueTest, FullRefusesAndKeepsWhatItHas) {
  BoundedQueue<int> queue(1);
  EXPECT_THAT(queue.Push(1), IsOk());
  EXPECT_THAT(queue.Push(2), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(queue.TryPop(), 1);
  EXPECT_THAT(queue.Push(3), IsOk());
  EXPECT_EQ(queue.TryPop(), 3);
}

TEST(BoundedQueueTest, EmptyTryPopReturnsAtOnce) {
  BoundedQueue<int> queue(1);
  EXPECT_EQ(queue.TryPop(), std::nullopt);
}

TEST(BoundedQueueTest, PopUntilEndsAtItsTime) {
  BoundedQueue<int> queue(1);
  const auto until = steady_clock::now() + milliseconds(5);
  EXPECT_EQ(queue.PopUntil(until), std::nullopt);
  EXPECT_GE(steady_clock::now(), until);
}

TEST(BoundedQueueTest, PopUntilReturnsAnItemAfterItsTime) {
  BoundedQueue<int> queue(1);
  EXPECT_THAT(queue.Push(4), IsOk());
  EXPECT_EQ(queue.PopUntil(steady_clock::now() - milliseconds(5)), 4);
}

TEST(BoundedQueueTest, CloseWakesThePopperWhichDrains) {
  BoundedQueue<int> queue(2);
  std::vector<int> got;
  std::thread popper([&] {
    while (auto item = queue.PopUntil(steady_clock::time_point::max())) got.push_back(*item);
  });
  EXPECT_THAT(queue.Push(1), IsOk());
  EXPECT_THAT(queue.Push(2), IsOk());
  queue.Close();
  popper.join();
  EXPECT_EQ(got, (std::vector<int>{1, 2}));
  EXPECT_TRUE(queue.closed());
  EXPECT_THAT(queue.Push(3), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(BoundedQueueTest, TakesMoveOnlyItems) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_THAT(queue.Push(std::make_unique<int>(5)), IsOk());
  EXPECT_EQ(**queue.TryPop(), 5);
}

TEST(BoundedQueueTest, ManyPushersLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  BoundedQueue<int> queue(16);
  std::atomic<int> refused = 0;
  std::vector<std::thread> pushers;
  for (int t = 0; t < kThreads; ++t) {
    pushers.emplace_back([&queue, &refused] {
      for (int i = 0; i < kEach; ++i) {
        while (!queue.Push(1).ok()) {
          ++refused;
          std::this_thread::yield();
        }
      }
    });
  }
  int got = 0;
  while (got < kThreads * kEach) {
    got += queue.PopUntil(steady_clock::now() + std::chrono::seconds(30)).value();
    EXPECT_LE(queue.size(), 16u);
  }
  for (std::thread& t : pushers) t.join();
  EXPECT_EQ(queue.TryPop(), std::nullopt);
}

}  // namespace
}  // namespace parley
