// Deadlines that fall due together: thousands of lapses enter in bounded portions, in order, with
// work that does not grow with how many are left, and nobody gains or loses by one that waits.

#include "base/limits.h"
#include "ledger/rules/obligations.h"
#include "parley/v1/entry.pb.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

constexpr size_t kCases = 3 * limits::kBlockLapsesMax + 7;

// Counts what is read of the state below.
class CountingState final : public rules::StateView {
 public:
  explicit CountingState(const rules::StateView& below) : below_(below) {}
  StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    ++reads;
    return below_.Get(key);
  }
  Status Scan(std::string_view prefix, const Visitor& fn) const override {
    return below_.Scan(prefix, [&](std::string_view key, std::string_view value) {
      ++reads;
      return fn(key, value);
    });
  }
  mutable size_t reads = 0;

 private:
  const rules::StateView& below_;
};

class StormTest : public ::testing::Test {
 protected:
  // Every case owes a screening at one and the same moment.
  StormTest() {
    TestAuthor& author = w_.accord->Author("party-a");
    w_.now = w_.now + std::chrono::minutes(1);
    for (size_t done = 0; done < kCases;) {
      std::vector<record::ParsedRecord> records;
      for (size_t i = 0; i < 500 && done < kCases; ++i, ++done)
        records.push_back(w_.accord->Sign(author, Report(w_.now, {"party-b"})));
      EXPECT_OK(
          trusting_.Build(w_.ledger.tip(), w_.ledger.state(), w_.now, {records}, nullptr).status());
      EXPECT_OK(w_.ledger.Add(w_.now, std::move(records)));
      w_.now = w_.now + std::chrono::milliseconds(1);
    }
    w_.now = w_.now + std::chrono::hours(24);
  }
  size_t Waiting() { return rules::DueObligations(w_.ledger.state(), w_.now, 100'000)->size(); }
  std::vector<v1::Entry> Lapses() {
    std::vector<v1::Entry> out;
    for (const std::string& bytes : w_.ledger.last().entries) {
      v1::Entry entry;
      EXPECT_TRUE(entry.ParseFromString(bytes));
      if (entry.event().has_lapse()) out.push_back(std::move(entry));
    }
    return out;
  }
  static std::string CaseId(size_t number) { return fmt::format("2025-{:04}", number); }

  World w_;
  rules::Executor trusting_{w_.accord->charter(),
                            [](const record::ParsedRecord&, const PublicKey&) { return true; }};
};

TEST_F(StormTest, LapsesEnterInPortionsTheOldestFirst) {
  std::string last;
  size_t entered = 0;
  while (Waiting() > 0) {
    ASSERT_OK(w_.Wait(std::chrono::milliseconds(1)));
    const std::vector<v1::Entry> lapses = Lapses();
    EXPECT_LE(lapses.size(), limits::kBlockLapsesMax);
    for (const v1::Entry& e : lapses) {
      const std::string place =
          fmt::format("{:016x} {:>12}", e.event().lapse().due_ms(), e.event().lapse().case_id());
      EXPECT_LT(last, place);
      last = place;
    }
    entered += lapses.size();
  }
  EXPECT_EQ(entered, kCases);
}

TEST_F(StormTest, ABlockReadsNoMoreWhenMoreWaits) {
  std::vector<size_t> reads;
  for (int i = 0; i < 3; ++i) {
    const CountingState counting(w_.ledger.state());
    ASSERT_OK(w_.ledger.executor()
                  .Execute(w_.ledger.tip(), counting, w_.now + std::chrono::milliseconds(1), {{}})
                  .status());
    reads.push_back(counting.reads);
    ASSERT_OK(w_.Wait(std::chrono::milliseconds(1)));
  }
  EXPECT_LE(reads[0], 40 * limits::kBlockLapsesMax);
  EXPECT_LE(reads[0], reads[2] + reads[2] / 4) << "as much is read at the beginning as at the end";
}

TEST_F(StormTest, ARecordOfAnotherCaseEntersBetweenThem) {
  TestAuthor& author = w_.accord->Author("party-b");
  ASSERT_OK(w_.ledger.Add(w_.now, {w_.accord->Sign(author, Report(w_.now, {"party-a"}))}));
  EXPECT_EQ(w_.ledger.last().records.size(), 1U);
  EXPECT_EQ(Lapses().size(), limits::kBlockLapsesMax);
}

TEST_F(StormTest, ARecordWaitsForTheLapseOfItsOwnCase) {
  // The screening of the last case: its deadline has passed, and its lapse is far down the list.
  TestAuthor& mediator = w_.accord->Author("med-a");
  const record::ParsedRecord late =
      w_.accord->SignOnly(mediator, Screen(CaseId(kCases), v1::ScreenCase::REJECT));
  const rules::Executor& executor = w_.ledger.executor();
  EXPECT_THAT(executor.Execute(w_.ledger.tip(), w_.ledger.state(), w_.now, {{late}}),
              StatusIs(Code::kFailedPrecondition, HasSubstr("due-first")));
  // A leader leaves it out, with what follows it, and does not call it illegal.
  size_t refused = 0;
  const auto built = executor.Build(w_.ledger.tip(), w_.ledger.state(), w_.now, {{late}},
                                    [&](const record::ParsedRecord&, const Status&) { ++refused; });
  ASSERT_OK(built);
  EXPECT_EQ(built->records.size(), 0U);
  EXPECT_EQ(refused, 0U);
  // What its author is told counts the deadline as passed, whether or not the lapse stands.
  const Status now = executor.CheckRecord(w_.ledger.tip(), w_.ledger.state(), w_.now, late);
  while (Waiting() > 0) ASSERT_OK(w_.Wait(std::chrono::milliseconds(1)));
  const Status then = executor.CheckRecord(w_.ledger.tip(), w_.ledger.state(), w_.now, late);
  EXPECT_FALSE(then.ok());
  EXPECT_EQ(now.code(), then.code());
}

TEST_F(StormTest, ATrialOfARecordCostsTheSameWhateverIsDue) {
  TestAuthor& author = w_.accord->Author("party-b");
  const record::ParsedRecord fresh = w_.accord->SignOnly(author, Report(w_.now, {"party-a"}));
  const CountingState counting(w_.ledger.state());
  EXPECT_OK(w_.ledger.executor().CheckRecord(w_.ledger.tip(), counting, w_.now, fresh));
  EXPECT_LE(counting.reads, 50U);
}

}  // namespace
}  // namespace parley::testing
