#include "node/replica/verify_pool.h"

#include <algorithm>

namespace parley::replica {

VerifyPool::VerifyPool(unsigned threads, Function work) : work_(std::move(work)) {
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) threads_.emplace_back([this] { Run(); });
}

Status VerifyPool::Post(std::shared_ptr<Submission> s) {
  const bool own = !s->from.has_value();
  std::atomic<size_t>& records = own ? own_records_ : foreign_records_;
  {
    const std::lock_guard lock(mu_);
    if (stopped_) return Unavailable("the replica has stopped");
    if (records.load() + s->count > limits::kReplicaQueueMax)
      return ResourceExhausted(fmt::format("{} records wait already, the limit is {}; try again",
                                           records.load(), limits::kReplicaQueueMax));
    records += s->count;
    (own ? own_ : foreign_).push_back(std::move(s));
  }
  ready_.notify_one();
  return absl::OkStatus();
}

void VerifyPool::Release(const Submission& s) {
  (s.from.has_value() ? foreign_records_ : own_records_) -= s.count;
}

void VerifyPool::Run() {
  for (;;) {
    std::shared_ptr<Submission> s;
    {
      std::unique_lock lock(mu_);
      ready_.wait(lock, [this] { return stopped_ || !own_.empty() || !foreign_.empty(); });
      if (stopped_) return;
      auto& lane = own_.empty() ? foreign_ : own_;
      s = std::move(lane.front());
      lane.pop_front();
    }
    work_(std::move(s));
  }
}

std::vector<std::shared_ptr<Submission>> VerifyPool::Stop() {
  std::vector<std::shared_ptr<Submission>> left;
  {
    const std::lock_guard lock(mu_);
    stopped_ = true;
    left.assign(own_.begin(), own_.end());
    own_.clear();
    foreign_.clear();
  }
  ready_.notify_all();
  for (std::thread& t : threads_) {
    if (t.joinable()) t.join();
  }
  return left;
}

}  // namespace parley::replica
