// Watch over real TLS, on a real ledger, in front of a fake replica.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/limits.h"
#include "parley/v1/ledger_service.grpc.pb.h"
#include "tests/rpc/ledger_service_fixture.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::IsOk;
using parley::testing::StatusIs;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

class WatchTest : public LedgerServiceTest {};

TEST_F(WatchTest, FollowsCommits) {
  std::vector<uint64_t> seen;
  const Status end = client_->Watch(1, std::chrono::seconds(20), [&](const auto& response) {
    seen.push_back(response.index());
    if (response.index() == 3) {  // all there is: now one more becomes final
      ledger_.Append({ledger_.NextReport()});
      Publish();
    }
    return response.index() < 4;
  });
  EXPECT_THAT(end, IsOk());
  EXPECT_THAT(seen, ElementsAre(1U, 2U, 3U, 4U));
}

TEST_F(WatchTest, MissesNoCommitThatComesWhileItGoesIdle) {
  // The commit is published after the watcher has looked for news and before it becomes idle; the
  // pause gives its wake-up the time to find the watcher busy.
  ledger_.Append({ledger_.NextReport()});
  std::atomic<bool> published = false;
  north_.replica().after_latest = [&] {
    if (published.exchange(true)) return;
    Publish();
    std::this_thread::sleep_for(milliseconds(200));
  };
  std::vector<uint64_t> seen;
  EXPECT_THAT(client_->Watch(4, std::chrono::seconds(10),
                             [&](const auto& response) {
                               seen.push_back(response.index());
                               return false;
                             }),
              IsOk());
  EXPECT_THAT(seen, ElementsAre(4U));
}

TEST_F(WatchTest, EndsWithItsDeadlineAndWhenTheNodeStops) {
  const auto never = [](const v1::WatchResponse&) { return true; };
  EXPECT_THAT(client_->Watch(100, milliseconds(300), never),
              StatusIs(StatusCode::kDeadlineExceeded));
  std::jthread stopper;
  const Status end = client_->Watch(0, std::chrono::seconds(20), [&](const auto& response) {
    if (response.index() == 3) stopper = std::jthread([this] { north_.Stop(); });
    return true;
  });
  EXPECT_THAT(end, StatusIs(StatusCode::kUnavailable));
}

TEST_F(WatchTest, TooManyWatchersAreRefused) {
  const auto dialler =
      Dialler::Create({north_.address(), "north", accord_.CaOf("north")}, anna_.identity());
  ASSERT_OK(dialler);
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> reader;
  };
  // Two connections: one carries at most 256 streams.
  const auto first = v1::LedgerService::NewStub(dialler->Dial());
  const auto second = v1::LedgerService::NewStub(dialler->Dial());
  std::vector<std::unique_ptr<Call>> calls;
  v1::WatchResponse response;
  for (size_t i = 0; i < limits::kWatchersMax; ++i) {
    auto call = std::make_unique<Call>();
    call->reader = (i % 2 == 0 ? first : second)->Watch(&call->context, {});
    ASSERT_TRUE(call->reader->Read(&response));
    calls.push_back(std::move(call));
  }
  EXPECT_THAT(client_->Watch(0, std::chrono::seconds(5), [](const auto&) { return true; }),
              StatusIs(StatusCode::kResourceExhausted));
  for (const auto& call : calls) call->context.TryCancel();
}

}  // namespace
}  // namespace parley::rpc::testing
