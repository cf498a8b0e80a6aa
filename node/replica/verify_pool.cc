#include "node/replica/verify_pool.h"

#include <chrono>
#include <optional>

namespace parley::replica {

VerifyPool::VerifyPool(unsigned threads, const Clock& clock, Function work)
    : clock_(clock), work_(std::move(work)) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Status VerifyPool::Post(std::shared_ptr<Submission> s) {
  const std::string owner = s->Owner();
  {
    const std::lock_guard lock(mu_);
    if (stopped_) return Unavailable("the replica has stopped");
    Quota& quota = QuotaOf(*s);
    if (!quota.Take(owner, s->count, s->bytes))
      return ResourceExhausted(fmt::format(
          "{} records {} wait here already, there is no room for {} more; try again",
          quota.ItemsOf(owner), owner.empty() ? "of clients" : "of " + owner, s->count));
    lanes_.Push(owner, std::move(s));
  }
  ready_.notify_one();
  return absl::OkStatus();
}

void VerifyPool::Release(const Submission& s) {
  const std::lock_guard lock(mu_);
  QuotaOf(s).Return(s.Owner(), s.count, s.bytes);
}

void VerifyPool::Run() {
  for (;;) {
    {
      std::unique_lock lock(mu_);
      ready_.wait(lock, [this] { return stopped_ || !lanes_.empty(); });
      if (stopped_) return;
    }
    WorkOne();  // another thread may have taken it meanwhile
  }
}

bool VerifyPool::WorkOne() {
  std::optional<Next> next;
  {
    const std::lock_guard lock(mu_);
    if (!stopped_) next = lanes_.Pop();
  }
  if (!next.has_value()) return false;
  const std::chrono::nanoseconds begun = clock_.Stopwatch();
  work_(std::move(next->item));
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.Stopwatch() - begun).count();
  // Own people pay a quarter: what they write is what this node is for.
  const auto cost = static_cast<uint64_t>(took) / (next->owner.empty() ? 4 : 1);
  const std::lock_guard lock(mu_);
  lanes_.Charge(next->owner, cost);
  return true;
}

std::vector<std::shared_ptr<Submission>> VerifyPool::Stop() {
  std::vector<std::shared_ptr<Submission>> left;
  {
    const std::lock_guard lock(mu_);
    stopped_ = true;
    for (std::shared_ptr<Submission>& s : lanes_.TakeAll())
      if (!s->from.has_value()) left.push_back(std::move(s));
  }
  ready_.notify_all();
  for (std::thread& t : threads_) {
    if (t.joinable()) t.join();
  }
  return left;
}

}  // namespace parley::replica
