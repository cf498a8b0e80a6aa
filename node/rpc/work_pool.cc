#include "node/rpc/work_pool.h"

#include <optional>
#include <utility>

namespace parley::rpc {

WorkPool::WorkPool(unsigned threads, size_t tasks_max) : tasks_max_(tasks_max) {
  for (unsigned i = 0; i < threads; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { Run(stop); });
}

WorkPool::~WorkPool() { Stop(); }

void WorkPool::Stop() {
  {
    const std::lock_guard lock(mu_);
    ending_ = true;
  }
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

Status WorkPool::Post(Task task) {
  {
    const std::lock_guard lock(mu_);
    if (ending_) return Unavailable("the node is stopping");
    if (tasks_.size() >= tasks_max_)
      return ResourceExhausted(fmt::format("{} reads wait already; try again", tasks_max_));
    tasks_.push_back(std::move(task));
  }
  ready_.notify_one();
  return absl::OkStatus();
}

void WorkPool::PostReserved(Task task) {
  {
    const std::lock_guard lock(mu_);
    if (ending_) return;
    tasks_.push_back(std::move(task));
  }
  ready_.notify_one();
}

void WorkPool::Run(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mu_);
    ready_.wait(lock, stop, [this] { return !tasks_.empty(); });
    if (tasks_.empty()) return;  // asked to stop, and nothing is left
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
  }
}

Scheduler::Scheduler() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}
Scheduler::~Scheduler() { Stop(); }

void Scheduler::After(std::chrono::milliseconds delay, Task task) {
  {
    const std::lock_guard lock(mu_);
    if (stopped_) return;
    tasks_.emplace(std::chrono::steady_clock::now() + delay, std::move(task));
  }
  changed_.notify_one();
}

void Scheduler::Stop() {
  std::multimap<std::chrono::steady_clock::time_point, Task> dropped;
  {
    const std::lock_guard lock(mu_);
    stopped_ = true;
    dropped.swap(tasks_);
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Scheduler::Run(const std::stop_token& stop) {
  std::unique_lock lock(mu_);
  while (!stop.stop_requested()) {
    if (tasks_.empty()) {
      changed_.wait(lock, stop, [this] { return !tasks_.empty(); });
      continue;
    }
    const auto due = tasks_.begin()->first;
    if (std::chrono::steady_clock::now() < due) {
      changed_.wait_until(lock, stop, due,
                          [this, due] { return !tasks_.empty() && tasks_.begin()->first < due; });
      continue;
    }
    const Task task = std::move(tasks_.begin()->second);
    tasks_.erase(tasks_.begin());
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace parley::rpc
