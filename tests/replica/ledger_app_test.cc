// The charter's clock bounds, as a voter applies them before it notarizes a block.

#include "node/replica/ledger_app.h"

#include "tests/support/accord.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::testing {
namespace {

constexpr uint64_t kNow = 1'772'000'000'000;
constexpr uint64_t kSkew = 5'000;
constexpr uint64_t kLag = 60'000;

class ClockBoundsTest : public ::testing::Test {
 protected:
  // Whether a voter whose clock reads kNow finds a block of this time acceptable.
  bool Accepts(uint64_t time_ms) {
    rules::RawBlock raw;
    raw.header.height = 1;  // on an empty ledger: the founding charter's bounds count
    raw.header.time = static_cast<TimeMs>(time_ms);
    raw.header.records_digest = rules::RecordsDigest({}, {});
    const auto block = app_.Parse(raw.Encode(accord_->charter().ledger_id()));
    app_.SetNow(static_cast<TimeMs>(kNow));
    return block.ok() && app_.TimeAcceptable(*block);
  }

  static std::unique_ptr<TestAccord> MakeAccord() {
    AccordOptions options;
    options.timing = fmt::format("clock_skew_max_ms: {} clock_lag_max_ms: {}", kSkew, kLag);
    return TestAccord::Create(2, 2, options);
  }

  void SetUp() override {
    auto store = store::Store::Open(dir_ / "db", store::Store::Mode::kReadWrite);
    ASSERT_OK(store);
    store_ = *std::move(store);
    tree_.Reset(rules::LedgerTip(), store_->TakeSnapshot());
  }

  TempDir dir_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<TestAccord> accord_ = MakeAccord();
  rules::Executor executor_{accord_->charter(), nullptr};
  replica::Pending pending_;
  replica::ProofPool proofs_{executor_};
  replica::Work work_{executor_, pending_, proofs_, 250, [](const Status&) {}};
  replica::BlockTree tree_;
  replica::LedgerApp app_{executor_, tree_, work_, SystemClock(), [](const Status&) {}};
};

TEST_F(ClockBoundsTest, AcceptsWhatLiesWithinTheBounds) {
  EXPECT_TRUE(Accepts(kNow));
  EXPECT_TRUE(Accepts(kNow + kSkew));
  EXPECT_TRUE(Accepts(kNow - kLag));
}

TEST_F(ClockBoundsTest, RefusesOneMillisecondBeyondThem) {
  EXPECT_FALSE(Accepts(kNow + kSkew + 1));
  EXPECT_FALSE(Accepts(kNow - kLag - 1));
}

// Ledger time that is ahead of all clocks stops nothing: the least time that may follow is
// accepted, and nothing beyond it.
TEST_F(ClockBoundsTest, TheLeastTimeThatMayFollowIsNeverTooFarAhead) {
  rules::LedgerTip ahead;
  ahead.time = static_cast<TimeMs>(kNow + 86'400'000);
  tree_.Reset(ahead, store_->TakeSnapshot());
  EXPECT_TRUE(Accepts(kNow + 86'400'001));
  EXPECT_FALSE(Accepts(kNow + 86'400'002));
}

TEST_F(ClockBoundsTest, RefusesABlockDatedThreeDaysBack) {
  EXPECT_FALSE(Accepts(kNow - 3ULL * 24 * 3'600 * 1'000));
}

// The parser refuses the first two already: they lie after the year 9999.
TEST_F(ClockBoundsTest, RefusesTimesThatWouldWrapAround) {
  EXPECT_FALSE(Accepts(UINT64_MAX));
  EXPECT_FALSE(Accepts(UINT64_MAX - kLag + 1));
  EXPECT_FALSE(Accepts(0));
}

}  // namespace
}  // namespace parley::testing
