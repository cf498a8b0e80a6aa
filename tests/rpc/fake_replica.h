#pragma once

// A replica that only remembers what it is told and answers what a test says.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "node/replica/replica.h"
#include "node/replica/status.h"

namespace parley::rpc::testing {

class FakeReplica final : public replica::Replica {
 public:
  Status Submit(std::vector<std::string> envelopes, bool wait_final,
                std::chrono::steady_clock::time_point deadline, SubmitDone done) override {
    const std::lock_guard lock(mu_);
    if (!submit_status.ok()) return submit_status;
    Note(fmt::format("submit {} wait_final={}", envelopes.size(), wait_final));
    submit_deadline = deadline;
    submitted.push_back(std::move(done));
    return absl::OkStatus();
  }
  Status OnConsensus(const std::string& from, std::string message) override {
    return Told(fmt::format("consensus {} {}", from, message.substr(0, 32)));
  }
  Status OnRecords(const std::string& from, std::vector<std::string> envelopes) override {
    return Told(fmt::format("records {} {}", from, envelopes.size()));
  }
  Status OnCheckpoint(const std::string& from, std::string note) override {
    return Told(fmt::format("checkpoint {} {}", from, note));
  }
  Status OnConnected(const std::string& peer) override {
    return Told(fmt::format("connected {}", peer));
  }
  Status OnDisconnected(const std::string& peer) override {
    return Told(fmt::format("disconnected {}", peer));
  }
  Status OnBlocksFetched(const std::string& from, uint64_t first_height,
                         std::vector<std::string> blocks, std::string finalization) override {
    return Told(
        fmt::format("fetched {} {} {} {}", from, first_height, blocks.size(), finalization));
  }
  Status OnFetchFailed(const std::string& from) override {
    return Told(fmt::format("fetch failed {}", from));
  }

  std::shared_ptr<const replica::Published> Latest() const override {
    std::shared_ptr<const replica::Published> out;
    {
      const std::lock_guard lock(mu_);
      out = latest_;
    }
    if (after_latest) after_latest();
    return out;
  }
  replica::ReplicaStatus GetStatus() const override {
    const std::lock_guard lock(mu_);
    return status;
  }
  StatusOr<std::pair<uint64_t, RecordId>> AuthorHead(const KeyId& key) const override {
    const std::lock_guard lock(mu_);
    const auto found = heads.find(key);
    return found == heads.end() ? std::pair<uint64_t, RecordId>() : found->second;
  }
  StatusOr<std::string> PendingRecord(const RecordId& id) const override {
    const std::lock_guard lock(mu_);
    const auto found = pending.find(id);
    if (found == pending.end()) return NotFound("not pending");
    return found->second;
  }
  uint64_t AddListener(Listener listener) override {
    const std::lock_guard lock(mu_);
    listeners_[++last_listener_] = std::move(listener);
    return last_listener_;
  }
  void RemoveListener(uint64_t id) override {
    const std::lock_guard lock(mu_);
    listeners_.erase(id);
  }
  Status Health() const override { return absl::OkStatus(); }

  // ---- for tests -------------------------------------------------------------------------------

  void Publish(replica::Published published) {
    std::map<uint64_t, Listener> listeners;
    std::shared_ptr<const replica::Published> latest;
    {
      const std::lock_guard lock(mu_);
      latest_ = std::make_shared<replica::Published>(std::move(published));
      latest = latest_;
      listeners = listeners_;
    }
    for (const auto& [id, listener] : listeners) listener(latest);
  }
  // Waits, at most 20 s, until a line was told; removes it and all before it.
  bool WaitFor(const std::string& line) {
    std::unique_lock lock(mu_);
    const auto seen = [&] { return std::find(log_.begin(), log_.end(), line) != log_.end(); };
    if (!changed_.wait_for(lock, std::chrono::seconds(20), seen)) return false;
    log_.erase(log_.begin(), std::find(log_.begin(), log_.end(), line) + 1);
    return true;
  }
  std::vector<std::string> log() const {
    const std::lock_guard lock(mu_);
    return {log_.begin(), log_.end()};
  }
  // Lets the next `count` calls of On... fail with RESOURCE_EXHAUSTED.
  void RefuseNext(int count) {
    const std::lock_guard lock(mu_);
    refuse_ = count;
  }

  // Set before use or under no race.
  std::function<void()> after_latest;  // runs when a reader has looked and does not know it yet
  Status submit_status;
  replica::ReplicaStatus status;
  std::map<KeyId, std::pair<uint64_t, RecordId>> heads;
  std::map<RecordId, std::string> pending;
  std::vector<SubmitDone> submitted;
  std::chrono::steady_clock::time_point submit_deadline;

 private:
  Status Told(std::string line) {
    const std::lock_guard lock(mu_);
    if (refuse_ > 0) {
      --refuse_;
      return ResourceExhausted("full");
    }
    Note(std::move(line));
    return absl::OkStatus();
  }
  void Note(std::string line) {
    log_.push_back(std::move(line));
    changed_.notify_all();
  }

  mutable std::mutex mu_;
  std::condition_variable changed_;
  std::deque<std::string> log_;
  int refuse_ = 0;
  std::shared_ptr<const replica::Published> latest_;
  std::map<uint64_t, Listener> listeners_;
  uint64_t last_listener_ = 0;
};

}  // namespace parley::rpc::testing
