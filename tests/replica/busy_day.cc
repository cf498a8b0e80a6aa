// A benchmark, not a test: how long other members' records take while one member has a busy day.
//
//   busy_day [MEMBERS [ROWS [SECONDS]]]        default: 4 members, 50,000 rows, 20 s
//
// Real replicas in one process, real time, databases that sync. An officer of the first member
// imports ROWS reports as fast as they are taken; then 256 officers of that member write at full
// speed for SECONDS; then all wall clocks go on by ten days in one moment, so that every deadline
// of all these cases is past at once. All the while an officer of each other member hands in one
// report after the other and waits until it is final. Prints how long these took in each phase, and
// the longest time without any. All nodes share this machine: divide its cores by their number.

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "ledger/rules/executor.h"
#include "tests/replica/network.h"

namespace parley::testing {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr size_t kOfficers = 256;
constexpr size_t kDesks = 8;  // at which the officers write at once
constexpr size_t kBatch = 250;
constexpr size_t kPendingMax = 5'000;  // of the importer: it waits for some to be final

class LeapingClock final : public Clock {
 public:
  TimeMs Now() const override { return SystemClock().Now() + milliseconds(leap_ms_.load()); }
  void Leap(milliseconds by) { leap_ms_ += by.count(); }

 private:
  std::atomic<int64_t> leap_ms_{0};
};

class BusyDay {
 public:
  BusyDay(size_t members, size_t rows, std::chrono::seconds burst)
      : net_(members, 600'000, 0, clock_, kOfficers), rows_(rows), burst_(burst) {}

  void Run() {
    net_.StartAll();
    std::vector<std::thread> writers;
    for (size_t m = 1; m < net_.size(); ++m) writers.emplace_back([this, m] { Write(m); });
    Phase("import", [&] { Import(); });
    Phase("256 officers", [&] { Burst(); });
    Phase("deadlines", [&] { Deadlines(); });
    over_ = true;
    for (std::thread& t : writers) t.join();
  }

 private:
  std::string Report(size_t member, const std::string& officer) {
    const std::lock_guard lock(accord_mu_);
    return net_.accord().Report(member, officer, "A shot was heard.");
  }

  // One report after the other, each until it is final.
  void Write(size_t member) {
    while (!over_) {
      const auto begin = Steady::now();
      const auto outcome = net_.Submit(member, {Report(member, "a")});
      const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - begin);
      const std::lock_guard lock(times_mu_);
      times_.push_back(static_cast<uint64_t>(took.count()));
      failed_ += !outcome.at(0).status.ok() || !outcome.at(0).final;
      const auto gap = std::chrono::duration_cast<milliseconds>(Steady::now() - last_final_);
      longest_gap_ms_ = std::max(longest_gap_ms_, static_cast<uint64_t>(gap.count()));
      last_final_ = Steady::now();
    }
  }

  void WaitUntilPendingAtMost(size_t count) {
    const auto few = [&] { return net_.at(0).GetStatus().pending_records <= count; };
    while (!few()) static_cast<void>(net_.Eventually(few));
  }

  void Import() {
    for (size_t done = 0; done < rows_; done += kBatch) {
      std::vector<std::string> batch;
      for (size_t i = 0; i < kBatch; ++i) batch.push_back(Report(0, "a"));
      HandIn(std::move(batch));
    }
    WaitUntilPendingAtMost(net_.size());  // those of the others
  }

  void Burst() {
    const auto end = Steady::now() + burst_;
    std::vector<std::thread> desks;
    for (size_t desk = 0; desk < kDesks; ++desk) {
      desks.emplace_back([this, desk, end] {
        for (size_t o = desk; Steady::now() < end; o = (o + kDesks) % kOfficers) {
          std::vector<std::string> batch;
          for (size_t i = 0; i < 10; ++i) batch.push_back(Report(0, Accord::OfficerOf(o)));
          HandIn(std::move(batch));
        }
      });
    }
    for (std::thread& t : desks) t.join();
  }

  void HandIn(std::vector<std::string> batch) {
    WaitUntilPendingAtMost(kPendingMax);
    for (const auto& o : net_.Submit(0, std::move(batch), /*wait_final=*/false)) {
      if (!o.status.ok()) fmt::print("refused: {}\n", MessageOf(o.status));
    }
  }

  void Deadlines() {
    const std::shared_ptr<const replica::Published> before = net_.at(1).Latest();
    clock_.Leap(std::chrono::hours(240));
    // The first deadline of every case is past; that of a lapse may open another.
    while (Overdue(*net_.at(1).Latest())) {
      const uint64_t size = net_.SizeOf(1);
      static_cast<void>(net_.Eventually([&] { return net_.SizeOf(1) > size; }));
    }
    fmt::print("  {} entries, after all deadlines had passed in one moment\n",
               net_.SizeOf(1) - before->tip.size);
  }
  bool Overdue(const replica::Published& p) {
    const rules::Executor executor(net_.accord().charter(), nullptr);
    const auto due = executor.NextDue(store::StoredState(p.snapshot));
    return due.ok() && due->has_value() && **due <= clock_.Now();
  }
  void Phase(const char* name, const std::function<void()>& act) {
    {
      const std::lock_guard lock(times_mu_);
      times_.clear();
      failed_ = longest_gap_ms_ = 0;
      last_final_ = Steady::now();
    }
    const auto begin = Steady::now();
    const uint64_t size = net_.SizeOf(1);
    act();
    const double took = std::chrono::duration<double>(Steady::now() - begin).count();
    const std::lock_guard lock(times_mu_);
    std::sort(times_.begin(), times_.end());
    if (times_.empty()) times_.push_back(0);
    fmt::print(
        "{}: {:.1f} s, {:.0f} entries/s; {} records of others ({} failed): median {} ms, "
        "p99 {} ms, longest time without one {} ms\n",
        name, took, static_cast<double>(net_.SizeOf(1) - size) / took, times_.size(), failed_,
        times_[times_.size() / 2], times_[times_.size() * 99 / 100], longest_gap_ms_);
    std::fflush(stdout);
  }

  LeapingClock clock_;
  Network net_;
  const size_t rows_;
  const std::chrono::seconds burst_;
  std::mutex accord_mu_;
  std::atomic<bool> over_{false};
  std::mutex times_mu_;
  std::vector<uint64_t> times_;
  uint64_t failed_ = 0, longest_gap_ms_ = 0;
  Steady::time_point last_final_;
};

}  // namespace
}  // namespace parley::testing

int main(int argc, char** argv) {
  const auto number = [&](int i, unsigned long otherwise) {
    return argc > i ? std::strtoul(argv[i], nullptr, 10) : otherwise;
  };
  parley::InitCrypto();
  parley::testing::BusyDay(number(1, 4), number(2, 50'000), std::chrono::seconds(number(3, 20)))
      .Run();
  return 0;
}
