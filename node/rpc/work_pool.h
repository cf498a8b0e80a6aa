#pragma once

// WorkPool: a few threads that do what must not be done in gRPC's callback threads, above all reads
// from the database. Scheduler: one thread that calls functions later. Both are thread-safe.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/status.h"

namespace parley::rpc {

class WorkPool {
 public:
  using Task = std::function<void()>;

  // At most `tasks_max` ordinary tasks wait; `threads` is at least 1.
  WorkPool(unsigned threads, size_t tasks_max);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // RESOURCE_EXHAUSTED when `tasks_max` tasks wait already, UNAVAILABLE while it ends.
  Status Post(Task task);
  // For tasks whose number the caller bounds by itself (one for each watcher): never refused.
  void PostReserved(Task task);

  // Runs what is queued and ends the threads; what is posted from then on is dropped. Not from a
  // task. Idempotent.
  void Stop();

 private:
  void Run(const std::stop_token& stop);

  const size_t tasks_max_;
  std::mutex mu_;  // bare, for std::stop_token
  std::condition_variable_any ready_;
  std::deque<Task> tasks_;
  bool ending_ = false;
  std::vector<std::jthread> threads_;  // last: joined before the rest is gone
};

class Scheduler {
 public:
  using Task = std::function<void()>;

  Scheduler();
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Calls the task once, on the scheduler's thread, unless Stop() comes first. Tasks must not
  // block. Callers bound the number of their tasks by themselves.
  void After(std::chrono::milliseconds delay, Task task);

  // Drops what waits; when it returns no task runs or will run. Not from a task. Idempotent.
  void Stop();

 private:
  void Run(const std::stop_token& stop);

  std::mutex mu_;
  std::condition_variable_any changed_;
  std::multimap<std::chrono::steady_clock::time_point, Task> tasks_;
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace parley::rpc
